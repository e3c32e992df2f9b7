/** Reading what trackers have sent, for the API. */
import { GatewayError, findGatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import type { CodecRegistry } from '#protocols/registry';
import type { Dissector, TelemetryServices } from './api/services.ts';
import { dissect } from './dissect/dissect.ts';
import { isRunning, TRIP_RULES } from './lifecycle/trips.ts';
import { census } from './reading/census.ts';
import { readEvents } from './reading/events.ts';
import { readFrame, readFrames } from './reading/frames.ts';
import { readSeries, readTrack } from './reading/plots.ts';
import { readLatest } from './reading/latest.ts';
import { readHistory } from './reading/telemetry.ts';
import { readTrips } from './reading/trips.ts';
import type { Rows } from './reading/rows.ts';
import type { TrackerRegistry } from './store/tracker-store.ts';

/** The ClickHouse that is read. */
export interface ReadingParts {
  /** The ClickHouse that is read; `null` until it was reached. */
  rows: () => Rows | null;
  database: string;
}

export interface TelemetryParts extends ReadingParts {
  registry: Pick<TrackerRegistry, 'trackerByOid' | 'tripOf'>;
  now: Clock;
}

/** Makes the services that read telemetry. */
export function telemetryServices({ registry, rows, database, now }: TelemetryParts): TelemetryServices {
  return {
    trackerOf: async (companyId, oid) => {
      const tracker = await registry.trackerByOid(oid);
      if (tracker !== null && tracker.companyId === companyId && tracker.deletedAt === null) return tracker;
      throw new GatewayError('tracker_unknown', `there is no tracker "${oid}"`);
    },
    history: (tracker, query) => reading(rows, (store) => readHistory(store, database, tracker, query)),
    census: (query) => reading(rows, (store) => census(store, database, query)),
    latest: (tracker) => reading(rows, (store) => readLatest(store, database, tracker, now())),
    track: (tracker, query) => reading(rows, (store) => readTrack(store, database, tracker, query)),
    series: (tracker, query) => reading(rows, (store) => readSeries(store, database, tracker, query)),
    events: (tracker, query) => reading(rows, (store) => readEvents(store, database, tracker, query)),
    trips: (tracker, query) => reading(rows, (store) => readTrips(store, database, tracker, query)),
    frames: (tracker, query) => reading(rows, (store) => readFrames(store, database, tracker, query)),
    frame: (tracker, id) => reading(rows, (store) => readFrame(store, database, tracker, id)),
    runningTrip: async ({ oid }) => {
      const trip = await registry.tripOf(oid);
      return trip !== null && isRunning(trip, TRIP_RULES) ? trip : null;
    },
  };
}

/** Pieces of what was pasted that are named: bytes that are none of a protocol may be taken for thousands of empty frames. */
const MOST_PIECES = 500;

/** Makes the dissector of a gateway's codecs. */
export function dissectorOf(codecs: CodecRegistry): Dissector {
  const all = [...codecs.values()];
  return { protocols: [...codecs.keys()], dissect: (bytes, given) => dissect(all, bytes, given, MOST_PIECES) };
}

/** Reads; what ClickHouse does not answer is `sink_unreachable`. */
export async function reading<Found>(rows: () => Rows | null, read: (store: Rows) => Promise<Found>): Promise<Found> {
  const store = rows();
  if (store === null) throw new GatewayError('sink_unreachable', 'ClickHouse was not reached yet');
  try {
    return await read(store);
  } catch (cause) {
    if (cause instanceof RangeError || findGatewayError(cause) !== undefined) throw cause;
    throw new GatewayError(
      'sink_unreachable',
      `ClickHouse cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
