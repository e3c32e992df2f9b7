import type { EpochMs } from '#model/clocks';
import { isoOrNull, keyedValues } from '#model/plain-json';
import type { NormalisedMessage } from '#model/normalised';
import type { Connection } from './connection.ts';
import { deviceTimeOf } from './rows.ts';

/** A stored message: what it is found by, and its content as plain JSON. */
export interface StoredMessage {
  ident: string;
  /** As the column has it: the time of receipt where the device gave none. */
  deviceTime: EpochMs;
  /** Decimal digits. */
  recordId: string;
  receivedAt: EpochMs;
  codecVersion: number;
  content: Record<string, unknown>;
}

/** Which messages are asked for: those of these keys, and all that came with these frames. */
export interface MessageQuestion {
  messages: readonly NormalisedMessage[];
  /** Ident and time of receipt of each frame. */
  frames: readonly { ident: string; receivedAt: EpochMs }[];
}

interface Row {
  ident: string;
  device_ms: string;
  record_id: string;
  received_ms: string;
  codec_version: number;
  observed_ms: string;
  fix_ms: string | null;
  clock_repair: string;
  backlog: boolean;
  lat: number | null;
  lon: number | null;
  valid: boolean;
  distrust: string;
  altitude_m: number | null;
  speed_kmh: number | null;
  course_deg: number | null;
  satellites: number | null;
  hdop: number | null;
  signal_keys: string[];
  signal_values: (number | string)[];
  state_keys: string[];
  state_values: string[];
  events: string[];
}

const DAY_MS = 86_400_000;

/** The key of a message as its row has it. */
export function keyOf(message: NormalisedMessage): string {
  return `${message.ident} ${deviceTimeOf(message)} ${recordIdOf(message)}`;
}

export function keyOfStored({ ident, deviceTime, recordId }: StoredMessage): string {
  return `${ident} ${deviceTime} ${recordId}`;
}

/** Looks messages up in ClickHouse, each once. */
export async function storedMessages(connection: Connection, { messages, frames }: MessageQuestion): Promise<StoredMessage[]> {
  const times = [...messages.map(deviceTimeOf), ...frames.map(({ receivedAt }) => receivedAt)];
  if (times.length === 0) return [];
  // The key of the table begins with ident and device time: the rest is looked for among few rows.
  const sql = `SELECT ident, toUnixTimestamp64Milli(device_time) AS device_ms, record_id,
      toUnixTimestamp64Milli(received_at) AS received_ms, codec_version, toUnixTimestamp64Milli(observed_at) AS observed_ms,
      toUnixTimestamp64Milli(fix_time) AS fix_ms, clock_repair, backlog, lat, lon, valid, distrust, altitude_m, speed_kmh,
      course_deg, satellites, hdop, mapKeys(signals) AS signal_keys, mapValues(signals) AS signal_values,
      mapKeys(states) AS state_keys, mapValues(states) AS state_values, events
    FROM ${connection.database}.messages FINAL
    WHERE ident IN {idents:Array(String)}
      AND device_time BETWEEN fromUnixTimestamp64Milli({from:Int64}) AND fromUnixTimestamp64Milli({to:Int64})
      AND (record_id IN {ids:Array(UInt64)} OR toUnixTimestamp64Milli(received_at) IN {received:Array(Int64)})`;
  const found: StoredMessage[] = [];
  const parameters = {
    idents: [...new Set([...messages, ...frames].map(({ ident }) => ident))],
    from: times.reduce((a, b) => Math.min(a, b)) - DAY_MS,
    to: times.reduce((a, b) => Math.max(a, b)) + DAY_MS,
    // As numbers: the client would quote text, which is no UInt64 in a list.
    ids: messages.map((message) => BigInt(recordIdOf(message))),
    received: frames.map(({ receivedAt }) => receivedAt),
  };
  // Numbers that are none come as text, as plain JSON writes them.
  const settings = { output_format_json_quote_denormals: 1 };
  for await (const row of connection.stream<Row>(sql, parameters, settings)) found.push(storedOf(row));
  return found;
}

/** The record id of a message, in decimal digits. */
export function recordIdOf({ recordIdHi, recordIdLo }: NormalisedMessage): string {
  return ((BigInt(recordIdHi >>> 0) << 32n) | BigInt(recordIdLo >>> 0)).toString();
}

function storedOf(row: Row): StoredMessage {
  return {
    ident: row.ident,
    deviceTime: Number(row.device_ms),
    recordId: row.record_id,
    receivedAt: Number(row.received_ms),
    codecVersion: row.codec_version,
    content: {
      observedAt: isoOrNull(Number(row.observed_ms)),
      clockRepair: row.clock_repair,
      backlog: row.backlog,
      position: {
        lat: row.lat,
        lon: row.lon,
        fixTime: row.fix_ms === null ? null : isoOrNull(Number(row.fix_ms)),
        valid: row.valid,
        altitudeM: row.altitude_m,
        speedKmh: row.speed_kmh,
        courseDeg: row.course_deg,
        satellites: row.satellites,
        hdop: row.hdop,
        distrust: row.distrust,
      },
      signals: keyedValues(row.signal_keys, row.signal_values),
      states: keyedValues(row.state_keys, row.state_values),
      events: row.events,
    },
  };
}

/** What a row holds where a message has no place. */
const NOWHERE = {
  lat: null,
  lon: null,
  fixTime: null,
  valid: false,
  altitudeM: null,
  speedKmh: null,
  courseDeg: null,
  satellites: null,
  hdop: null,
  distrust: null,
};

/** A message as its row would hold it, in the form of a stored one's content. */
export function contentOf(message: NormalisedMessage): Record<string, unknown> {
  const { lat, lon, fixTime, valid, altitudeM, speedKmh, courseDeg, satellites, hdop, distrust } = message.position ?? NOWHERE;
  return {
    observedAt: isoOrNull(message.observedAt),
    clockRepair: message.clockRepair,
    backlog: message.backlog,
    position: {
      lat,
      lon,
      fixTime: isoOrNull(fixTime),
      valid,
      altitudeM: single(altitudeM),
      speedKmh: single(speedKmh),
      courseDeg: single(courseDeg),
      satellites,
      hdop: single(hdop),
      distrust: distrust ?? '',
    },
    signals: keyedValues(message.signalKeys, message.signalValues),
    states: keyedValues(message.stateKeys, message.stateValues),
    events: message.events.map(({ code }) => code),
  };
}

/** As a column of 32 bits holds it, which ClickHouse prints with the fewest digits that tell it from others. */
function single(value: number | null): number | null {
  if (value === null) return null;
  const rounded = Math.fround(value);
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(rounded.toPrecision(digits));
    if (Math.fround(short) === rounded) return short;
  }
  return rounded;
}
