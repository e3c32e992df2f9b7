/**
 * Takes a vehicle out of ClickHouse. Rows are deleted by mutations, which write the parts without them anew: a lightweight delete would
 * only hide them until some merge comes by (docs/decisions/0025-consent-purge.md).
 */
import type { Connection } from './connection.ts';
import { remakeLatest } from './latest.ts';
import { erase, mutationsEnded } from './mutations.ts';

/** Whose rows are meant. */
export interface VehicleRows {
  /** As they stand in the rows, in every spelling. */
  idents: readonly string[];
  /** Companies at whose endpoints the rows came; an empty name is that of devices. */
  companies: readonly string[];
  /** Rows of this protocol alone; `null` for all. */
  protocol: string | null;
  /** Trackers of the company under these idents: their trips go, and of what devices said nobody else's rows do. */
  trackerOids: readonly string[];
}

export interface PurgedRows {
  /** Rows that were there, by table. */
  removed: Readonly<Record<string, number>>;
  /** Rows that were found afterwards, by table. */
  left: Readonly<Record<string, number>>;
}

/** In this order: later tables tell whose rows of earlier ones are. */
const TABLES = ['events', 'quarantine_retries', 'quarantine', 'frames', 'trips', 'messages'] as const;
type PurgedTable = (typeof TABLES)[number];

/**
 * Deletes the rows of a vehicle, and counts what is left. Rows that are on their way in are to be waited for before. May be done again
 * at any time. Rejects where ClickHouse does not answer, or a mutation fails.
 */
export async function purgeRows(connection: Connection, rows: VehicleRows, signal: AbortSignal): Promise<PurgedRows> {
  const removed: Record<string, number> = {};
  const left: Record<string, number> = {};
  for (const table of TABLES) {
    await mutationsEnded(connection, table, signal);
    removed[table] = await count(connection, table, rows);
    if (removed[table] > 0)
      await erase(connection, table, conditionOf(table, rows, connection.database), parametersOf(rows), signal);
    left[table] = await count(connection, table, rows);
  }
  [removed['latest_messages'], left['latest_messages']] = await refreshLatest(connection, rows, signal);
  return { removed, left };
}

function parametersOf({ idents, companies, protocol, trackerOids }: VehicleRows): Record<string, unknown> {
  return { idents, companies, protocol: protocol ?? '', oids: trackerOids, name: namePattern(idents) };
}

/** Finds an ident in the bytes of a frame, where it stands by itself. Short ones are found in too much, and are left to their column. */
function namePattern(idents: readonly string[]): string {
  const long = idents.filter((ident) => /^[0-9A-Za-z]{11,64}$/.test(ident));
  return long.length === 0 ? '' : `(?i)(^|[^0-9A-Za-z])(${long.join('|')})([^0-9A-Za-z]|$)`;
}

const PROTOCOL = "({protocol:String} = '' OR protocol = {protocol:String})";
/** What no company's endpoint took is of whoever has the device; what another's tracker had is another's. */
const OWN = "(company_id != '' OR tracker_oid = '' OR tracker_oid IN {oids:Array(String)})";
const COMPANY = 'company_id IN {companies:Array(String)}';

function conditionOf(table: PurgedTable, { protocol }: VehicleRows, database: string): string {
  const ident = 'ident IN {idents:Array(String)}';
  const messages = `${ident} AND ${COMPANY} AND ${OWN} AND ${PROTOCOL}`;
  const of = (columns: string, from: string, where: string): string =>
    `(${columns}) IN (SELECT ${columns} FROM ${database}.${from} WHERE ${where})`;
  const isNamed = `(${ident} OR ${of('spool_id, spool_seq', 'messages', messages)} OR ({name:String} != '' AND match(frame, {name:String})))`;
  // Rows that an earlier version wrote say neither company nor protocol: those say it which they belong to.
  const earlyEvents = `protocol = '' AND ${of('ident, device_time, record_id', 'messages', messages)}`;
  const earlyFrames = `company_id = '' AND ${of('spool_id, spool_seq', 'frames', COMPANY)}`;
  const quarantine = `(${COMPANY} OR (${earlyFrames})) AND ${PROTOCOL} AND ${isNamed}`;
  return {
    messages,
    quarantine_retries: of('spool_id, spool_seq', 'quarantine', quarantine),
    events: `${ident} AND ((protocol != '' AND ${COMPANY} AND ${OWN} AND ${PROTOCOL}) OR (${earlyEvents}))`,
    frames: `${COMPANY} AND ${PROTOCOL} AND ${isNamed}`,
    quarantine,
    trips: `tracker_oid IN {oids:Array(String)}${protocol === null ? '' : ` AND ${ident}`}`,
  }[table];
}

async function count(connection: Connection, table: PurgedTable, rows: VehicleRows): Promise<number> {
  const condition = conditionOf(table, rows, connection.database);
  return countOf(connection, `SELECT count() AS n FROM ${connection.database}.${table} WHERE ${condition}`, parametersOf(rows));
}

async function countOf(connection: Connection, sql: string, parameters: Record<string, unknown>): Promise<number> {
  const [row] = await connection.rows<{ n: string }>(sql, parameters);
  return Number(row?.n ?? 0);
}

/** What is known last is made anew from what is left: of this vehicle others may have been told, too. */
async function refreshLatest(connection: Connection, { idents }: VehicleRows, signal: AbortSignal): Promise<[number, number]> {
  const { database } = connection;
  const parameters = { idents };
  const ours = 'ident IN {idents:Array(String)}';
  const before = await countOf(connection, `SELECT count() AS n FROM ${database}.latest_messages WHERE ${ours}`, parameters);
  await remakeLatest(connection, idents, signal);
  const orphaned = `${ours} AND ident NOT IN (SELECT ident FROM ${database}.messages WHERE ${ours})`;
  return [
    before,
    await countOf(connection, `SELECT count() AS n FROM ${database}.latest_messages WHERE ${orphaned}`, parameters),
  ];
}
