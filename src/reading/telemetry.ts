/** Reads what trackers have sent out of ClickHouse. */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import { OWN, ownParameters } from './own.ts';
import { cursorOf, isPlace, placeBefore } from './place.ts';
import { POSITION_COLUMNS, positionOf, type PositionRow, type ReadPosition } from './position.ts';
import type { Rows } from './rows.ts';

/** One stored message. */
export interface ReadMessage {
  /** Place in the history: behind it, the next page begins. */
  cursor: string;
  /** By the device's own clock. */
  deviceTime: EpochMs;
  /** After repair. */
  observedAt: EpochMs;
  receivedAt: EpochMs;
  backlog: boolean;
  position: ReadPosition | null;
  signals: Record<string, number>;
  states: Record<string, string>;
  events: readonly string[];
}

/** The newest value of a signal or state. */
export interface ReadValue {
  key: string;
  value: number | string;
  observedAt: EpochMs;
}

/** What is known last of a tracker; `null` and empty where nothing is. */
export interface Latest {
  observedAt: EpochMs | null;
  receivedAt: EpochMs | null;
  /** The newest believed place, with when it was. */
  position: (ReadPosition & { observedAt: EpochMs }) | null;
  values: readonly ReadValue[];
}

/** Which part of a history. */
export interface HistoryQuery {
  /** By the device's clock: from this on, and before that. */
  from: EpochMs;
  to: EpochMs;
  /** Keys of signals and states; `null` gives all. */
  keys: readonly string[] | null;
  /** Behind this message; `null` from the beginning. */
  after: string | null;
  most: number;
}

interface Row extends PositionRow<number | null> {
  device_ms: string;
  record: string;
  observed_ms: string;
  received_ms: string;
  backlog: boolean;
  signals: Record<string, number>;
  states: Record<string, string>;
  events: string[];
}

/** What came last, and the newest believed place; `lat` is `null` where there is none. */
interface LastRow extends PositionRow<number | null> {
  newest_ms: string;
  received_ms: string;
  n: string;
  observed_ms: string;
}

/** How far back the newest values are looked for, ms. */
const LATEST_MS = 30 * 86_400_000;

const COLUMNS = `toUnixTimestamp64Milli(device_time) AS device_ms, toString(record_id) AS record,
  toUnixTimestamp64Milli(observed_at) AS observed_ms, toUnixTimestamp64Milli(received_at) AS received_ms, backlog,
  lat, lon, ${POSITION_COLUMNS}, events`;

/** Reads a part of a history, in the order of the device's clock, each message once. Throws `RangeError` for a cursor that is none. */
export async function readHistory(
  store: Rows,
  database: string,
  tracker: Tracker,
  query: HistoryQuery,
): Promise<ReadMessage[]> {
  const { from, to, keys, after, most } = query;
  const [afterMs, afterRecord] = after === null ? [from - 1, '18446744073709551615'] : placeOf(after);
  const wanted =
    keys === null
      ? 'signals, states'
      : `mapFilter((k, v) -> k IN {keys:Array(String)}, signals) AS signals,
    mapFilter((k, v) -> k IN {keys:Array(String)}, states) AS states`;
  const rows = await store.rows<Row>(
    `SELECT ${COLUMNS}, ${wanted} FROM {db:Identifier}.messages FINAL
     WHERE ${OWN} AND device_time >= fromUnixTimestamp64Milli({from:Int64}) AND device_time < fromUnixTimestamp64Milli({to:Int64})
       AND (device_time, record_id) > (fromUnixTimestamp64Milli({after:Int64}), {record:UInt64})
     ORDER BY device_time, record_id LIMIT {most:UInt32}`,
    {
      ...(await ownParameters(store, database, tracker)),
      db: database,
      from,
      to,
      keys: keys ?? [],
      after: afterMs,
      record: afterRecord,
      most,
    },
  );
  return rows.map(messageOf);
}

/** Reads what is known last of a tracker: its newest believed place, whenever that was, and the newest values of the last 30 days. */
export async function readLatest(store: Rows, database: string, tracker: Tracker, now: EpochMs): Promise<Latest> {
  const parameters = { ...(await ownParameters(store, database, tracker)), db: database, from: now - LATEST_MS };
  const [[last], values] = await Promise.all([
    store.rows<LastRow>(
      `SELECT toUnixTimestamp64Milli(newest) AS newest_ms, toUnixTimestamp64Milli(received) AS received_ms, n,
         toUnixTimestamp64Milli(place.1) AS observed_ms, place.2 AS lat, place.3 AS lon, true AS believed, place.4 AS altitude_m,
         place.5 AS speed_kmh, place.6 AS course_deg, place.7 AS satellites, place.8 AS hdop
       FROM (SELECT max(observed_at) AS newest, max(received_at) AS received, count() AS n,
           argMaxIf(tuple(observed_at, lat, lon, altitude_m, speed_kmh, course_deg, satellites, hdop), observed_at,
             lat IS NOT NULL AND valid AND distrust = '') AS place
         FROM {db:Identifier}.messages WHERE ${OWN})`,
      parameters,
    ),
    store.rows<{ key: string; number: number | null; text: string | null; at: string }>(
      `SELECT key, argMax(number, observed_at) AS number, argMax(text, observed_at) AS text, toUnixTimestamp64Milli(max(observed_at)) AS at
       FROM (SELECT observed_at, arrayJoin(arrayConcat(
           arrayMap((k, v) -> (toString(k), v, ''), mapKeys(signals), mapValues(signals)),
           arrayMap((k, v) -> (toString(k), nan, v), mapKeys(states), mapValues(states)))) AS entry,
           entry.1 AS key, entry.2 AS number, entry.3 AS text
         FROM {db:Identifier}.messages WHERE ${OWN} AND device_time >= fromUnixTimestamp64Milli({from:Int64}))
       GROUP BY key ORDER BY key`,
      parameters,
    ),
  ]);
  const isEmpty = last === undefined || Number(last.n) === 0;
  return {
    observedAt: isEmpty ? null : Number(last.newest_ms),
    receivedAt: isEmpty ? null : Number(last.received_ms),
    position: isEmpty ? null : lastPlaceOf(last),
    values: values.map(({ key, number, text, at }) => ({ key, value: number ?? text ?? '', observedAt: Number(at) })),
  };
}

function lastPlaceOf(row: LastRow): Latest['position'] {
  const { lat, lon, observed_ms } = row;
  return lat === null || lon === null ? null : { ...positionOf({ ...row, lat, lon }), observedAt: Number(observed_ms) };
}

function messageOf(row: Row): ReadMessage {
  const { lat, lon } = row;
  return {
    cursor: cursorOf(row.device_ms, row.record),
    deviceTime: Number(row.device_ms),
    observedAt: Number(row.observed_ms),
    receivedAt: Number(row.received_ms),
    backlog: row.backlog,
    position: lat === null || lon === null ? null : positionOf({ ...row, lat, lon }),
    signals: row.signals ?? {},
    states: row.states ?? {},
    events: row.events,
  };
}

/** Tells whether a text is a cursor of a history. */
export const isCursor = isPlace(2);

function placeOf(cursor: string): [ms: number, record: string] {
  const [ms, record] = placeBefore(cursor, 2);
  return [Number(ms), record as string];
}
