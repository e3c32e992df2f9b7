/**
 * Takes a vehicle out of ClickHouse. Rows are deleted by mutations, which write the parts without them anew: a lightweight delete would
 * only hide them until some merge comes by (docs/decisions/0025-consent-purge.md).
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from './connection.ts';

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

const POLL_MS = 50;

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
  [removed['latest'], left['latest']] = await refreshLatest(connection, rows, signal);
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

async function erase(
  connection: Connection,
  table: string,
  condition: string,
  parameters: Record<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  await connection.command(`ALTER TABLE ${connection.database}.${table} DELETE WHERE ${condition}`, parameters);
  await mutationsEnded(connection, table, signal);
}

/** Waits until every mutation of a table is done: an answer that is lost on its way leaves one that goes on. */
async function mutationsEnded(connection: Connection, table: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const [open] = await connection.rows<{ why: string }>(
      `SELECT latest_fail_reason AS why FROM system.mutations
       WHERE database = {database:String} AND table = {table:String} AND NOT is_done AND NOT is_killed LIMIT 1`,
      { database: connection.database, table },
    );
    if (open === undefined) return;
    if (open.why !== '') throw new Error(`a mutation of ${table} fails: ${open.why}`);
    await pause(POLL_MS, undefined, { signal });
  }
}

/** What is known last is made anew from what is left: of this vehicle others may have been told, too. */
async function refreshLatest(connection: Connection, { idents }: VehicleRows, signal: AbortSignal): Promise<[number, number]> {
  const { database } = connection;
  const parameters = { idents };
  const ours = 'ident IN {idents:Array(String)}';
  const before = await countOf(connection, `SELECT count() AS n FROM ${database}.latest WHERE ${ours}`, parameters);
  await erase(connection, 'latest', ours, parameters, signal);
  await connection.command(
    `INSERT INTO ${database}.latest
     SELECT ident, max(observed_at) AS last_observed_at, max(received_at) AS last_received_at,
            argMaxState((tracker_oid, toString(provider)), received_at) AS owner,
            argMaxIfState((toNullable(observed_at), lat, lon, altitude_m, speed_kmh, course_deg, satellites), observed_at,
                          lat IS NOT NULL AND valid AND distrust = '') AS place
     FROM ${database}.messages WHERE ${ours} GROUP BY ident`,
    parameters,
  );
  const orphaned = `${ours} AND ident NOT IN (SELECT ident FROM ${database}.messages WHERE ${ours})`;
  return [before, await countOf(connection, `SELECT count() AS n FROM ${database}.latest WHERE ${orphaned}`, parameters)];
}
