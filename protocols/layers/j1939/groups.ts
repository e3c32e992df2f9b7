/**
 * The parameter groups of the FMS standard (interface description 04, trucks and buses) whose parameters are numbers, as data.
 * Positions and resolutions are those of SAE J1939-71; the resolutions were checked against an independent table of 1,954
 * parameters, the positions against captures where there are any (README).
 */
import type { Spn } from './spn.ts';

export interface ParameterGroup {
  readonly pgn: number;
  /** Acronym in J1939-71. */
  readonly name: string;
  readonly spns: readonly Spn[];
}

type Row = readonly [
  spn: number,
  byte: number,
  bit: number,
  bits: Spn['bits'],
  mul: number,
  div: number,
  offset: number,
  key: string,
];

// Columns: SPN, first byte, lowest bit, width in bits, value = raw * mul / div + offset, key (its unit is the catalogue's).
// prettier-ignore
const GROUPS: readonly (readonly [pgn: number, name: string, rows: readonly Row[]])[] = [
  [61_441, 'EBC1', [[521, 2, 1, 8, 2, 5, 0, 'wheels.brake.position']]],
  [61_443, 'EEC2', [[91, 2, 1, 8, 2, 5, 0, 'engine.pedal.position'], [92, 3, 1, 8, 1, 1, 0, 'engine.load.value']]],
  [61_444, 'EEC1', [
    [512, 2, 1, 8, 1, 1, -125, 'engine.torque.demand'],
    [513, 3, 1, 8, 1, 1, -125, 'engine.torque.actual'],
    [190, 4, 1, 16, 1, 8, 0, 'engine.speed.value'],
  ]],
  [61_445, 'ETC2', [[524, 1, 1, 8, 1, 1, -125, 'engine.gear.selected'], [523, 4, 1, 8, 1, 1, -125, 'engine.gear.current']]],
  [64_777, 'HRLFC', [[5053, 1, 1, 32, 1, 1000, 0, 'consumption.fuel.trip'], [5054, 5, 1, 32, 1, 1000, 0, 'consumption.fuel.used']]],
  [65_110, 'AT1T1I', [[1761, 1, 1, 8, 2, 5, 0, 'consumption.adblue.level'], [3031, 2, 1, 8, 1, 1, -40, 'consumption.adblue.temperature']]],
  [65_132, 'TCO1', [
    [1612, 1, 1, 3, 1, 1, 0, 'behaviour.driver1.state'],
    [1613, 1, 4, 3, 1, 1, 0, 'behaviour.driver2.state'],
    [1611, 1, 7, 2, 1, 1, 0, 'position.motion.moving'],
    [1615, 2, 5, 2, 1, 1, 0, 'behaviour.driver1.card'],
    [1616, 3, 5, 2, 1, 1, 0, 'behaviour.driver2.card'],
    [1624, 7, 1, 16, 1, 256, 0, 'wheels.tachograph.speed'],
  ]],
  [65_136, 'CVW', [[1760, 3, 1, 16, 10, 1, 0, 'wheels.vehicle.weight']]],
  [65_198, 'AIR1', [[1087, 3, 1, 8, 8, 1, 0, 'wheels.air1.pressure'], [1088, 4, 1, 8, 8, 1, 0, 'wheels.air2.pressure']]],
  [65_216, 'SERV', [[914, 2, 1, 16, 5, 1, -160_635, 'service.next.distance']]],
  [65_217, 'VDHR', [[917, 1, 1, 32, 1, 200, 0, 'odometer.total.value'], [918, 5, 1, 32, 1, 200, 0, 'odometer.trip.bus']]],
  [65_248, 'VD', [[244, 1, 1, 32, 1, 8, 0, 'odometer.trip.bus'], [245, 5, 1, 32, 1, 8, 0, 'odometer.total.value']]],
  [65_253, 'HOURS', [[247, 1, 1, 32, 1, 20, 0, 'engine.hours.total']]],
  [65_257, 'LFC', [[182, 1, 1, 32, 1, 2, 0, 'consumption.fuel.trip'], [250, 5, 1, 32, 1, 2, 0, 'consumption.fuel.used']]],
  [65_262, 'ET1', [
    [110, 1, 1, 8, 1, 1, -40, 'engine.coolant.temperature'],
    [174, 2, 1, 8, 1, 1, -40, 'consumption.fuel.temperature'],
    [175, 3, 1, 16, 1, 32, -273, 'engine.oil.temperature'],
  ]],
  [65_263, 'EFL/P1', [[100, 4, 1, 8, 4, 1, 0, 'engine.oil.pressure']]],
  [65_265, 'CCVS', [
    [70, 1, 3, 2, 1, 1, 0, 'wheels.handbrake.engaged'],
    [84, 2, 1, 16, 1, 256, 0, 'wheels.speed.value'],
    [595, 4, 1, 2, 1, 1, 0, 'engine.cruise.active'],
    [597, 4, 5, 2, 1, 1, 0, 'wheels.brake.pressed'],
    [598, 4, 7, 2, 1, 1, 0, 'wheels.clutch.pressed'],
    [86, 6, 1, 8, 1, 1, 0, 'engine.cruise.speed'],
    [976, 7, 1, 5, 1, 1, 0, 'engine.pto.state'],
  ]],
  [65_266, 'LFE', [[183, 1, 1, 16, 1, 20, 0, 'consumption.fuel.rate'], [184, 3, 1, 16, 1, 512, 0, 'consumption.fuel.economy']]],
  [65_269, 'AMB', [[108, 1, 1, 8, 1, 2, 0, 'device.ambient.pressure'], [171, 4, 1, 16, 1, 32, -273, 'device.ambient.temperature']]],
  [65_271, 'VEP1', [[168, 5, 1, 16, 1, 20, 0, 'service.battery.voltage'], [158, 7, 1, 16, 1, 20, 0, 'service.keyswitch.voltage']]],
  [65_276, 'DD', [[96, 2, 1, 8, 2, 5, 0, 'consumption.fuel.level'], [38, 7, 1, 8, 2, 5, 0, 'consumption.fuel.level2']]],
];

/** The groups by number. */
export const PARAMETER_GROUPS: ReadonlyMap<number, ParameterGroup> = new Map(
  GROUPS.map(([pgn, name, rows]) => [
    pgn,
    {
      pgn,
      name,
      spns: rows.map(([spn, byte, bit, bits, mul, div, offset, key]) => ({ spn, byte, bit, bits, mul, div, offset, key })),
    },
  ]),
);
