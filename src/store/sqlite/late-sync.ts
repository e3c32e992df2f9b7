/** Commits that are synced when nobody waits for the lock any more. */
import { closeSync, fdatasyncSync, fstatSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '#errors/gateway-error';

/** Opens SQLite's log, to sync it; gives its descriptor. */
type OpenLog = (path: string) => number;

/**
 * Makes the transactions of a connection durable a moment after they are committed. SQLite itself syncs its log with the write lock held, up
 * to 150 ms where the disk is busy: who registers a tracker meanwhile would wait for it with the event loop standing still, and every ack
 * with it. So it commits as with `synchronous=NORMAL`, and the log is synced here.
 *
 * Of the log another descriptor may be opened and closed: SQLite's locks are on the database and on its index, never on the log
 * (How To Corrupt An SQLite Database File, section 2.2, says why that matters).
 */
export class LateSync {
  readonly #db: DatabaseSync;
  readonly #open: OpenLog;
  readonly #datasync: (log: number) => void;
  #log: number | null = null;

  /** From here on, what is committed over the connection is durable only after `sync`. The other two are the machine's unless a test looks on. */
  constructor(
    db: DatabaseSync,
    open: OpenLog = (path) => openSync(path, 'r'),
    datasync: (log: number) => void = fdatasyncSync,
  ) {
    this.#db = db;
    this.#open = open;
    this.#datasync = datasync;
    db.exec('PRAGMA synchronous = NORMAL');
  }

  /** Makes all durable that was committed. Throws `store_io` where the disk refuses: then it may be, or not. */
  sync(): void {
    const path = this.#db.location();
    if (path === null || path === '') return;
    try {
      this.#datasync(this.#opened(`${path}-wal`));
    } catch (cause) {
      this.#emptyLog();
      throw new GatewayError('store_io', `the registry refuses to sync its log: ${String(cause)}`, { cause });
    }
  }

  close(): void {
    if (this.#log !== null) closeSync(this.#log);
    this.#log = null;
  }

  /** The log as it is now: whoever removed it has made SQLite begin another. */
  #opened(path: string): number {
    if (this.#log !== null && fstatSync(this.#log).nlink > 0) return this.#log;
    this.close();
    this.#log = this.#open(path);
    return this.#log;
  }

  /**
   * Has SQLite carry the log over to the database, and sync that. After a failed sync the kernel may take for written what it has lost, and the
   * commits behind it would be lost with it.
   */
  #emptyLog(): void {
    try {
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // The disk refuses that too: the next commit finds out, or the one after it.
    }
  }
}
