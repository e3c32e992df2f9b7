/** Reads what has happened to a tracker: its events, the newest first. */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import { OWN, ownParameters } from './own.ts';
import { cursorOf, isPlace, placeBefore } from './place.ts';
import type { Rows } from './rows.ts';

/** One stored event. */
export interface ReadEvent {
  cursor: string;
  code: string;
  /** The device itself marks it urgent. */
  alarm: boolean;
  /** By the device's own clock. */
  deviceTime: EpochMs;
  observedAt: EpochMs;
  receivedAt: EpochMs;
  /** Where it was stated, believed or not; `null` where nowhere. */
  place: { lat: number; lon: number } | null;
}

/** Which events. */
export interface EventsQuery {
  /** By the device's clock: from this on, and before that. */
  from: EpochMs;
  to: EpochMs;
  alarmsOnly: boolean;
  /** Older than this event; `null` from the newest on. */
  after: string | null;
  most: number;
}

/** Tells whether a text is a cursor of a list of events. */
export const isEventsCursor = isPlace(3);

interface Row {
  code: string;
  alarm: boolean;
  device_ms: string;
  observed_ms: string;
  received_ms: string;
  lat: number | null;
  lon: number | null;
  record: string;
  number: number;
}

/** Reads a page. Throws `RangeError` for a cursor that is none. */
export async function readEvents(store: Rows, database: string, tracker: Tracker, query: EventsQuery): Promise<ReadEvent[]> {
  const { from, to, alarmsOnly, after, most } = query;
  const [before, record, number] = placeBefore(after, 3);
  const rows = await store.rows<Row>(
    `SELECT code, alarm, toUnixTimestamp64Milli(device_time) AS device_ms, toUnixTimestamp64Milli(observed_at) AS observed_ms,
       toUnixTimestamp64Milli(received_at) AS received_ms, lat, lon, toString(record_id) AS record, event_index AS number
     FROM {db:Identifier}.events FINAL
     WHERE ${OWN} AND device_time >= fromUnixTimestamp64Milli({from:Int64}) AND device_time < fromUnixTimestamp64Milli({to:Int64})
       AND (toUnixTimestamp64Milli(device_time), record_id, event_index) < ({before:Int64}, {record:UInt64}, {number:UInt64})
       ${alarmsOnly ? 'AND alarm' : ''}
     ORDER BY device_time DESC, record_id DESC, event_index DESC LIMIT {most:UInt32}`,
    { ...(await ownParameters(store, database, tracker)), db: database, from, to, before, record, number, most },
  );
  return rows.map((row) => ({
    cursor: cursorOf(row.device_ms, row.record, row.number),
    code: row.code,
    alarm: row.alarm,
    deviceTime: Number(row.device_ms),
    observedAt: Number(row.observed_ms),
    receivedAt: Number(row.received_ms),
    place: row.lat === null || row.lon === null ? null : { lat: row.lat, lon: row.lon },
  }));
}
