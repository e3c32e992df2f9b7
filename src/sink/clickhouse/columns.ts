/**
 * Columns of the tables that get a row for every frame, message or event: in the order in which `rows.ts` writes them, with
 * the types ClickHouse gives them. The migrations make them so; the sink refuses to write where they are not.
 */
const TIME = "DateTime64(3, 'UTC')";
const NAME = 'LowCardinality(String)';

const MESSAGES = {
  ident: 'String',
  device_time: TIME,
  record_id: 'UInt64',
  batch_id: 'UInt64',
  spool_id: 'UInt64',
  spool_seq: 'UInt64',
  row_index: 'UInt16',
  tracker_oid: 'String',
  provider: NAME,
  protocol: NAME,
  codec_version: 'UInt16',
  transport: NAME,
  listener: NAME,
  observed_at: TIME,
  fix_time: `Nullable(${TIME})`,
  received_at: TIME,
  stored_at: TIME,
  clock_repair: NAME,
  backlog: 'Bool',
  lat: 'Nullable(Float64)',
  lon: 'Nullable(Float64)',
  valid: 'Bool',
  distrust: NAME,
  altitude_m: 'Nullable(Float32)',
  speed_kmh: 'Nullable(Float32)',
  course_deg: 'Nullable(Float32)',
  satellites: 'Nullable(UInt8)',
  hdop: 'Nullable(Float32)',
  signals: `Map(${NAME}, Float64)`,
  states: `Map(${NAME}, String)`,
  events: `Array(${NAME})`,
  company_id: NAME,
} as const;

const FRAMES = {
  ident: 'String',
  received_at: TIME,
  spool_id: 'UInt64',
  spool_seq: 'UInt64',
  row_index: 'UInt16',
  batch_id: 'UInt64',
  protocol: NAME,
  codec_version: 'UInt16',
  dialect: NAME,
  transport: NAME,
  listener: NAME,
  peer: 'String',
  session_id: 'String',
  outcome: NAME,
  fault: NAME,
  messages: 'UInt16',
  frame: 'String',
  company_id: NAME,
} as const;

const EVENTS = {
  ident: 'String',
  device_time: TIME,
  record_id: 'UInt64',
  event_index: 'UInt16',
  code: NAME,
  alarm: 'Bool',
  observed_at: TIME,
  received_at: TIME,
  tracker_oid: 'String',
  provider: NAME,
  lat: 'Nullable(Float64)',
  lon: 'Nullable(Float64)',
  batch_id: 'UInt64',
  spool_id: 'UInt64',
  spool_seq: 'UInt64',
  row_index: 'UInt32',
  company_id: NAME,
  protocol: NAME,
} as const;

const QUARANTINE = {
  received_at: TIME,
  spool_id: 'UInt64',
  spool_seq: 'UInt64',
  row_index: 'UInt64',
  batch_id: 'UInt64',
  code: NAME,
  detail: 'String',
  ident: 'String',
  protocol: NAME,
  codec_version: 'UInt16',
  transport: NAME,
  listener: NAME,
  peer: 'String',
  session_id: 'String',
  frame: 'String',
  company_id: NAME,
} as const;

export const COLUMNS = { messages: MESSAGES, frames: FRAMES, events: EVENTS, quarantine: QUARANTINE } as const;
export type FastTable = keyof typeof COLUMNS;
export const FAST_TABLES = Object.keys(COLUMNS) as FastTable[];

/** Types of a table's columns by their names, in order. */
export function columnTypes(table: FastTable): readonly (readonly [name: string, type: string])[] {
  return Object.entries(COLUMNS[table]);
}

/** Names of a table's columns as an `INSERT` lists them. */
export function columnNames(table: FastTable): string {
  return Object.keys(COLUMNS[table]).join(', ');
}
