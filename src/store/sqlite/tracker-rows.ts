/** Trackers with their history, as they are written within a transaction. */
import type { NewOutboxRow } from '../outbox-rows.ts';
import type { TrackerChange } from '../tracker-store.ts';
import { trackerColumns } from './rows.ts';
import type { Statements } from './statements.ts';

const COLUMNS: readonly string[] = [
  'oid',
  'company_id',
  'provider',
  'type',
  'tracker_id',
  'foreign_tracker_id',
  'vehicle_type',
  'object_id',
  'tracker_key',
  'foreign_key',
  'serial_key',
  'status',
  'registered_at',
  'validated_at',
  'status_at',
  'deleted_at',
  'revision',
];

const NEXT_CHANGE = '(SELECT coalesce(max(change), 0) + 1 FROM trackers)';

const NEW_TRACKER = `INSERT INTO trackers (${COLUMNS.join(', ')}, change) VALUES (${COLUMNS.map((name) => `:${name}`).join(', ')}, ${NEXT_CHANGE})`;

const TRACKER = `UPDATE trackers
  SET ${COLUMNS.filter((name) => name !== 'oid')
    .map((name) => `${name} = :${name}`)
    .join(', ')}, change = ${NEXT_CHANGE}
  WHERE oid = :oid AND revision = :if_revision`;

export function insertTracker(statements: Statements, change: TrackerChange): void {
  statements.prepare(NEW_TRACKER).run(trackerColumns(change.tracker));
  writeHistory(statements, change);
}

/** False, and nothing is written, where the tracker is not at the revision expected. */
export function updateTracker(statements: Statements, change: TrackerChange, ifRevision: number): boolean {
  const written = statements.prepare(TRACKER).run({ ...trackerColumns(change.tracker), if_revision: ifRevision });
  if (written.changes === 0) return false;
  writeHistory(statements, change);
  return true;
}

export function writeOutbox(statements: Statements, rows: readonly NewOutboxRow[]): void {
  const statement = statements.prepare('INSERT INTO outbox (table_name, row) VALUES (?, ?)');
  for (const { table, row } of rows) statement.run(table, JSON.stringify(row));
}

function writeHistory(statements: Statements, { tracker, transitions, outbox }: TrackerChange): void {
  const names = 'tracker_oid, number, id, from_status, to_status, "trigger", cause, at';
  const statement = statements.prepare(`INSERT INTO transitions (${names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const notice = statements.prepare('INSERT INTO notices (tracker, transition) VALUES (?, ?)');
  for (const t of transitions) {
    statement.run(t.trackerOid, t.number, t.id, t.from, t.to, t.trigger, t.cause, t.at);
    notice.run(JSON.stringify(tracker), JSON.stringify(t));
  }
  writeOutbox(statements, outbox);
}
