/** Reads the trips of a tracker that have ended, the newest first. What makes a trip is told in `lifecycle/trips.ts`. */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import { cursorOf, isPlace, placeBefore } from './place.ts';
import type { Rows } from './rows.ts';

/** A trip. */
export interface ReadTrip {
  id: string;
  cursor: string;
  startedAt: EpochMs;
  endedAt: EpochMs;
  start: { lat: number; lon: number };
  end: { lat: number; lon: number };
  metres: number;
  points: number;
  /** `null` where no point said its speed. */
  maxSpeedKmh: number | null;
}

/** Which trips. */
export interface TripsQuery {
  /** By their beginning: from this on, and before that. */
  from: EpochMs;
  to: EpochMs;
  /** Older than this trip; `null` from the newest on. */
  after: string | null;
  most: number;
}

/** Tells whether a text is a cursor of a list of trips. */
export const isTripsCursor = isPlace(1);

interface Row {
  trip_id: string;
  started_ms: string;
  ended_ms: string;
  start_lat: number;
  start_lon: number;
  end_lat: number;
  end_lon: number;
  distance_m: number;
  points: number;
  max_speed_kmh: number | null;
}

/** Reads a page. Throws `RangeError` for a cursor that is none. */
export async function readTrips(store: Rows, database: string, { oid }: Tracker, query: TripsQuery): Promise<ReadTrip[]> {
  const { from, to, after, most } = query;
  // No two trips of a tracker begin at the same time.
  const [before] = placeBefore(after, 1);
  const rows = await store.rows<Row>(
    `SELECT trip_id, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms,
       start_lat, start_lon, end_lat, end_lon, distance_m, points, max_speed_kmh
     FROM {db:Identifier}.trips FINAL
     WHERE tracker_oid = {oid:String} AND started_at >= fromUnixTimestamp64Milli({from:Int64})
       AND started_at < fromUnixTimestamp64Milli({to:Int64}) AND toUnixTimestamp64Milli(started_at) < {before:Int64}
     ORDER BY started_at DESC LIMIT {most:UInt32}`,
    { oid, db: database, from, to, before, most },
  );
  return rows.map((row) => ({
    id: row.trip_id,
    cursor: cursorOf(row.started_ms),
    startedAt: Number(row.started_ms),
    endedAt: Number(row.ended_ms),
    start: { lat: row.start_lat, lon: row.start_lon },
    end: { lat: row.end_lat, lon: row.end_lon },
    metres: row.distance_m,
    points: row.points,
    maxSpeedKmh: row.max_speed_kmh,
  }));
}
