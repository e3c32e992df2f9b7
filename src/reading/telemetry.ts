/** Reads what trackers have sent out of ClickHouse, message by message. */
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
