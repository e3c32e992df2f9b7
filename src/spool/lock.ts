import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '#errors/gateway-error';

const SQLITE_BUSY = 5;

export interface DirectoryLock {
  release(): void;
}

/**
 * Makes this the one owner of a directory, or throws `spool_locked`.
 *
 * A file with a process id in it outlives its writer and means nothing in another container. The kernel's own file locks do
 * neither, but Node has no call for them; SQLite has: an exclusive transaction that never ends, on a database that stays
 * empty, holds such a lock until the process ends, however it ends.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const database = new DatabaseSync(join(directory, 'lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) {
      throw new GatewayError('spool_locked', `another gateway writes to ${directory}`, { cause });
    }
    throw cause;
  }
  return { release: () => database.close() };
}
