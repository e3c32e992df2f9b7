import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '#model/clocks';
import type { Document, DocumentPage, DocumentStore, DocumentWrite, NewDocument } from '../document-store.ts';
import { inTransaction } from './database.ts';
import type { Row } from './rows.ts';
import type { Statements } from './statements.ts';

const COLUMNS = 'id, company_id, unique_key, due_at, revision, body';

/** Documents in SQLite. Every method throws `store_io` where the file or another process refuses. */
export class SqliteDocuments implements DocumentStore {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  constructor(db: DatabaseSync, statements: Statements) {
    this.#db = db;
    this.#statements = statements;
  }

  insert<Body>(collection: string, document: NewDocument<Body>): boolean {
    return inTransaction(this.#db, () => this.#insert(collection, document));
  }

  replace<Body>(collection: string, document: Document<Body>): 'replaced' | 'stale' | 'taken' {
    return inTransaction(this.#db, () => this.#replace(collection, document));
  }

  remove(collection: string, id: string, ifRevision: number): boolean {
    return inTransaction(this.#db, () => this.#remove(collection, id, ifRevision));
  }

  writeAll(writes: readonly DocumentWrite[]): readonly boolean[] {
    return inTransaction(this.#db, () =>
      writes.map((write) => {
        if ('insert' in write) return this.#insert(write.collection, write.insert);
        if ('replace' in write) return this.#replace(write.collection, write.replace) === 'replaced';
        return this.#remove(write.collection, write.remove.id, write.remove.ifRevision);
      }),
    );
  }

  document<Body>(collection: string, id: string): Document<Body> | null {
    return this.#one(`SELECT ${COLUMNS} FROM documents WHERE collection = ? AND id = ?`, collection, id);
  }

  documentByKey<Body>(collection: string, uniqueKey: string): Document<Body> | null {
    return this.#one(`SELECT ${COLUMNS} FROM documents WHERE collection = ? AND unique_key = ?`, collection, uniqueKey);
  }

  documents<Body>(collection: string, { companyId, afterId, most }: DocumentPage): readonly Document<Body>[] {
    const sql = `SELECT ${COLUMNS} FROM documents WHERE collection = ? AND company_id = ? AND id > ? ORDER BY id LIMIT ?`;
    return this.#statements.all(sql, collection, companyId, afterId ?? '', most).map(documentOf<Body>);
  }

  due<Body>(collection: string, at: EpochMs, most: number): readonly Document<Body>[] {
    const sql = `SELECT ${COLUMNS} FROM documents WHERE collection = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`;
    return this.#statements.all(sql, collection, at, most).map(documentOf<Body>);
  }

  #insert<Body>(collection: string, { id, companyId, uniqueKey, dueAt, body }: NewDocument<Body>): boolean {
    const sql = `INSERT INTO documents (collection, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO NOTHING`;
    const { changes } = this.#statements.prepare(sql).run(collection, id, companyId, uniqueKey, dueAt, JSON.stringify(body));
    return changes === 1;
  }

  #replace<Body>(
    collection: string,
    { id, companyId, uniqueKey, dueAt, revision, body }: Document<Body>,
  ): 'replaced' | 'stale' | 'taken' {
    const holder = uniqueKey === null ? null : this.documentByKey(collection, uniqueKey);
    if (holder !== null && holder.id !== id) return 'taken';
    const sql = `UPDATE documents SET company_id = ?, unique_key = ?, due_at = ?, revision = revision + 1, body = ?
      WHERE collection = ? AND id = ? AND revision = ?`;
    const { changes } = this.#statements
      .prepare(sql)
      .run(companyId, uniqueKey, dueAt, JSON.stringify(body), collection, id, revision);
    return changes === 1 ? 'replaced' : 'stale';
  }

  #remove(collection: string, id: string, ifRevision: number): boolean {
    const sql = 'DELETE FROM documents WHERE collection = ? AND id = ? AND revision = ?';
    return this.#statements.prepare(sql).run(collection, id, ifRevision).changes === 1;
  }

  #one<Body>(sql: string, collection: string, key: string): Document<Body> | null {
    const row = this.#statements.get(sql, collection, key);
    return row === undefined ? null : documentOf<Body>(row);
  }
}

function documentOf<Body>(row: Row): Document<Body> {
  return {
    id: row['id'] as string,
    companyId: row['company_id'] as string,
    uniqueKey: row['unique_key'] as string | null,
    dueAt: row['due_at'] as number | null,
    revision: row['revision'] as number,
    body: JSON.parse(row['body'] as string) as Body,
  };
}
