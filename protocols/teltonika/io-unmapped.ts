/**
 * Elements the vendor documents and no row maps, with the reason. Like every other number without a row they are kept under
 * it, `teltonika.io.<number>`, with the raw value; this list says that it is not by oversight.
 */

export interface UnmappedElements {
  readonly ids: readonly number[];
  readonly reason: string;
}

/** Every number from `first` to `last`. */
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

const FMB_COMMON: readonly UnmappedElements[] = [
  { ids: [4, 5, 622, 623], reason: 'pulses of an input: what one of them means only the installation knows' },
  { ids: [10, 263, 303, 383, 391, 483, 637], reason: 'settings and states of the box that say nothing of the vehicle' },
  { ids: [11, 14], reason: 'halves of the SIM number: how they join is shown by examples only' },
  { ids: [12, 13], reason: 'fuel estimated from the GNSS speed by a norm of the configuration, not measured' },
  { ids: [24], reason: 'the speed of the fix once more' },
  { ids: [71, 76, 77, 79], reason: 'serial numbers of temperature sensors' },
  { ids: [80], reason: 'roaming and motion in one number; motion is element 240' },
  { ids: [201, 203, 210, 212, 214], reason: 'fuel sensors, in litres or in steps of their own as the sensor is set' },
  { ids: [204, 211, 213, 215], reason: 'temperatures of a second and further fuel sensor; the catalogue has one' },
  { ids: [236], reason: 'the alarm button: an event, not a quantity' },
  {
    ids: [238, 264, ...range(403, 409)],
    reason: 'codes and cards of persons, some of them personal, none of them the driver key',
  },
  { ids: [244], reason: 'a scenario the configuration defines' },
  { ids: [248], reason: 'whether a key is attached, in an order that says nothing of the immobiliser' },
  { ids: [257, 317], reason: 'the trace of a crash in pieces over several records' },
  { ids: [258, 259], reason: 'four numbers in one; the largest axis is what the record’s other elements tell' },
  { ids: range(269, 280), reason: 'fuel sensors by Bluetooth, in steps of their own' },
  { ids: [283, 284], reason: 'ignition and motion once more, and a count of records' },
  { ids: [285], reason: 'alcohol in the blood; the catalogue has that in the breath' },
  { ids: [...range(306, 309), ...range(331, 334), ...range(463, 478)], reason: 'Bluetooth sensors the configuration defines' },
  { ids: [327], reason: 'height of fuel in millimetres: the tank is not known' },
  { ids: [381], reason: 'the ground input of the box' },
  { ids: [385, 548, 11_317], reason: 'beacons heard nearby, in the beacon maker’s own layout' },
  { ids: [387], reason: 'the place once more, as text' },
  { ids: [1148, 1149], reason: 'radio quality whose bytes the vendor orders differently on two pages' },
];

const CAN_ADAPTER: readonly UnmappedElements[] = [
  { ids: [100, 101, 388], reason: 'program and serial number of the bus adapter' },
  {
    ids: [...range(124, 131), ...range(161, 167), ...range(169, 174), ...range(176, 178), ...range(183, 186), 520, 521, 522],
    reason: 'agricultural and municipal machines',
  },
  { ids: [136, 137, 138], reason: 'tachograph states in bits whose layout the vendor gives for another model only' },
  { ids: [168], reason: 'a battery voltage for which the vendor names no multiplier' },
  { ids: [189], reason: 'cruise control in total; the catalogue has that of a journey' },
  { ids: [232], reason: 'whether the engine runs on gas, for which the catalogue has no row' },
  { ids: [235], reason: 'an oil level without a unit' },
  { ids: [517, 518, 519], reason: 'state flags of a later adapter protocol, whose bits differ between adapters' },
  { ids: range(855, 858), reason: 'liquefied natural gas, for which the catalogue has no row' },
];

const FMB_ONLY: readonly UnmappedElements[] = [
  { ids: [60], reason: 'a fuel rate, in litres an hour on one page of the vendor and for 100 km on another' },
];

const FM_OBD_ONLY: readonly UnmappedElements[] = [
  { ids: [1178], reason: 'ignition guessed from the engine speed; element 239 is the ignition' },
];

const FT_ONLY: readonly UnmappedElements[] = [
  { ids: [60], reason: 'a fuel rate, in litres an hour on one page of the vendor and for 100 km on another' },
  { ids: [155, 157], reason: 'zone, counted from 0, and speeding in it: parts of the event of element 156' },
  { ids: [242, 358, 359, 360, 396, 841], reason: 'scenarios the configuration defines' },
  { ids: [386], reason: 'age of the fix' },
  { ids: [1429, 1430, 1431, 1432], reason: 'vectors of a crash, several numbers in one' },
  { ids: [1437, 1452, 13_266, 13_267, 13_361], reason: 'settings and states of the box that say nothing of the vehicle' },
  { ids: range(13_370, 13_389), reason: 'mobile cells nearby' },
];

const FMB6_ONLY: readonly UnmappedElements[] = [
  { ids: [5, 7, 62, 63, 64, 65], reason: 'serial numbers of temperature sensors' },
  { ids: [6, 8], reason: 'temperatures 5 and 6; the catalogue has four' },
  { ids: [12, 13], reason: 'program and serial number of the bus adapter' },
  { ids: [22], reason: 'roaming and motion in one number; motion is element 240' },
  { ids: [24], reason: 'the speed of the fix once more' },
  { ids: [38, 47], reason: 'state flags whose bytes the vendor orders differently on two pages' },
  { ids: [39, ...range(40, 46)], reason: 'agricultural machines' },
  { ids: [48, 52, 123, 124, 125, 183, 186, 189, 190, 194], reason: 'states of the tachograph itself' },
  { ids: [56, 57, 58, 59, 60, 61, 69, 77], reason: 'driving and resting times, for which the catalogue has no row' },
  { ids: [76], reason: 'pulses of an input: what one of them means only the installation knows' },
  { ids: range(94, 103), reason: 'axles 6 to 15; the catalogue has five' },
  { ids: [108, 109, 110, 111, 144], reason: 'versions and states of the box and of the FMS gateway' },
  { ids: [122, 137], reason: 'direction, and whether any power take-off is engaged, as four-valued bus states' },
  {
    ids: [127],
    reason: 'a coolant temperature that reads 40 degrees apart, depending on whether "offset by -40" is applied already',
  },
  { ids: [138], reason: 'fuel used in litres or millilitres, as the configuration has it' },
  { ids: range(145, 154), reason: 'bus frames the configuration selects' },
  { ids: [177], reason: 'trouble codes in eight bytes of unknown layout' },
  {
    ids: [201, 203, 204, ...range(208, 215), 224, 225],
    reason: 'fuel sensors, in litres or in steps of their own as the sensor is set',
  },
  { ids: [217, 231, 232], reason: 'a second card reader, and the plate in two pieces' },
  { ids: [218, 219, 220, 221], reason: 'numbers of the SIM card in pieces' },
  { ids: [222, 223], reason: 'country of a driver card' },
  { ids: [226, 229], reason: 'gas in use and AdBlue warning, for which the catalogue has no row' },
  { ids: [242, 244, 248, 251], reason: 'states of the box that say nothing of the vehicle' },
  { ids: [252], reason: 'authorised driving: an event, not a quantity' },
  { ids: [257, 258, 259], reason: 'vectors of a crash or of harsh driving, several numbers in one' },
  { ids: range(261, 287), reason: 'a refrigerated body, by a document of 2013 no longer public' },
  { ids: range(288, 326), reason: 'a driver assistance camera' },
];

/** The lists by family. */
export const UNMAPPED: Readonly<Record<string, readonly UnmappedElements[]>> = {
  fmb: [...FMB_COMMON, ...CAN_ADAPTER, ...FMB_ONLY],
  'fm-obd': [...FMB_COMMON, ...FM_OBD_ONLY],
  ft: [...FMB_COMMON, ...CAN_ADAPTER, ...FT_ONLY],
  fmb6: FMB6_ONLY,
};
