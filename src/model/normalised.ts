import type { EpochMs } from './clocks.ts';
import type { DeviceEvent, Fix } from './message.ts';

/**
 * How `observedAt` came from the device's clock:
 * `none` it was sane and is used as it is; `missing` the device gave none, `receivedAt` stands in;
 * `past` it was before any possible time (an unset clock, 1980); `future` it was ahead of `receivedAt` by more than the
 * allowed skew; `rollover` a GPS week rollover (1,024 weeks) was added back.
 */
export const CLOCK_REPAIRS = ['none', 'missing', 'past', 'future', 'rollover'] as const;
export type ClockRepair = (typeof CLOCK_REPAIRS)[number];

/** A fix made canonical: same fields, repaired time, and whether the pipeline itself holds it usable. */
export interface Position extends Fix {
  /** Why the pipeline does not trust the fix though the device does; `null` where it does. */
  distrust: 'null_island' | 'out_of_range' | 'no_satellites' | null;
}

/** A message after the pipeline: identified, in one time, in canonical units, ready to become a row. */
export interface NormalisedMessage {
  ident: string;
  /** The registered tracker this ident belongs to, empty strings where it is not registered. */
  trackerOid: string;
  provider: string;
  /** Position of the message in its frame, from 0. */
  index: number;
  /** 64-bit hash of protocol, ident and the bytes that make the message itself, as two 32-bit halves. */
  recordIdHi: number;
  recordIdLo: number;
  /** As the device said it; `null` where it said nothing. */
  deviceTime: EpochMs | null;
  /** When it happened, after repair. */
  observedAt: EpochMs;
  clockRepair: ClockRepair;
  receivedAt: EpochMs;
  /** True when it was unloaded from the device's memory, or is older than the live bound. */
  backlog: boolean;
  position: Position | null;
  /** Messages with the same keys may share the array. */
  signalKeys: readonly string[];
  signalValues: readonly number[];
  stateKeys: readonly string[];
  stateValues: readonly string[];
  events: DeviceEvent[];
}
