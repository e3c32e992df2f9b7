/**
 * Reads long ranges for maps and plots, no finer than they can be drawn. A track is cut into slices of as many places each, a series into
 * slices of as much time each, and ClickHouse tells of each what a line needs of it. A short range comes as it was stored.
 */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import { OWN, ownParameters } from './own.ts';
import type { Rows } from './rows.ts';

/** Which range, and how fine. */
export interface PlotQuery {
  /** By repaired time: from this on, and before that. */
  from: EpochMs;
  to: EpochMs;
  slices: number;
}

/** A point of a track. */
export interface TrackPoint {
  at: EpochMs;
  lat: number;
  lon: number;
  speedKmh: number | null;
  courseDeg: number | null;
  /** No believed place was stated for so long before it that no line may be drawn to it. */
  starts: boolean;
}

/** A track as it can be drawn. */
export interface Track {
  points: TrackPoint[];
  /** Believed places in the range. */
  stored: number;
}

/** A longer silence breaks the line, ms: the rule that also ends a trip. */
const BREAK_MS = 300_000;

interface PointRow {
  at: string;
  lat: number;
  lon: number;
  speed: number | null;
  course: number | null;
  /** Counts the unbroken lines. */
  run: string;
  stored: string;
}

/** By repaired time: the device's own clock, which rows are sorted by, may stand years beside it. */
const IN_RANGE = 'observed_at >= fromUnixTimestamp64Milli({from:Int64}) AND observed_at < fromUnixTimestamp64Milli({to:Int64})';

function rangeOf({ from, to, slices }: PlotQuery): Record<string, unknown> {
  return { from, to, slice: Math.max(1, Math.ceil((to - from) / slices)) };
}

/** Reads a track: all believed places, or every so many-th of them, so that there are no more than slices, with its first and its last. */
export async function readTrack(store: Rows, database: string, tracker: Tracker, query: PlotQuery): Promise<Track> {
  const inOrder = 'ORDER BY at, record ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW';
  const rows = await store.rows<PointRow>(
    `SELECT at, lat, lon, speed, course, run, stored FROM (
       SELECT at, lat, lon, speed, course, sum(broke) OVER (${inOrder}) AS run, row_number() OVER (${inOrder}) AS nth, count() OVER () AS stored
       FROM (
         SELECT toUnixTimestamp64Milli(observed_at) AS at, record_id AS record, assumeNotNull(lat) AS lat, assumeNotNull(lon) AS lon,
           speed_kmh AS speed, course_deg AS course, at - lagInFrame(at, 1, 0) OVER (${inOrder}) > {pause:Int64} AS broke
         FROM {db:Identifier}.messages AS m FINAL
         WHERE ${OWN} AND ${IN_RANGE} AND m.lat IS NOT NULL AND m.lon IS NOT NULL AND valid AND distrust = ''))
     WHERE nth = 1 OR nth = stored OR intDiv(nth * {slices:UInt64}, stored) != intDiv((nth - 1) * {slices:UInt64}, stored)
     ORDER BY at`,
    { ...(await ownParameters(store, database, tracker)), db: database, ...query, pause: BREAK_MS },
  );
  const points = rows.map(({ at, lat, lon, speed, course, run }, i) => {
    const starts = run !== rows[i - 1]?.run;
    return { at: Number(at), lat, lon, speedKmh: speed, courseDeg: course, starts };
  });
  return { stored: Number(rows[0]?.stored ?? 0), points };
}

/** One quantity over time, a slice after the other; slices without a value are left out. */
export interface Series {
  key: string;
  /** When the slice has its first value. */
  at: EpochMs[];
  least: number[];
  most: number[];
  mean: number[];
}

/** The key of the speed that goes with a place, which is no signal. */
export const SPEED_KEY = 'position.speed';

interface SliceRow {
  key: string;
  at: string;
  least: number;
  most: number;
  mean: number;
}

/** Reads quantities over time: of each slice when it begins, and the least, the greatest and the mean value. Keys without a value have an empty series. */
export async function readSeries(
  store: Rows,
  database: string,
  tracker: Tracker,
  query: PlotQuery & { keys: readonly string[] },
): Promise<Series[]> {
  const { keys } = query;
  const rows = await store.rows<SliceRow>(
    `SELECT key, toUnixTimestamp64Milli(min(observed_at)) AS at, min(value) AS least, max(value) AS most, avg(value) AS mean
     FROM (
       SELECT observed_at, intDiv(toUnixTimestamp64Milli(observed_at) - {from:Int64}, {slice:Int64}) AS slice,
         arrayJoin(arrayConcat(
           arrayFilter(pair -> pair.1 IN {keys:Array(String)}, arrayMap((k, v) -> (toString(k), v), mapKeys(signals), mapValues(signals))),
           if(speed_kmh IS NOT NULL AND valid AND distrust = '' AND {speed:String} IN {keys:Array(String)},
             [({speed:String}, toFloat64(assumeNotNull(speed_kmh)))], []))) AS pair,
         pair.1 AS key, pair.2 AS value
       FROM {db:Identifier}.messages FINAL WHERE ${OWN} AND ${IN_RANGE})
     GROUP BY key, slice ORDER BY key, at`,
    { ...(await ownParameters(store, database, tracker)), db: database, ...rangeOf(query), keys, speed: SPEED_KEY },
  );
  const byKey = Map.groupBy(rows, ({ key }) => key);
  return keys.map((key) => {
    const own = byKey.get(key) ?? [];
    return {
      key,
      at: own.map(({ at }) => Number(at)),
      least: own.map(({ least }) => least),
      most: own.map(({ most }) => most),
      mean: own.map(({ mean }) => mean),
    };
  });
}
