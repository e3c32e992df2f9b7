/** The registry and the lifecycle's state in one SQLite file, which the gateway and the command line may have open at once. */
import type { DatabaseSync } from 'node:sqlite';
import { identKey, isActive, type Tracker, type Transition } from '#model/tracker';
import type { Evidence } from '../../lifecycle/evidence.ts';
import { completeLiveness, type Liveness } from '../../lifecycle/liveness.ts';
import type { TripState } from '../../lifecycle/trips.ts';
import type { OutboxRow } from '../../pipeline/ports.ts';
import type { NewOutboxRow } from '../outbox-rows.ts';
import { trackerExists } from '../refusals.ts';
import type {
  AppliedPosition,
  BookChanges,
  BookStore,
  Notice,
  TrackerChange,
  TrackerChanges,
  TrackerFilter,
  TrackerStore,
} from '../tracker-store.ts';
import { SqliteCommands } from './commands.ts';
import { SqliteDocuments } from './documents.ts';
import { inTransaction, openDatabase, type DatabaseOptions } from './database.ts';
import { evidenceColumns, evidenceFrom, trackerColumns, trackerOf, transitionOf, type Row } from './rows.ts';
import { Statements } from './statements.ts';

/** Opens the store in a file, or in memory for `:memory:`. Fails with `store_io` or `store_schema`. */
export function openSqliteStore(path: string, options: Partial<DatabaseOptions> = {}): SqliteStore {
  return new SqliteStore(openDatabase(path, { busyTimeoutMs: 5_000, ...options }));
}

const TRACKER_COLUMNS: readonly string[] = [
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

/** `TrackerStore` in SQLite. Every method throws `store_io` where the file or another process refuses. */
export class SqliteStore implements TrackerStore, BookStore {
  readonly commands: SqliteCommands;
  readonly documents: SqliteDocuments;
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  /** Counts writes to trackers over this connection, which `PRAGMA data_version` leaves out. */
  #ownWrites = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = new Statements(db);
    this.commands = new SqliteCommands(db, this.#statements);
    this.documents = new SqliteDocuments(db, this.#statements);
  }

  register(change: TrackerChange): { exists: Tracker } | { exists: null } {
    return inTransaction(this.#db, () => {
      const exists = this.#holderOf(change.tracker);
      if (exists !== null) return { exists };
      const names = TRACKER_COLUMNS.join(', ');
      const values = TRACKER_COLUMNS.map((name) => `:${name}`).join(', ');
      this.#statements
        .prepare(`INSERT INTO trackers (${names}, change) VALUES (${values}, ${NEXT_CHANGE})`)
        .run(trackerColumns(change.tracker));
      this.#writeHistory(change);
      return { exists: null };
    });
  }

  update(change: TrackerChange, ifRevision: number): boolean {
    return inTransaction(this.#db, () => {
      const holder = isActive(change.tracker) ? this.#holderOf(change.tracker) : null;
      if (holder !== null && holder.oid !== change.tracker.oid) throw trackerExists(holder);
      return this.#writeTracker(change, ifRevision);
    });
  }

  trackerByOid(oid: string): Tracker | null {
    const row = this.#statements.get('SELECT * FROM trackers WHERE oid = ?', oid);
    return row === undefined ? null : trackerOf(row);
  }

  trackersCalled(name: string): readonly Tracker[] {
    const key = identKey(name);
    const order = "ORDER BY status = 'disconnected', registered_at DESC, oid";
    const where = 'oid = ? OR tracker_key = ? OR foreign_key = ? OR serial_key = ?';
    return this.#statements.all(`SELECT * FROM trackers WHERE ${where} ${order}`, name, key, key, key).map(trackerOf);
  }

  trackers({ companyId, provider, status, afterOid, most }: TrackerFilter): readonly Tracker[] {
    const sql = `SELECT * FROM trackers WHERE oid > ?1 AND (?2 IS NULL OR provider = ?2) AND (?3 IS NULL OR status = ?3)
      AND (?4 IS NULL OR company_id = ?4) AND deleted_at IS NULL ORDER BY oid LIMIT ?5`;
    const wanted = [provider ?? null, status ?? null, companyId ?? null];
    return this.#statements.all(sql, afterOid ?? '', ...wanted, most).map(trackerOf);
  }

  activeTrackersOf(companyId: string): number {
    const sql = "SELECT count(*) AS trackers FROM trackers WHERE company_id = ? AND status <> 'disconnected'";
    return this.#statements.get(sql, companyId)?.['trackers'] as number;
  }

  transitionsOf(oid: string): readonly Transition[] {
    return this.#statements.all('SELECT * FROM transitions WHERE tracker_oid = ? ORDER BY number', oid).map(transitionOf);
  }

  evidenceOf(oid: string): Evidence | null {
    const row = this.#statements.get('SELECT fixes, rest FROM evidence WHERE tracker_oid = ?', oid);
    return row === undefined ? null : evidenceFrom(row);
  }

  tripOf(oid: string): TripState | null {
    const row = this.#statements.get('SELECT state FROM trips WHERE tracker_oid = ?', oid);
    return row === undefined ? null : (JSON.parse(row['state'] as string) as TripState);
  }

  livenessOf(ident: string): Liveness | null {
    const sql = 'SELECT facts FROM liveness WHERE ident_key = ? ORDER BY last_frame_at DESC LIMIT 1';
    const row = this.#statements.get(sql, identKey(ident));
    return row === undefined ? null : livenessFrom(row);
  }

  /** How many trackers each provider has in each status. */
  statusCounts(): readonly { provider: string; status: string; trackers: number }[] {
    const sql = 'SELECT provider, status, count(*) AS trackers FROM trackers GROUP BY provider, status';
    return this.#statements.all(sql).map(({ provider, status, trackers }) => {
      return { provider: provider as string, status: status as string, trackers: trackers as number };
    });
  }

  unregistered(most: number): readonly Liveness[] {
    const sql = 'SELECT facts FROM liveness WHERE registered = 0 ORDER BY last_frame_at DESC LIMIT ?';
    return this.#statements.all(sql, most).map(livenessFrom);
  }

  liveness(): readonly Liveness[] {
    return this.#statements.all('SELECT facts FROM liveness ORDER BY last_frame_at').map(livenessFrom);
  }

  applied(): AppliedPosition | null {
    const row = this.#statements.get('SELECT spool_id, seq FROM applied');
    return row === undefined ? null : { spoolId: row['spool_id'] as string, seq: row['seq'] as number };
  }

  changedSince(mark: number): TrackerChanges {
    const rows = this.#statements.all('SELECT * FROM trackers WHERE change > ? ORDER BY change', mark);
    return { trackers: rows.map(trackerOf), mark: (rows.at(-1)?.['change'] as number | undefined) ?? mark };
  }

  version(): string {
    return `${this.#statements.get('PRAGMA data_version')?.['data_version'] as number}.${this.#ownWrites}`;
  }

  commit(changes: BookChanges): 'committed' | 'stale' {
    let stale = false;
    const ownWrites = this.#ownWrites;
    try {
      inTransaction(this.#db, () => {
        for (const { change, ifRevision } of changes.moves) {
          if (!this.#writeTracker(change, ifRevision)) {
            stale = true;
            throw new Stale();
          }
        }
        this.#writeState(changes);
      });
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
    }
    // The book knows its own moves: only those of others shall wake it.
    this.#ownWrites = ownWrites;
    return stale ? 'stale' : 'committed';
  }

  outbox(most: number): readonly OutboxRow[] {
    return this.#statements.all('SELECT id, table_name, row FROM outbox ORDER BY id LIMIT ?', most).map((row) => ({
      id: row['id'] as number,
      table: row['table_name'] as OutboxRow['table'],
      row: JSON.parse(row['row'] as string) as OutboxRow['row'],
    }));
  }

  settle(ids: readonly number[]): void {
    this.#delete('outbox', ids);
  }

  notices(most: number): readonly Notice[] {
    return this.#statements.all('SELECT id, tracker, transition FROM notices ORDER BY id LIMIT ?', most).map((row) => ({
      id: row['id'] as number,
      tracker: JSON.parse(row['tracker'] as string) as Tracker,
      transition: JSON.parse(row['transition'] as string) as Transition,
    }));
  }

  settleNotices(ids: readonly number[]): void {
    this.#delete('notices', ids);
  }

  close(): void {
    this.#statements.forget();
    this.#db.close();
  }

  /** The active tracker that holds this tracker's id at its provider. */
  #holderOf({ provider, trackerId }: Tracker): Tracker | null {
    const sql = "SELECT * FROM trackers WHERE provider = ? AND tracker_key = ? AND status <> 'disconnected'";
    const row = this.#statements.get(sql, provider, identKey(trackerId));
    return row === undefined ? null : trackerOf(row);
  }

  #delete(table: 'outbox' | 'notices', ids: readonly number[]): void {
    inTransaction(this.#db, () => {
      const statement = this.#statements.prepare(`DELETE FROM ${table} WHERE id = ?`);
      for (const id of ids) statement.run(id);
    });
  }

  /** Writes all but trackers, within a transaction. */
  #writeState(changes: BookChanges): void {
    const evidence = this.#statements.prepare(
      'INSERT OR REPLACE INTO evidence (tracker_oid, metres, fixes, rest) VALUES (?, ?, ?, ?)',
    );
    for (const { oid, evidence: found } of changes.evidence) {
      const { metres, fixes, rest } = evidenceColumns(found);
      evidence.run(oid, metres, fixes, rest);
    }
    const trips = this.#statements.prepare('INSERT OR REPLACE INTO trips (tracker_oid, state) VALUES (?, ?)');
    for (const { oid, state } of changes.trips) trips.run(oid, JSON.stringify(state));
    const liveness = this.#statements.prepare(
      'INSERT OR REPLACE INTO liveness (ident, ident_key, registered, last_frame_at, facts) VALUES (?, ?, ?, ?, ?)',
    );
    for (const heard of changes.liveness) {
      const registered = heard.trackerOid === null ? 0 : 1;
      liveness.run(heard.ident, identKey(heard.ident), registered, heard.lastFrameAt, JSON.stringify(heard));
    }
    const forget = this.#statements.prepare('DELETE FROM liveness WHERE ident = ?');
    for (const ident of changes.forgotten) forget.run(ident);
    this.#writeOutbox(changes.outbox);
    this.commands.settle(changes.answers);
    if (changes.applied !== null) {
      const { spoolId, seq } = changes.applied;
      this.#statements.prepare('INSERT OR REPLACE INTO applied (one, spool_id, seq) VALUES (1, ?, ?)').run(spoolId, seq);
    }
  }

  #writeTracker(change: TrackerChange, ifRevision: number): boolean {
    const columns = trackerColumns(change.tracker);
    const sets = TRACKER_COLUMNS.filter((name) => name !== 'oid').map((name) => `${name} = :${name}`);
    const sql = `UPDATE trackers SET ${sets.join(', ')}, change = ${NEXT_CHANGE} WHERE oid = :oid AND revision = :if_revision`;
    if (this.#statements.prepare(sql).run({ ...columns, if_revision: ifRevision }).changes === 0) return false;
    this.#writeHistory(change);
    return true;
  }

  #writeHistory({ tracker, transitions, outbox }: TrackerChange): void {
    this.#ownWrites++;
    const names = 'tracker_oid, number, id, from_status, to_status, "trigger", cause, at';
    const statement = this.#statements.prepare(`INSERT INTO transitions (${names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    const notice = this.#statements.prepare('INSERT INTO notices (tracker, transition) VALUES (?, ?)');
    for (const t of transitions) {
      statement.run(t.trackerOid, t.number, t.id, t.from, t.to, t.trigger, t.cause, t.at);
      notice.run(JSON.stringify(tracker), JSON.stringify(t));
    }
    this.#writeOutbox(outbox);
  }

  #writeOutbox(rows: readonly NewOutboxRow[]): void {
    const statement = this.#statements.prepare('INSERT INTO outbox (table_name, row) VALUES (?, ?)');
    for (const { table, row } of rows) statement.run(table, JSON.stringify(row));
  }
}

/** Undoes a commit that met a tracker somebody else has changed. */
class Stale extends Error {}

const NEXT_CHANGE = '(SELECT coalesce(max(change), 0) + 1 FROM trackers)';

function livenessFrom(row: Row): Liveness {
  return completeLiveness(JSON.parse(row['facts'] as string) as Liveness);
}
