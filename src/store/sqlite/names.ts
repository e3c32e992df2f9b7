import type { DatabaseSync } from 'node:sqlite';
import type { Awaitable } from '#model/awaitable';
import type { EpochMs } from '#model/clocks';
import type { NameStore } from '../name-store.ts';
import type { CommitThread } from './commit-thread.ts';
import { inTransaction } from './database.ts';
import type { Statements } from './statements.ts';

/** Names in SQLite. Every method throws `store_io` where the file or another process refuses. */
export class SqliteNames implements NameStore {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #thread: CommitThread | null;

  /** Where there is a `thread` it writes: thousands of names are some ten milliseconds, which nobody else is to wait for. */
  constructor(db: DatabaseSync, statements: Statements, thread: CommitThread | null) {
    this.#db = db;
    this.#statements = statements;
    this.#thread = thread;
  }

  known(names: readonly string[]): ReadonlySet<string> {
    const sql = 'SELECT name FROM names WHERE name IN (SELECT value FROM json_each(?))';
    return new Set(this.#statements.all(sql, JSON.stringify(names)).map(({ name }) => name as string));
  }

  keep(names: readonly string[], until: EpochMs): Awaitable<void> {
    if (this.#thread !== null) return this.#thread.keep(names, until);
    writeNames(this.#db, this.#statements, names, until);
  }

  forget(at: EpochMs, most: number): number {
    const sql = 'DELETE FROM names WHERE name IN (SELECT name FROM names WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)';
    return inTransaction(this.#db, () => Number(this.#statements.prepare(sql).run(at, most).changes));
  }
}

/** Writes names in a transaction of their own. Throws `store_io`. */
export function writeNames(db: DatabaseSync, statements: Statements, names: readonly string[], until: EpochMs): void {
  inTransaction(db, () => {
    const insert = statements.prepare('INSERT INTO names (name, kept_until) VALUES (?, ?) ON CONFLICT DO NOTHING');
    // In the order of the table: neighbours stand on one page, which takes a quarter of the time away.
    for (const name of [...names].sort()) insert.run(name, until);
  });
}
