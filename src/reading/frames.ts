/**
 * Reads the frames of a tracker as they came, the newest first. A frame with messages is the tracker's where a message of it is. One
 * without (a login, a heartbeat, a repetition, one in quarantine) goes by its ident, and is nobody's to see for the time in which a tracker
 * of another company went by that ident.
 */
import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';
import type { Tracker } from '#model/tracker';
import { OWN, OWN_IDENT, OWN_ROW, ownParameters } from './own.ts';
import { cursorOf, isPlace, placeBefore } from './place.ts';
import type { Rows } from './rows.ts';

/** What became of a frame. */
export const FRAME_OUTCOMES = ['stored', 'duplicate', 'quarantined'] as const;
export type StoredOutcome = (typeof FRAME_OUTCOMES)[number];

/** What is known of a stored frame besides its bytes. */
export interface ReadFrame {
  /** 16 hex digits and a number: which spool it came through, and where it stood in it. */
  id: string;
  cursor: string;
  ident: string;
  receivedAt: EpochMs;
  protocol: string;
  dialect: string | null;
  transport: Transport;
  listener: string;
  peer: string;
  sessionId: string;
  outcome: StoredOutcome;
  /** Why it, or a part of it, is in quarantine. */
  fault: string | null;
  messages: number;
  sizeBytes: number;
  /** Hex of its first bytes. */
  head: string;
}

/** A stored frame with all its bytes. */
export interface WholeFrame extends ReadFrame {
  bytes: Uint8Array;
}

/** Which frames. */
export interface FramesQuery {
  /** By time of receipt: from this on, and before that. */
  from: EpochMs;
  to: EpochMs;
  /** Only this outcome; `null` for all. */
  outcome: StoredOutcome | null;
  /** Older than this frame; `null` from the newest on. */
  after: string | null;
  most: number;
}

/** A page of frames: it may hold fewer than were asked for, or none, before the last. */
export interface FramesPage {
  frames: ReadFrame[];
  /** `null` behind the last page. */
  next: string | null;
}

/** Tells whether a text is a cursor of a list of frames. */
export const isFramesCursor = isPlace(3);

interface Row {
  name: string;
  received_ms: string;
  spool: string;
  seq: string;
  protocol: string;
  dialect: string;
  transport: Transport;
  listener: string;
  peer: string;
  session_id: string;
  outcome: StoredOutcome;
  fault: string;
  said: number;
  bytes: string;
  head: string;
}

/** Bytes of a frame that a list shows. */
const HEAD_BYTES = 24;
const COLUMNS = `f.ident AS name, toUnixTimestamp64Milli(f.received_at) AS received_ms, toString(f.spool_id) AS spool,
  toString(f.spool_seq) AS seq, protocol, dialect, transport, listener, peer, session_id, outcome, fault,
  f.messages AS said, toString(length(frame)) AS bytes`;
const HEAD = `lower(hex(substring(frame, 1, ${HEAD_BYTES}))) AS head`;
const FRAMES = `{db:Identifier}.frames AS f FINAL
  WHERE row_index = 0 AND company_id IN ('', {company:String})`;

/** Reads a page. Throws `RangeError` for a cursor that is none. */
export async function readFrames(store: Rows, database: string, tracker: Tracker, query: FramesQuery): Promise<FramesPage> {
  const { from, to, outcome, after, most } = query;
  const [before, spool, seq] = placeBefore(after, 3);
  const range = { ...(await ownParameters(store, database, tracker)), db: database, from, to };
  const pushed = await pushedIn(store, range);
  const part = (own: string): string => `SELECT ${COLUMNS}, ${HEAD} FROM ${FRAMES} AND ${own}
    AND f.received_at >= fromUnixTimestamp64Milli({from:Int64}) AND f.received_at < fromUnixTimestamp64Milli({to:Int64})
    AND (toUnixTimestamp64Milli(f.received_at), f.spool_id, f.spool_seq) < ({before:Int64}, {spool:UInt64}, {seq:UInt64})
    ${outcome === null ? '' : 'AND outcome = {outcome:String}'}
    ORDER BY f.received_at DESC, f.spool_id DESC, f.spool_seq DESC LIMIT {most:UInt32}`;
  const parts = pushed === null ? [part(OWN_IDENT)] : [part(OWN_IDENT), part(`NOT (${OWN_IDENT}) AND ${PUSHED}`)];
  const rows = await store.rows<Row>(
    `SELECT * FROM (${parts.join(' UNION ALL ')})
     ORDER BY toInt64(received_ms) DESC, toUInt64(spool) DESC, toUInt64(seq) DESC LIMIT {most:UInt32}`,
    { ...range, ...pushed, before, spool, seq, outcome: outcome ?? '', most },
  );
  const own = await ownAmong(store, database, tracker, rows);
  const last = rows.length === most ? rows.at(-1) : undefined;
  return { frames: own.map(frameOf), next: last === undefined ? null : placeOf(last) };
}

/** What a cloud pushes in one body may be of many vehicles, and then names none itself. */
const PUSHED_MESSAGES = `${OWN} AND transport = 'http' AND received_at >= fromUnixTimestamp64Milli({from:Int64})
  AND received_at < fromUnixTimestamp64Milli({to:Int64})`;
const PUSHED = `transport = 'http' AND f.received_at >= fromUnixTimestamp64Milli({first:Int64})
  AND f.received_at <= fromUnixTimestamp64Milli({last:Int64})
  AND (f.spool_id, f.spool_seq) IN (SELECT spool_id, spool_seq FROM {db:Identifier}.messages WHERE ${PUSHED_MESSAGES})`;

/** When messages of the tracker were pushed; `null` where none was, as with every device: their frames need not be looked for then. */
async function pushedIn(store: Rows, range: Record<string, unknown>): Promise<{ first: string; last: string } | null> {
  const [found] = await store.rows<{ n: string; first: string; last: string }>(
    `SELECT count() AS n, toUnixTimestamp64Milli(min(received_at)) AS first, toUnixTimestamp64Milli(max(received_at)) AS last
     FROM {db:Identifier}.messages WHERE ${PUSHED_MESSAGES}`,
    range,
  );
  return found === undefined || Number(found.n) === 0 ? null : { first: found.first, last: found.last };
}

const ID = /^([0-9a-f]{16})-(\d{1,15})$/;

/** Reads one frame; `null` where the tracker has none of this id. */
export async function readFrame(store: Rows, database: string, tracker: Tracker, id: string): Promise<WholeFrame | null> {
  const [, spool, seq] = ID.exec(id) ?? [];
  if (spool === undefined || seq === undefined) return null;
  const parameters = {
    ...(await ownParameters(store, database, tracker)),
    db: database,
    spool: BigInt(`0x${spool}`).toString(),
    seq,
  };
  // By its ident first, which the table is sorted by.
  for (const where of [OWN_IDENT, "transport = 'http'"]) {
    const rows = await store.rows<Row & { hex: string }>(
      `SELECT ${COLUMNS}, ${HEAD}, lower(hex(frame)) AS hex FROM ${FRAMES}
         AND ${where} AND f.spool_id = {spool:UInt64} AND f.spool_seq = {seq:UInt64} LIMIT 1`,
      parameters,
    );
    const [row] = await ownAmong(store, database, tracker, rows);
    if (row !== undefined) return { ...frameOf(row), bytes: Uint8Array.from(Buffer.from(row.hex, 'hex')) };
  }
  return null;
}

interface Claim {
  spool: string;
  seq: string;
  own: 0 | 1;
}

interface Period {
  ident: string;
  since: string;
  until: string | null;
}

/** Of frames that may be the tracker's, those that are. */
async function ownAmong<Found extends Row>(
  store: Rows,
  database: string,
  tracker: Tracker,
  rows: readonly Found[],
): Promise<readonly Found[]> {
  if (rows.length === 0) return rows;
  const numbers = rows.map(({ seq }) => Number(seq));
  const parameters = { ...(await ownParameters(store, database, tracker)), db: database };
  const [claims, others] = await Promise.all([
    store.rows<Claim>(
      `SELECT toString(m.spool_id) AS spool, toString(m.spool_seq) AS seq, max(${OWN_ROW}) AS own
       FROM {db:Identifier}.messages AS m
       WHERE ${OWN_IDENT} AND m.spool_seq >= {first:UInt64} AND m.spool_seq <= {last:UInt64} AND m.spool_seq IN {seqs:Array(UInt64)}
       GROUP BY m.spool_id, m.spool_seq`,
      { ...parameters, first: Math.min(...numbers), last: Math.max(...numbers), seqs: numbers },
    ),
    store.rows<Period>(
      `SELECT i.ident AS ident, toUnixTimestamp64Milli(registered_at) AS since, toUnixTimestamp64Milli(ended_at) AS until
       FROM {db:Identifier}.tracker_idents AS i FINAL WHERE ident IN {names:Array(String)} AND company_id != {company:String}`,
      { ...parameters, names: [...new Set(rows.map(({ name }) => name))] },
    ),
  ]);
  const ownBy = new Map(claims.map(({ spool, seq, own }) => [`${spool}-${seq}`, own === 1]));
  return rows.filter(({ spool, seq, name, received_ms: received, transport }) => {
    const at = Number(received);
    const isAnothers = others.some(
      ({ ident, since, until }) => ident === name && at >= Number(since) && (until === null || at < Number(until)),
    );
    return ownBy.get(`${spool}-${seq}`) ?? (transport !== 'http' && !isAnothers);
  });
}

const placeOf = ({ received_ms: at, spool, seq }: Row): string => cursorOf(at, spool, seq);

function frameOf(row: Row): ReadFrame {
  const { name, protocol, transport, listener, peer, outcome, head } = row;
  return {
    id: `${BigInt(row.spool).toString(16).padStart(16, '0')}-${row.seq}`,
    cursor: placeOf(row),
    ident: name,
    receivedAt: Number(row.received_ms),
    protocol,
    dialect: row.dialect === '' ? null : row.dialect,
    transport,
    listener,
    peer,
    sessionId: row.session_id,
    outcome,
    fault: row.fault === '' ? null : row.fault,
    messages: row.said,
    sizeBytes: Number(row.bytes),
    head,
  };
}
