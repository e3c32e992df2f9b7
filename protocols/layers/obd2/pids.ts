/**
 * The parameters (PIDs) of OBD-II service 01, as data: SAE J1979, appendix B, big-endian.
 *
 * Every standard PID up to 63 has its length, so that an answer to several at once can be walked through; those that are a
 * plain number have their formula too. PIDs that are bits (00, 20, 40.. and 01) are read in `current.ts`.
 */

/** A number in the data of a PID: value = raw * mul / div + offset, in the unit of the catalogue key. */
export interface PidFormula {
  readonly key: string;
  /** Bytes the raw number takes from the start of the data, most significant first. */
  readonly bytes: 1 | 2 | 4;
  readonly mul: number;
  readonly div: number;
  readonly offset: number;
}

type Row = readonly [pid: number, bytes: PidFormula['bytes'], mul: number, div: number, offset: number, key: string];

// prettier-ignore
const FORMULAS: readonly Row[] = [
  [0x04, 1, 100, 255, 0, 'engine.load.value'],
  [0x05, 1, 1, 1, -40, 'engine.coolant.temperature'],
  [0x06, 1, 100, 128, -100, 'engine.trim.short1'],
  [0x07, 1, 100, 128, -100, 'engine.trim.long1'],
  [0x08, 1, 100, 128, -100, 'engine.trim.short2'],
  [0x09, 1, 100, 128, -100, 'engine.trim.long2'],
  [0x0a, 1, 3, 1, 0, 'consumption.fuel.pressure'],
  [0x0b, 1, 1, 1, 0, 'engine.intake.pressure'],
  [0x0c, 2, 1, 4, 0, 'engine.speed.value'],
  [0x0d, 1, 1, 1, 0, 'wheels.speed.value'],
  [0x0e, 1, 1, 2, -64, 'engine.timing.advance'],
  [0x0f, 1, 1, 1, -40, 'engine.intake.temperature'],
  [0x10, 2, 1, 100, 0, 'engine.intake.flow'],
  [0x11, 1, 100, 255, 0, 'engine.throttle.position'],
  [0x1f, 2, 1, 1, 0, 'engine.run.duration'],
  [0x21, 2, 1, 1, 0, 'odometer.mil.value'],
  [0x22, 2, 79, 1000, 0, 'consumption.rail.relative'],
  [0x23, 2, 10, 1, 0, 'consumption.rail.direct'],
  [0x2c, 1, 100, 255, 0, 'engine.egr.commanded'],
  [0x2d, 1, 100, 128, -100, 'engine.egr.error'],
  [0x2f, 1, 100, 255, 0, 'consumption.fuel.level'],
  [0x30, 1, 1, 1, 0, 'service.dtc.warmups'],
  [0x31, 2, 1, 1, 0, 'odometer.dtc.value'],
  [0x33, 1, 1, 1, 0, 'device.ambient.pressure'],
  [0x42, 2, 1, 1000, 0, 'service.module.voltage'],
  [0x43, 2, 100, 255, 0, 'engine.load.absolute'],
  [0x44, 2, 2, 65_536, 0, 'engine.lambda.commanded'],
  [0x45, 1, 100, 255, 0, 'engine.throttle.relative'],
  [0x46, 1, 1, 1, -40, 'device.ambient.temperature'],
  [0x47, 1, 100, 255, 0, 'engine.throttle.position2'],
  [0x49, 1, 100, 255, 0, 'engine.pedal.position'],
  [0x4a, 1, 100, 255, 0, 'engine.pedal.position2'],
  [0x4c, 1, 100, 255, 0, 'engine.throttle.commanded'],
  [0x4d, 2, 1, 1, 0, 'service.mil.duration'],
  [0x4e, 2, 1, 1, 0, 'service.dtc.duration'],
  [0x51, 1, 1, 1, 0, 'consumption.fuel.type'],
  [0x52, 1, 100, 255, 0, 'consumption.ethanol.share'],
  [0x59, 2, 10, 1, 0, 'consumption.rail.absolute'],
  [0x5a, 1, 100, 255, 0, 'engine.pedal.relative'],
  [0x5b, 1, 100, 255, 0, 'charging.battery.level'],
  [0x5c, 1, 1, 1, -40, 'engine.oil.temperature'],
  [0x5d, 2, 1, 128, -210, 'engine.injection.timing'],
  [0x5e, 2, 1, 20, 0, 'consumption.fuel.rate'],
  [0x61, 1, 1, 1, -125, 'engine.torque.demand'],
  [0x62, 1, 1, 1, -125, 'engine.torque.actual'],
  [0x63, 2, 1, 1, 0, 'engine.torque.reference'],
  [0xa6, 4, 1, 10, 0, 'odometer.total.value'],
];

/** The formulas by PID. */
export const PID_FORMULAS: ReadonlyMap<number, PidFormula> = new Map(
  FORMULAS.map(([pid, bytes, mul, div, offset, key]) => [pid, { key, bytes, mul, div, offset }]),
);

/** Lengths of runs of PIDs: first, last, bytes of data. */
const LENGTHS: readonly (readonly [first: number, last: number, bytes: number])[] = [
  [0x00, 0x01, 4],
  [0x02, 0x03, 2],
  [0x04, 0x0b, 1],
  [0x0c, 0x0c, 2],
  [0x0d, 0x0f, 1],
  [0x10, 0x10, 2],
  [0x11, 0x13, 1],
  [0x14, 0x1b, 2],
  [0x1c, 0x1e, 1],
  [0x1f, 0x1f, 2],
  [0x20, 0x20, 4],
  [0x21, 0x23, 2],
  [0x24, 0x2b, 4],
  [0x2c, 0x30, 1],
  [0x31, 0x32, 2],
  [0x33, 0x33, 1],
  [0x34, 0x3b, 4],
  [0x3c, 0x3f, 2],
  [0x40, 0x41, 4],
  [0x42, 0x44, 2],
  [0x45, 0x4c, 1],
  [0x4d, 0x4e, 2],
  [0x4f, 0x50, 4],
  [0x51, 0x52, 1],
  [0x53, 0x54, 2],
  [0x55, 0x58, 1],
  [0x59, 0x59, 2],
  [0x5a, 0x5c, 1],
  [0x5d, 0x5e, 2],
  [0x5f, 0x5f, 1],
  [0x60, 0x60, 4],
  [0x61, 0x62, 1],
  [0x63, 0x63, 2],
  [0x80, 0x80, 4],
  [0xa0, 0xa0, 4],
  [0xa6, 0xa6, 4],
  [0xc0, 0xc0, 4],
];

/** Data bytes of each PID whose length is known. */
export const PID_LENGTHS: ReadonlyMap<number, number> = new Map(
  LENGTHS.flatMap(([first, last, bytes]) => Array.from({ length: last - first + 1 }, (_, i) => [first + i, bytes] as const)),
);
