/** Reading what trackers have sent, for the API. */
import { GatewayError, findGatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import type { TelemetryServices } from './api/services.ts';
import { census } from './reading/census.ts';
import { readHistory, readLatest } from './reading/telemetry.ts';
import type { Rows } from './reading/rows.ts';
import type { TrackerRegistry } from './store/tracker-store.ts';

/** The ClickHouse that is read. */
export interface ReadingParts {
  /** The ClickHouse that is read; `null` until it was reached. */
  rows: () => Rows | null;
  database: string;
}

export interface TelemetryParts extends ReadingParts {
  registry: Pick<TrackerRegistry, 'trackerByOid'>;
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
  };
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
