/** Commits whose sync happens off the event loop. */
import { open, type FileHandle } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '#errors/gateway-error';

/** Opens SQLite's log, to sync it. */
type OpenLog = (path: string) => Promise<FileHandle>;

/**
 * Commits transactions that are durable a moment later. SQLite itself would wait for the sync of its log with the event loop standing still,
 * and with it every ack: up to 150 ms where the disk is busy. So it commits as with `synchronous=NORMAL`, and the log is synced here.
 *
 * Of the log another descriptor may be opened and closed: SQLite's locks are on the database and on its index, never on the log
 * (How To Corrupt An SQLite Database File, section 2.2, says why that matters).
 */
export class LateSync {
  readonly #db: DatabaseSync;
  readonly #open: OpenLog;
  #log: Promise<FileHandle> | null = null;

  /** `openLog` is that of the machine unless a test looks on. */
  constructor(db: DatabaseSync, openLog: OpenLog = (path) => open(path, 'r')) {
    this.#db = db;
    this.#open = openLog;
  }

  /** Does the work, transaction included, with nothing synced. What else is committed afterwards is synced by SQLite again. */
  unsynced(work: () => void): void {
    this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      work();
    } finally {
      this.#db.exec('PRAGMA synchronous = FULL');
    }
  }

  /** Resolves when all that was committed is durable. Rejects with `store_io` where the disk refuses: then it may be, or not. */
  async sync(): Promise<void> {
    const path = this.#db.location();
    if (path === null || path === '') return;
    try {
      const log = await this.#opened(`${path}-wal`);
      await log.datasync();
    } catch (cause) {
      this.#emptyLog();
      throw new GatewayError('store_io', `the registry refuses to sync its log: ${String(cause)}`, { cause });
    }
  }

  /** Lets go of the log, as soon as a sync under way has ended. */
  close(): void {
    void this.#log?.then((log) => log.close()).catch(() => undefined);
    this.#log = null;
  }

  /** The log as it is now: whoever removed it has made SQLite begin another. */
  async #opened(path: string): Promise<FileHandle> {
    const known = await this.#log?.catch(() => null);
    if (known !== null && known !== undefined && (await known.stat()).nlink > 0) return known;
    await known?.close();
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
