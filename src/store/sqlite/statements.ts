import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { guarded } from './database.ts';
import type { Row } from './rows.ts';

/** The statements of one database, each prepared once. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  /** Reads one row. Throws `store_io`. */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return guarded('read', () => this.prepare(sql).get(...values));
  }

  /** Reads all rows. Throws `store_io`. */
  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return guarded('read', () => this.prepare(sql).all(...values));
  }

  forget(): void {
    this.#prepared.clear();
  }
}
