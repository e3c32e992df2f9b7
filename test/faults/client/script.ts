/** What reference trackers say: a function of the tracker and the number of the record, so that it can be said again. */
import type { EpochMs } from '#model/clocks';

/** What a record says, by the names of `StoredRow.content`. Only what is named is compared. */
export type Content = Readonly<Record<string, number>>;

/** One record of a tracker. Its device time is its own: no other of the tracker has it. */
export interface ScriptedRecord {
  /** 0, 1, 2… in the order in which the tracker says them. */
  number: number;
  deviceTime: EpochMs;
  content: Content;
}

/** What a tracker says. */
export interface Script {
  ident: string;
  record(number: number): ScriptedRecord;
}

const EVERY_MS = 1_000;
/** Steps of a lane before a tracker is back at its beginning: about a hundred kilometres. */
const LANE_STEPS = 10_000;

/**
 * A tracker that drives along a lane of its own, a record a second from a whole second on. `says` names what its language carries.
 */
export function laneScript(ident: string, lane: number, startsAt: EpochMs, says: readonly string[] = EVERYTHING): Script {
  const named = new Set(says);
  return {
    ident,
    record: (number) => {
      const content = Object.entries(laneContent(lane, number)).filter(([name]) => named.has(name));
      return { number, deviceTime: startsAt + number * EVERY_MS, content: Object.fromEntries(content) };
    },
  };
}

const EVERYTHING = ['lat', 'lon', 'speedKmh', 'courseDeg', 'altitudeM', 'satellites'];

function laneContent(lane: number, number: number): Content {
  return {
    lat: roundTo6(40 + (number % LANE_STEPS) * 1e-4),
    lon: roundTo6(-3 - lane * 1e-2),
    speedKmh: 30 + (number % 90),
    courseDeg: (number * 7) % 360,
    altitudeM: 600 + (number % 50),
    satellites: 5 + (number % 9),
  };
}

const roundTo6 = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
