/**
 * What the elements of a record mean.
 *
 * Source: the vendor's list of io elements as the DIMO network publishes it for its converters (README.md, Source): id, width,
 * sign, factor, offset and the range outside of which a value is an error code or "not available". CAN elements are FMS
 * parameters and OBD ones J1979 parameters, in the units of those standards. An element that is not here, comes in another
 * width, or has a value outside its range stays under its number with its raw value.
 */
import type { SignalKey } from '#model/signals';

/** The catalogue's value is `raw * multiply / divide + offset`, for a raw value in `[lowest, highest]`. */
export interface IoRow {
  width: 1 | 2 | 4;
  signed: boolean;
  key: SignalKey;
  multiply: number;
  divide: number;
  offset: number;
  lowest: number;
  highest: number;
}

type Short = readonly [
  id: number,
  width: 1 | 2 | 4,
  sign: 'u' | 'i',
  key: SignalKey,
  lowest: number,
  highest: number,
  multiply?: number,
  divide?: number,
  offset?: number,
];

/** SAE J1939: values above are error codes or "not available". */
const FMS1 = 250;
const FMS2 = 64_255;
const FMS4 = 4_211_081_215;

// prettier-ignore
const ROWS: readonly Short[] = [
  // inputs
  [2, 1, 'u', 'device.input1.state', 0, 1],
  [3, 1, 'u', 'device.input2.state', 0, 1],
  [4, 1, 'u', 'device.input3.state', 0, 1],
  [5, 1, 'u', 'device.input4.state', 0, 1],
  [22, 2, 'u', 'device.analog1.voltage', 0, 65_534, 1, 1_000],
  [23, 2, 'u', 'device.analog2.voltage', 0, 65_534, 1, 1_000],
  [20, 2, 'u', 'device.analog3.voltage', 0, 65_534, 1, 1_000],
  [21, 2, 'u', 'device.analog4.voltage', 0, 65_534, 1, 1_000],
  // the device itself
  [27, 1, 'u', 'device.gsm.signal', 0, 31, 100, 31],
  [28, 1, 'u', 'device.profile.active', 1, 4],
  [29, 2, 'u', 'device.supply.voltage', 0, 65_534, 1, 1_000],
  [30, 2, 'u', 'device.battery.voltage', 0, 65_534, 1, 1_000],
  [32, 1, 'i', 'device.temperature.value', -40, 80],
  [65, 4, 'u', 'odometer.device.value', 0, 4_294_967_295, 1, 1_000],
  [88, 1, 'u', 'device.gsm.jammed', 0, 1],
  [130, 1, 'u', 'position.speed.max', 0, 255],
  [150, 4, 'u', 'device.gsm.operator', 1, 999_999],
  [170, 2, 'u', 'device.battery.current', 0, 65_534, 1, 1_000],
  [173, 1, 'u', 'position.motion.moving', 0, 1],
  // one-wire temperature sensors, numbered from 0
  [78, 2, 'i', 'device.sensor1.temperature', -550, 1_250, 1, 10],
  [79, 2, 'i', 'device.sensor2.temperature', -550, 1_250, 1, 10],
  [80, 2, 'i', 'device.sensor3.temperature', -550, 1_250, 1, 10],
  [74, 2, 'i', 'device.sensor4.temperature', -550, 1_250, 1, 10],
  // the vehicle by FMS
  [15, 1, 'u', 'behaviour.driver1.card', 0, 1],
  [17, 1, 'u', 'behaviour.driver2.card', 0, 1],
  [35, 1, 'u', 'wheels.clutch.pressed', 0, 1],
  [36, 1, 'u', 'wheels.brake.pressed', 0, 1],
  [37, 1, 'u', 'engine.cruise.active', 0, 1],
  [38, 1, 'u', 'engine.pto.state', 0, 30],
  [39, 1, 'u', 'engine.load.value', 0, FMS1],
  [41, 2, 'u', 'wheels.axle1.weight', 0, FMS2, 1, 2],
  [52, 2, 'u', 'wheels.axle2.weight', 0, FMS2, 1, 2],
  [53, 2, 'u', 'wheels.axle3.weight', 0, FMS2, 1, 2],
  [54, 2, 'u', 'wheels.axle4.weight', 0, FMS2, 1, 2],
  [55, 2, 'u', 'wheels.axle5.weight', 0, FMS2, 1, 2],
  [89, 2, 'u', 'device.ambient.temperature', 0, FMS2, 1, 32, -273],
  [90, 2, 'u', 'consumption.fuel.economy', 0, FMS2, 1, 512],
  [91, 1, 'u', 'engine.pto.active', 0, 1],
  [92, 4, 'u', 'consumption.fuel.used', 0, FMS4, 1, 1_000],
  [114, 4, 'u', 'odometer.total.value', 0, FMS4, 1, 200],
  [115, 1, 'u', 'engine.coolant.temperature', 0, FMS1, 1, 1, -40],
  [116, 2, 'u', 'consumption.fuel.rate', 0, FMS2, 1, 20],
  [197, 2, 'u', 'engine.speed.value', 0, FMS2, 1, 8],
  [201, 1, 'u', 'consumption.adblue.level', 0, FMS1, 2, 5],
  [203, 4, 'u', 'engine.hours.total', 0, FMS4, 1, 20],
  [204, 2, 'u', 'service.next.distance', 0, FMS2, 5, 1, -160_635],
  [205, 2, 'u', 'consumption.fuel.volume', 0, 65_534],
  [206, 1, 'u', 'engine.pedal.position', 0, FMS1, 2, 5],
  [207, 1, 'u', 'consumption.fuel.level', 0, FMS1, 2, 5],
  [208, 4, 'u', 'consumption.fuel.used', 0, FMS4, 1, 2],
  [209, 1, 'u', 'consumption.fuel.level2', 0, FMS1, 2, 5],
  [210, 2, 'u', 'wheels.speed.value', 0, FMS2, 1, 256],
  [213, 2, 'u', 'wheels.tachograph.speed', 0, FMS2, 1, 256],
  [215, 1, 'u', 'behaviour.driver1.state', 0, 3],
  [216, 1, 'u', 'behaviour.driver2.state', 0, 3],
  // the tachograph on its own line
  [159, 1, 'u', 'behaviour.driver1.state', 0, 3],
  [160, 1, 'u', 'behaviour.driver2.state', 0, 3],
  [161, 1, 'u', 'behaviour.driver1.card', 0, 1],
  [162, 1, 'u', 'behaviour.driver2.card', 0, 1],
  [163, 4, 'u', 'odometer.total.value', 0, 4_294_967_294, 1, 200],
  [164, 4, 'u', 'odometer.trip.value', 0, 4_294_967_294, 1, 200],
  [165, 2, 'u', 'wheels.tachograph.speed', 0, FMS2, 1, 256],
  [166, 2, 'u', 'engine.speed.value', 0, FMS2, 1, 8],
  // OBD-II
  [94, 2, 'u', 'engine.speed.value', 0, 65_535, 1, 4],
  [95, 1, 'u', 'wheels.speed.value', 0, 255],
  [96, 1, 'u', 'engine.coolant.temperature', 0, 254, 1, 1, -40],
  [97, 1, 'u', 'device.ambient.temperature', 0, 254, 1, 1, -40],
  [98, 1, 'u', 'consumption.fuel.level', 0, 254, 100, 255],
  [99, 1, 'u', 'consumption.fuel.type', 0, 254],
  [100, 2, 'u', 'consumption.fuel.rate', 0, FMS2, 1, 20],
  [101, 1, 'u', 'engine.torque.actual', 0, 254, 1, 1, -125],
  [102, 2, 'u', 'odometer.mil.value', 0, 65_534],
  [103, 1, 'u', 'engine.pedal.position', 0, 254, 100, 255],
  [107, 2, 'u', 'engine.run.duration', 0, 65_534],
  [108, 2, 'u', 'service.dtc.count', 0, 65_534],
  [642, 2, 'u', 'consumption.fuel.volume', 0, 65_534],
  [645, 4, 'u', 'odometer.total.value', 0, 4_294_967_294],
  [722, 1, 'u', 'charging.battery.level', 0, 100],
  [723, 2, 'u', 'charging.battery.range', 0, 65_534],
  [1190, 4, 'u', 'charging.power.value', 0, 4_294_967_294, 1, 1_000],
  [1191, 1, 'u', 'charging.cable.connected', 0, 1],
];

/** The elements by id. */
export const IO_BY_ID: ReadonlyMap<number, IoRow> = new Map(
  ROWS.map(([id, width, sign, key, lowest, highest, multiply = 1, divide = 1, offset = 0]) => {
    return [id, { width, signed: sign === 'i', key, multiply, divide, offset, lowest, highest }];
  }),
);

/** 85.0 °C: what a one-wire sensor says when its supply is too low. It is no temperature. */
export const SENSOR_WITHOUT_SUPPLY = 850;

/** Ids of the one-wire temperature sensors. */
export const ONE_WIRE_IDS: ReadonlySet<number> = new Set([74, 78, 79, 80]);

/** Where ignition is said, the most telling first: 409 by the rules set in the device, 251 by its voltage, 5 by its wire. */
export const IGNITION_IDS = [409, 251, 5] as const;

/** A text in pieces of eight bytes. */
export interface TextRow {
  key: SignalKey;
  ids: readonly number[];
}

export const TEXTS: readonly TextRow[] = [
  { key: 'device.vehicle.vin', ids: [104, 105, 106] },
  { key: 'device.vehicle.vin', ids: [123, 124, 125] },
  { key: 'device.vehicle.vin', ids: [152, 153, 154] },
  { key: 'behaviour.driver1.id', ids: [126, 127] },
  { key: 'behaviour.driver2.id', ids: [128, 129] },
  { key: 'behaviour.driver1.id', ids: [155, 156] },
  { key: 'behaviour.driver2.id', ids: [157, 158] },
];

/** An identifier of eight bytes that is no text: it is written as hex. */
export const IBUTTON_ID = 34;
