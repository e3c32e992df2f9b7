/** The SQLite file: how it is opened, its migrations and its transactions. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '#errors/gateway-error';

const MIGRATIONS = join(import.meta.dirname, 'migrations');

export interface DatabaseOptions {
  /** How long to wait for another connection that writes, ms; 5,000 where it is left out. */
  busyTimeoutMs?: number;
}

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the file, creates it where it is missing, and brings its tables up to date. Fails with `store_io` or `store_schema`.
 *
 * `synchronous=FULL`, though WAL with NORMAL would never corrupt either: with NORMAL the last commits can be lost with the
 * power, and then the spool's checkpoint would be ahead of the evidence, or a registration the caller was told of be gone.
 * It costs one sync a batch, which the commits of the book have on a thread of their own (`late-sync.ts`).
 */
export function openDatabase(path: string, { busyTimeoutMs = BUSY_TIMEOUT_MS }: DatabaseOptions = {}): DatabaseSync {
  return guarded(`open ${path}`, () => {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    try {
      // What is deleted is overwritten: consents that end oblige to it.
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
      migrate(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

/** Runs all migrations the file lacks, each once, in one transaction; safe when two processes do it at once. */
function migrate(db: DatabaseSync, path: string): void {
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  if (versionOf(db) === files.length) return;
  inTransaction(db, () => {
    const version = versionOf(db);
    if (version > files.length) {
      throw new GatewayError('store_schema', `${path} has schema ${version}, this version of odograph knows ${files.length}`);
    }
    for (const name of files.slice(version)) db.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
    db.exec(`PRAGMA user_version = ${files.length}`);
  });
}

function versionOf(db: DatabaseSync): number {
  return db.prepare('PRAGMA user_version').get()?.['user_version'] as number;
}

/** Does the work in a transaction that holds the write lock from its start. What the work throws undoes it. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  return guarded('write', () => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const answer = work();
      db.exec('COMMIT');
      return answer;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  });
}

/** Does the work; what SQLite or the file system refuses becomes `store_io`. */
export function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new GatewayError('store_io', `the registry refuses to ${what}: ${error.message}`, { cause: error });
  }
}
