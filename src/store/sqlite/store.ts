/** The registry and the lifecycle's state in one SQLite file, which the gateway and the command line may have open at once. */
import type { DatabaseSync } from 'node:sqlite';
import type { SpoolSeq } from '#model/frame-record';
import { identKey, isActive, type Tracker, type Transition } from '#model/tracker';
import type { Evidence } from '../../lifecycle/evidence.ts';
import type { TripState } from '../../lifecycle/trips.ts';
import type { OutboxRow } from '../../pipeline/ports.ts';
import { evidenceOf } from '../evidence-parts.ts';
import type { Liveness } from '../../lifecycle/liveness.ts';
import { trackerExists } from '../refusals.ts';
import type { Store } from '../store.ts';
import type {
  BookChanges,
  CommitResult,
  News,
  Notice,
  StatusCount,
  TrackerChange,
  TrackerFilter,
  TrackerState,
} from '../tracker-store.ts';
import { SqliteCommands } from './commands.ts';
import { appliedOf, commitRows, writeCommit } from './commit.ts';
import { CommitThread } from './commit-thread.ts';
import { SqliteDocuments } from './documents.ts';
import { inTransaction, openDatabase, type DatabaseOptions } from './database.ts';
import { HEARD_ROWS, livenessFrom, TRIP_NAMES, tripFrom } from './kept.ts';
import { SqliteNames } from './names.ts';
import { trackerOf, transitionOf, type Row } from './rows.ts';
import { Statements } from './statements.ts';
import { insertTracker, updateTracker } from './tracker-rows.ts';

/** The thread that writes commits carries the log over long before it has so many pages; here that would be done on the event loop. */
const LATE_CHECKPOINT_PAGES = 10_000;

/** Opens the store in a file, or in memory for `:memory:`. Fails with `store_io` or `store_schema`. */
export function openSqliteStore(path: string, options?: DatabaseOptions): SqliteStore {
  return new SqliteStore(openDatabase(path, options));
}

/** `Store` in SQLite. Every method throws `store_io` where the file or another process refuses. */
export class SqliteStore implements Store {
  readonly commands: SqliteCommands;
  readonly documents: SqliteDocuments;
  readonly names: SqliteNames;
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  /** Writes the book's commits, and names; `null` where the database is in memory, and this thread's alone. */
  readonly #thread: CommitThread | null;
  /** Counts writes to trackers over this connection, which `PRAGMA data_version` leaves out. */
  #ownWrites = 0;
  /** What the book was told last, and the version of the file that was. */
  #told: { version: string; spoolId: string; mark: string; appliedThrough: SpoolSeq } | null = null;

  constructor(db: DatabaseSync) {
    this.#db = db;
    const path = db.location();
    this.#thread = path === null || path === '' ? null : new CommitThread(path);
    db.exec(`PRAGMA wal_autocheckpoint = ${LATE_CHECKPOINT_PAGES}`);
    this.#statements = new Statements(db);
    this.commands = new SqliteCommands(db, this.#statements);
    this.documents = new SqliteDocuments(db, this.#statements);
    this.names = new SqliteNames(db, this.#statements, this.#thread);
  }

  register(change: TrackerChange): { exists: Tracker } | { exists: null } {
    return inTransaction(this.#db, () => {
      const exists = this.#holderOf(change.tracker);
      if (exists !== null) return { exists };
      insertTracker(this.#statements, change);
      this.#ownWrites++;
      return { exists: null };
    });
  }

  update(change: TrackerChange, ifRevision: number): boolean {
    return inTransaction(this.#db, () => {
      const holder = isActive(change.tracker) ? this.#holderOf(change.tracker) : null;
      if (holder !== null && holder.oid !== change.tracker.oid) throw trackerExists(holder);
      const isWritten = updateTracker(this.#statements, change, ifRevision);
      if (isWritten) this.#ownWrites++;
      return isWritten;
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
    const row = this.#statements.get(`SELECT ${TRIP_NAMES} FROM trips WHERE tracker_oid = ?`, oid);
    return row === undefined ? null : tripFrom(row);
  }

  livenessOf(ident: string): Liveness | null {
    const spellings = this.#statements.all(`${HEARD_ROWS} WHERE ident_key = ?`, identKey(ident)).map(livenessFrom);
    return spellings.reduce<Liveness | null>((a, b) => (a !== null && a.lastFrameAt >= b.lastFrameAt ? a : b), null);
  }

  statusCounts(): readonly StatusCount[] {
    const sql = 'SELECT provider, status, count(*) AS trackers FROM trackers GROUP BY provider, status';
    return this.#statements.all(sql).map(({ provider, status, trackers }) => {
      return { provider: provider as string, status: status as string, trackers: trackers as number };
    });
  }

  unregistered(most: number): readonly Liveness[] {
    const sql = `${HEARD_ROWS} WHERE registered = 0 ORDER BY liveness.last_frame_at DESC LIMIT ?`;
    return this.#statements.all(sql, most).map(livenessFrom);
  }

  news(spoolId: string, mark: string): News {
    return this.newsAtOnce(spoolId, mark);
  }

  newsAtOnce(spoolId: string, mark: string): News {
    const version = `${this.#statements.get('PRAGMA data_version')?.['data_version'] as number}.${this.#ownWrites}`;
    const told = this.#told;
    if (told?.version === version && told.spoolId === spoolId && told.mark === mark) {
      return { appliedThrough: told.appliedThrough, states: [], mark, more: false, anew: false };
    }
    const appliedThrough = appliedOf(this.#statements, spoolId);
    const rows = this.#statements.all(
      `${STATES} WHERE trackers.change > ? ORDER BY trackers.change`,
      Number(mark === '' ? 0 : mark),
    );
    const next = rows.length === 0 ? mark || '0' : String(rows.at(-1)?.['change']);
    this.#told = { version, spoolId, mark: next, appliedThrough };
    return { appliedThrough, states: rows.map(stateOf), mark: next, more: false, anew: mark === '' };
  }

  forgetPlaces(oid: string): void {
    inTransaction(this.#db, () => {
      for (const table of ['evidence', 'trips'])
        this.#statements.prepare(`DELETE FROM ${table} WHERE tracker_oid = ?`).run(oid);
      const sql = "DELETE FROM outbox WHERE table_name = 'trips' AND row ->> '$.tracker_oid' = ?";
      this.#statements.prepare(sql).run(oid);
    });
  }

  /** Of one file there is one gateway: whatever its spool, it goes on from what was heard before. */
  heardBy(): readonly Liveness[] {
    return this.#statements
      .all(HEARD_ROWS)
      .map(livenessFrom)
      .sort((a, b) => a.lastFrameAt - b.lastFrameAt);
  }

  statesOf(oids: readonly string[]): readonly TrackerState[] {
    return oids.flatMap((oid) => {
      const row = this.#statements.get(`${STATES} WHERE trackers.oid = ?`, oid);
      return row === undefined ? [] : [stateOf(row)];
    });
  }

  /** Of a file this is the work of another thread: the event loop waits neither for SQLite nor for the disk. */
  async commit(changes: BookChanges): Promise<CommitResult> {
    const rows = commitRows(changes);
    const result =
      this.#thread === null ? writeCommit(this.#db, this.#statements, this.commands, rows) : await this.#thread.commit(rows);
    const { spoolId, applied } = changes;
    const isApplied = result.outcome === 'committed' && applied !== null;
    if (isApplied && this.#told?.spoolId === spoolId) this.#told.appliedThrough = applied.seq;
    return result;
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

  clock(): null {
    return null;
  }

  doubts(): readonly string[] {
    return [];
  }

  close(): void {
    this.#thread?.close();
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
}

/** Trackers with what is kept of them. */
const STATES = `SELECT trackers.*, evidence.fixes, evidence.rest, evidence.revision AS evidence_revision,
    ${TRIP_NAMES}, trips.revision AS trip_revision
  FROM trackers LEFT JOIN evidence ON evidence.tracker_oid = oid AND status <> 'connected'
    LEFT JOIN trips ON trips.tracker_oid = oid`;

function stateOf(row: Row): TrackerState {
  return {
    tracker: trackerOf(row),
    evidence: typeof row['rest'] === 'string' ? evidenceFrom(row) : null,
    evidenceRevision: (row['evidence_revision'] as number | null) ?? 0,
    trip: row['trip_revision'] === null ? null : tripFrom(row),
    tripRevision: (row['trip_revision'] as number | null) ?? 0,
  };
}

function evidenceFrom(row: Row): Evidence {
  return evidenceOf({ fixes: row['fixes'] as Uint8Array, rest: row['rest'] as string });
}
