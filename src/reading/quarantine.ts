/**
 * Reads the quarantine out of ClickHouse: refused frames with their reason, whose they are, and what came of trying them again. A frame
 * is of the tracker that its ident found when it came, or, where nobody had registered it then, of the one it finds now.
 */
import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';
import type { Rows } from './rows.ts';

/** Which frames: those that were never retried with success, those that were, or both. */
export const QUARANTINE_STATES = ['open', 'retried', 'all'] as const;
export type QuarantineState = (typeof QUARANTINE_STATES)[number];

/** What came of a retry. */
export const RETRY_RESULTS = ['stored', 'duplicate', 'failed'] as const;
export type RetryResult = (typeof RETRY_RESULTS)[number];

/** The last try to make something of a frame. */
export interface LastRetry {
  at: EpochMs;
  result: RetryResult;
  /** Why it failed; empty where it did not. */
  code: string;
  detail: string;
  codecVersion: number;
  /** Messages that were not stored before. */
  newMessages: number;
}

/** A frame in quarantine, or a row of one that ClickHouse refused. */
export interface QuarantinedFrame {
  /** `<spool id>-<position>`, followed by the row where it is not the frame itself that was refused. */
  id: string;
  /** Spool and position it came from. */
  spoolId: string;
  spoolSeq: number;
  rowIndex: number;
  receivedAt: EpochMs;
  code: string;
  detail: string;
  /** Empty where no device was named. */
  ident: string;
  protocol: string;
  codecVersion: number;
  /** Empty where none was known. */
  dialect: string;
  transport: Transport;
  listener: string;
  peer: string;
  sessionId: string;
  /** Company whose endpoint took it; empty where the devices of all may send. */
  companyId: string;
  /** The tracker it is of; `null` where nobody has registered it. */
  tracker: { oid: string; trackerId: string; companyId: string } | null;
  frame: Uint8Array;
  retry: LastRetry | null;
  /** False where it waits in the spool still. */
  stored: boolean;
}

/** Which frames are asked for; an empty list asks for all. */
export interface QuarantineFilter {
  /** Only what is of this company; `null` for all. */
  companyId: string | null;
  /** Idents they are filed under. */
  idents: readonly string[];
  /** Trackers they are of. */
  trackerOids: readonly string[];
  /** With or without their port. */
  peers: readonly string[];
  listeners: readonly string[];
  codes: readonly string[];
  protocols: readonly string[];
  state: QuarantineState;
  /** Received at this time or later, and before that one; `null` without bound. */
  from: EpochMs | null;
  to: EpochMs | null;
}

/** What asks for everything. */
export const ALL_QUARANTINED: QuarantineFilter = {
  companyId: null,
  idents: [],
  trackerOids: [],
  peers: [],
  listeners: [],
  codes: [],
  protocols: [],
  state: 'all',
  from: null,
  to: null,
};

/** Names of a protocol and of a provider that speaks it, with a slash between: an ident is looked up among their trackers alone. */
export type Bindings = readonly string[];

/** Where a frame stands among all, the newest first. */
export interface QuarantinePlace {
  receivedAt: EpochMs;
  spoolId: string;
  spoolSeq: number;
  rowIndex: number;
}

interface Row {
  received_ms: string;
  spool: string;
  seq: string;
  row_index: string;
  code: string;
  detail: string;
  ident: string;
  protocol: string;
  codec_version: number;
  dialect: string;
  transport: Transport;
  listener: string;
  peer: string;
  session_id: string;
  company_id: string;
  frame: string;
  owner_oid: string;
  owner_name: string;
  owner_company: string;
  retried_ms: string;
  retry_result: RetryResult | '';
  retry_code: string;
  retry_detail: string;
  retry_version: number;
  retry_messages: number;
}

/** Trackers that an ident found or finds: first the one that held it when the frame came, then the one that does now. */
const OWNER = `arraySort(h -> (h.1 > q.received_at, -toUnixTimestamp64Milli(h.1)), arrayFilter(
    h -> has({bindings:Array(String)}, concat(q.protocol, '/', h.6)) AND q.company_id IN ('', h.4)
      AND (h.2 IS NULL OR q.received_at < assumeNotNull(h.2)) AND (h.2 IS NULL OR h.1 <= q.received_at), o.held))[1]`;

function sqlOf(database: string, conditions: readonly string[]): string {
  return `SELECT toUnixTimestamp64Milli(q.received_at) AS received_ms, lower(hex(q.spool_id)) AS spool, q.spool_seq AS seq,
      q.row_index AS row_index, q.code AS code, q.detail AS detail, q.ident AS ident, q.protocol AS protocol,
      q.codec_version AS codec_version, q.transport AS transport, q.listener AS listener, q.peer AS peer,
      q.session_id AS session_id, q.company_id AS company_id, base64Encode(q.frame) AS frame,
      ${OWNER} AS owner, owner.3 AS owner_oid, owner.5 AS owner_name, owner.4 AS owner_company,
      toUnixTimestamp64Milli(r.retried_at) AS retried_ms, r.result AS retry_result, r.code AS retry_code,
      r.detail AS retry_detail, r.codec_version AS retry_version, r.new_messages AS retry_messages
    FROM (
      SELECT * FROM ${database}.quarantine FINAL
      WHERE spool_id NOT IN (SELECT retry_spool_id FROM ${database}.quarantine_retries)
    ) AS q
    LEFT ANY JOIN (
      SELECT * FROM ${database}.quarantine_retries ORDER BY retried_at DESC LIMIT 1 BY spool_id, spool_seq
    ) AS r ON r.spool_id = q.spool_id AND r.spool_seq = q.spool_seq
    LEFT ANY JOIN (
      SELECT ident, groupArray((registered_at, ended_at, tracker_oid, toString(company_id), tracker_id, toString(provider))) AS held
      FROM ${database}.tracker_idents FINAL WHERE ident IN (SELECT ident FROM ${database}.quarantine) GROUP BY ident
    ) AS o ON o.ident = q.ident
    WHERE ${conditions.join(' AND ')}
    ORDER BY q.received_at DESC, q.spool_id DESC, q.spool_seq DESC, q.row_index DESC LIMIT {most:UInt32}`;
}

const TIME = 'fromUnixTimestamp64Milli';
const PEER = "(q.peer IN {peers:Array(String)} OR replaceRegexpOne(q.peer, ':[0-9]+$', '') IN {peers:Array(String)})";

/** The conditions of a filter, with their parameters. What a filter leaves out is not asked. */
function conditionsOf(filter: QuarantineFilter): { conditions: string[]; parameters: Record<string, unknown> } {
  const { companyId, idents, trackerOids, peers, listeners, codes, protocols, state, from, to } = filter;
  const conditions: string[] = ['1'];
  if (companyId !== null) conditions.push('(q.company_id = {company:String} OR owner_company = {company:String})');
  if (idents.length > 0) conditions.push('q.ident IN {idents:Array(String)}');
  if (trackerOids.length > 0) conditions.push('owner_oid IN {oids:Array(String)}');
  if (peers.length > 0) conditions.push(PEER);
  if (listeners.length > 0) conditions.push('q.listener IN {listeners:Array(String)}');
  if (codes.length > 0) conditions.push('q.code IN {codes:Array(String)}');
  if (protocols.length > 0) conditions.push('q.protocol IN {protocols:Array(String)}');
  if (state !== 'all') conditions.push(`r.result ${state === 'open' ? 'NOT IN' : 'IN'} ('stored', 'duplicate')`);
  if (from !== null) conditions.push(`q.received_at >= ${TIME}({from:Int64})`);
  if (to !== null) conditions.push(`q.received_at < ${TIME}({to:Int64})`);
  const parameters = { company: companyId ?? '', idents, oids: trackerOids, peers, listeners, codes, protocols, from, to };
  return { conditions, parameters };
}

/** Reads frames in quarantine, the newest first, behind a place where one is given. */
export function readQuarantine(
  store: Rows,
  database: string,
  bindings: Bindings,
  filter: QuarantineFilter,
  after: QuarantinePlace | null,
  most: number,
): Promise<QuarantinedFrame[]> {
  const { conditions, parameters } = conditionsOf(filter);
  if (after !== null) {
    conditions.push(
      `(q.received_at, q.spool_id, q.spool_seq, q.row_index) < (${TIME}({afterMs:Int64}), {spool:UInt64}, {seq:UInt64}, {row:UInt64})`,
    );
    const { receivedAt: afterMs, spoolId, spoolSeq: seq, rowIndex: row } = after;
    Object.assign(parameters, { afterMs, spool: spoolDigits(spoolId), seq, row });
  }
  return read(store, database, bindings, conditions, { ...parameters, most });
}

/** Reads one frame in quarantine; `null` where there is none, or it is not of the company. */
export async function readQuarantined(
  store: Rows,
  database: string,
  bindings: Bindings,
  companyId: string | null,
  id: string,
): Promise<QuarantinedFrame | null> {
  const place = placeOfId(id);
  if (place === null) return null;
  const { conditions, parameters } = conditionsOf({ ...ALL_QUARANTINED, companyId });
  conditions.push('q.spool_id = {spool:UInt64}', 'q.spool_seq = {seq:UInt64}', 'q.row_index = {row:UInt64}');
  const at = { spool: spoolDigits(place.spoolId), seq: place.spoolSeq, row: place.rowIndex };
  const [found] = await read(store, database, bindings, conditions, { ...parameters, ...at, most: 1 });
  return found ?? null;
}

async function read(
  store: Rows,
  database: string,
  bindings: Bindings,
  conditions: readonly string[],
  parameters: Record<string, unknown>,
): Promise<QuarantinedFrame[]> {
  const asked = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
  const rows = await store.rows<Row>(sqlOf(database, conditions), { ...asked, bindings });
  if (rows.length === 0) return [];
  // Only the raw journal knows what dialect the session spoke; its key begins with what is known of the frame.
  const dialects = await store.rows<{ spool: string; seq: string; dialect: string }>(
    `SELECT lower(hex(spool_id)) AS spool, spool_seq AS seq, dialect FROM ${database}.frames
     WHERE ident IN {idents:Array(String)} AND toUnixTimestamp64Milli(received_at) IN {times:Array(Int64)} AND dialect != ''`,
    { idents: [...new Set(rows.map(({ ident }) => ident))], times: rows.map((row) => Number(row.received_ms)) },
  );
  const dialectOf = new Map(dialects.map(({ spool, seq, dialect }) => [`${spool}-${seq}`, dialect]));
  return rows.map((row) => frameOf(row, dialectOf.get(`${row.spool}-${row.seq}`) ?? ''));
}

function frameOf(row: Row, dialect: string): QuarantinedFrame {
  const { owner_oid: oid, owner_name: trackerId, owner_company: companyId } = row;
  const place = { spoolId: row.spool.padStart(16, '0'), spoolSeq: Number(row.seq), rowIndex: Number(row.row_index) };
  return {
    id: idOf(place),
    ...place,
    receivedAt: Number(row.received_ms),
    code: row.code,
    detail: row.detail,
    ident: row.ident,
    protocol: row.protocol,
    codecVersion: row.codec_version,
    dialect,
    transport: row.transport,
    listener: row.listener,
    peer: row.peer,
    sessionId: row.session_id,
    companyId: row.company_id,
    tracker: oid === '' ? null : { oid, trackerId, companyId },
    frame: bytesOf(row.frame),
    retry: retryOf(row),
    stored: true,
  };
}

function retryOf(row: Row): LastRetry | null {
  if (row.retry_result === '') return null;
  return {
    at: Number(row.retried_ms),
    result: row.retry_result,
    code: row.retry_code,
    detail: row.retry_detail,
    codecVersion: row.retry_version,
    newMessages: row.retry_messages,
  };
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** Whether a frame needs no retry any more. */
export function isRetried({ retry }: Pick<QuarantinedFrame, 'retry'>): boolean {
  return retry !== null && retry.result !== 'failed';
}

/** The name of a frame in quarantine. */
export function idOf({ spoolId, spoolSeq, rowIndex }: Omit<QuarantinePlace, 'receivedAt'>): string {
  return `${spoolId}-${spoolSeq}${rowIndex === 0 ? '' : `-${rowIndex}`}`;
}

/** What a name says; `null` for what is none. */
function placeOfId(id: string): Omit<QuarantinePlace, 'receivedAt'> | null {
  const [, spoolId, seq, row = '0'] = /^([0-9a-f]{16})-(\d{1,15})(?:-(\d{1,15}))?$/.exec(id) ?? [];
  return spoolId === undefined ? null : { spoolId, spoolSeq: Number(seq), rowIndex: Number(row) };
}

/** The place of a frame as the cursor of a list. */
export function cursorOf({ receivedAt, ...place }: QuarantinePlace): string {
  return Buffer.from(`${receivedAt}.${idOf(place)}`).toString('base64url');
}

/** The place that a cursor stands for; `null` for what is none. */
export function placeOfCursor(cursor: string): QuarantinePlace | null {
  const [, ms, id] = /^(\d{1,15})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const place = id === undefined ? null : placeOfId(id);
  return place === null ? null : { receivedAt: Number(ms), ...place };
}

/** Tells whether one place stands behind another in a list. */
export function isBehind(a: QuarantinePlace, b: QuarantinePlace): boolean {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt < b.receivedAt;
  if (a.spoolId !== b.spoolId) return a.spoolId < b.spoolId;
  if (a.spoolSeq !== b.spoolSeq) return a.spoolSeq < b.spoolSeq;
  return a.rowIndex < b.rowIndex;
}

function spoolDigits(spoolId: string): string {
  return BigInt(`0x${spoolId}`).toString();
}
