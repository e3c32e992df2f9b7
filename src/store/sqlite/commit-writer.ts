import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '#model/clocks';
import type { CommitResult } from '../tracker-store.ts';
import { writeCommit, type CommitRows } from './commit.ts';
import { SqliteCommands } from './commands.ts';
import { openDatabase } from './database.ts';
import { LateSync } from './late-sync.ts';
import { writeNames } from './names.ts';
import { Statements } from './statements.ts';

/** A connection to the file of a store that does nothing but write commits of the book, and names. */
export class CommitWriter {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #commands: SqliteCommands;
  readonly #lateSync: LateSync;

  constructor(db: DatabaseSync, lateSync: LateSync) {
    this.#db = db;
    this.#statements = new Statements(db);
    this.#commands = new SqliteCommands(db, this.#statements);
    this.#lateSync = lateSync;
  }

  /** Fails with `store_io` or `store_schema`. */
  static open(path: string): CommitWriter {
    const db = openDatabase(path);
    return new CommitWriter(db, new LateSync(db));
  }

  /** Writes a commit, which is durable when this returns. Throws `store_io`. */
  commit(rows: CommitRows): CommitResult {
    const result = writeCommit(this.#db, this.#statements, this.#commands, rows);
    if (result.outcome === 'committed') this.#lateSync.sync();
    return result;
  }

  /** Keeps names, which are durable when this returns. Throws `store_io`. */
  keep(names: readonly string[], until: EpochMs): void {
    writeNames(this.#db, this.#statements, names, until);
    this.#lateSync.sync();
  }

  close(): void {
    this.#statements.forget();
    this.#lateSync.close();
    this.#db.close();
  }
}
