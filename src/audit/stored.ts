/** What ClickHouse has of the records of a spool. */
import type { SpoolSeq } from '#model/frame-record';
import type { Connection } from '../sink/clickhouse/connection.ts';
import { AUDITED, eventKey, messageKey, type Audited, type ExpectedRow } from './expected.ts';

/** A row that is there, with how often it was written. */
export interface StoredRow {
  table: Audited;
  seq: SpoolSeq;
  rowIndex: number;
  key: string;
  ident: string;
  /** Why the frame is in quarantine, of rows of frames and quarantine. */
  code: string;
  /** Rows of this key and position: a merge leaves one. */
  copies: number;
}

interface Row {
  seq: string;
  row_index: string;
  ident: string;
  device_ms: string;
  record_id: string;
  event_index: number;
  code: string;
  copies: string;
}

const DEVICE = 'toUnixTimestamp64Milli(device_time)';
const COLUMNS: Readonly<Record<Audited, string>> = {
  frames: `ident, '0' AS device_ms, '0' AS record_id, 0 AS event_index, toString(fault) AS code`,
  quarantine: `ident, '0' AS device_ms, '0' AS record_id, 0 AS event_index, toString(code) AS code`,
  messages: `ident, ${DEVICE} AS device_ms, toString(record_id) AS record_id, 0 AS event_index, '' AS code`,
  events: `ident, ${DEVICE} AS device_ms, toString(record_id) AS record_id, event_index, '' AS code`,
};

/** The rows that carry positions of a spool, both ends included. */
export async function storedRows(
  connection: Connection,
  spoolId: string,
  from: SpoolSeq,
  through: SpoolSeq,
): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for (const table of AUDITED) {
    const rows = await connection.rows<Row>(
      `SELECT spool_seq AS seq, row_index, ${COLUMNS[table]}, count() AS copies FROM ${connection.database}.${table}
       WHERE spool_id = {spool:UInt64} AND spool_seq BETWEEN {from:UInt64} AND {through:UInt64}
       GROUP BY ALL`,
      { spool: BigInt(`0x${spoolId}`).toString(), from, through },
    );
    for (const row of rows) found.push(storedOf(table, row));
  }
  return found;
}

function storedOf(table: Audited, row: Row): StoredRow {
  const seq = Number(row.seq);
  const { ident, device_ms: device, record_id: id, event_index: index, code } = row;
  const key = {
    frames: () => String(seq),
    quarantine: () => `${seq} ${row.row_index}`,
    messages: () => messageKey(ident, Number(device), id),
    events: () => eventKey(ident, Number(device), id, index),
  }[table]();
  return { table, seq, rowIndex: Number(row.row_index), key, ident, code, copies: Number(row.copies) };
}

/** Rows looked up at a time. */
const CHUNK = 250;

/** Of messages and events that are not where their record stands: those that are stored all the same, as a resend is. */
export async function storedElsewhere(connection: Connection, rows: readonly ExpectedRow[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const table of ['messages', 'events'] as const) {
    const wanted = rows.filter((row) => row.table === table);
    for (let at = 0; at < wanted.length; at += CHUNK) {
      const chunk = wanted.slice(at, at + CHUNK);
      const stored = await connection.rows<Row>(
        `SELECT DISTINCT '0' AS seq, '0' AS row_index, ${COLUMNS[table]}, '1' AS copies FROM ${connection.database}.${table}
         WHERE ident IN {idents:Array(String)} AND ${DEVICE} IN {times:Array(Int64)} AND ${table}.record_id IN {ids:Array(UInt64)}`,
        {
          idents: [...new Set(chunk.map(({ ident }) => ident))],
          times: [...new Set(chunk.map(({ deviceTime }) => deviceTime))],
          ids: chunk.map(({ recordId }) => BigInt(recordId ?? 0)),
        },
      );
      for (const row of stored) found.add(`${table} ${storedOf(table, row).key}`);
    }
  }
  return found;
}

/** The last position of each spool that has a frame, by the spool's id. */
export async function newestPositions(connection: Connection): Promise<ReadonlyMap<string, SpoolSeq>> {
  const rows = await connection.rows<{ spool: string; seq: string }>(
    `SELECT lower(hex(spool_id)) AS spool, max(spool_seq) AS seq FROM ${connection.database}.frames GROUP BY spool_id`,
  );
  return new Map(rows.map(({ spool, seq }) => [spool.padStart(16, '0'), Number(seq)]));
}

/** Frames of a spool behind a position, through another. */
export async function countBeyond(
  connection: Connection,
  spoolId: string,
  after: SpoolSeq,
  through: SpoolSeq,
): Promise<number> {
  const [row] = await connection.rows<{ n: string }>(
    `SELECT count() AS n FROM ${connection.database}.frames
     WHERE spool_id = {spool:UInt64} AND spool_seq > {after:UInt64} AND spool_seq <= {through:UInt64}`,
    { spool: BigInt(`0x${spoolId}`).toString(), after, through },
  );
  return Number(row?.n ?? 0);
}
