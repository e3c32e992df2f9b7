import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '#model/clocks';
import type { NameStore } from '../name-store.ts';
import { inTransaction } from './database.ts';
import type { Statements } from './statements.ts';

/** Names in SQLite. Every method throws `store_io` where the file or another process refuses. */
export class SqliteNames implements NameStore {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  constructor(db: DatabaseSync, statements: Statements) {
    this.#db = db;
    this.#statements = statements;
  }

  known(names: readonly string[]): ReadonlySet<string> {
    const sql = 'SELECT name FROM names WHERE name IN (SELECT value FROM json_each(?))';
    return new Set(this.#statements.all(sql, JSON.stringify(names)).map(({ name }) => name as string));
  }

  keep(names: readonly string[], until: EpochMs): void {
    inTransaction(this.#db, () => {
      const insert = this.#statements.prepare('INSERT INTO names (name, kept_until) VALUES (?, ?) ON CONFLICT DO NOTHING');
      // In the order of the table: neighbours stand on one page, which takes a quarter of the time away.
      for (const name of [...names].sort()) insert.run(name, until);
    });
  }

  forget(at: EpochMs, most: number): number {
    const sql = 'DELETE FROM names WHERE name IN (SELECT name FROM names WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)';
    return inTransaction(this.#db, () => Number(this.#statements.prepare(sql).run(at, most).changes));
  }
}
