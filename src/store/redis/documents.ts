import type { EpochMs } from '#model/clocks';
import type { Document, DocumentPage, DocumentStore, DocumentWrite, NewDocument } from '../document-store.ts';
import type { RedisLink, Value } from './link.ts';
import { SCRIPTS } from './scripts.ts';

type Outcome = 'written' | 'stale' | 'taken';
type Reply = [id: string, companyId: string, uniqueKey: string, dueAt: string, revision: string, body: string];

/** Documents in Redis. Every method rejects as those of `RedisStore` do. */
export class RedisDocuments implements DocumentStore {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async insert<Body>(collection: string, document: NewDocument<Body>): Promise<boolean> {
    return (await this.#write({ collection, insert: document })) === 'written';
  }

  async replace<Body>(collection: string, document: Document<Body>): Promise<'replaced' | 'stale' | 'taken'> {
    const outcome = await this.#write({ collection, replace: document });
    return outcome === 'written' ? 'replaced' : outcome;
  }

  async remove(collection: string, id: string, ifRevision: number): Promise<boolean> {
    return (await this.#write({ collection, remove: { id, ifRevision } })) === 'written';
  }

  async writeAll(writes: readonly DocumentWrite[]): Promise<readonly boolean[]> {
    if (writes.length === 0) return [];
    const outcomes = await this.#link.run<Outcome[]>(SCRIPTS.documentWrite, ...writes.flatMap(valuesOf));
    return outcomes.map((outcome) => outcome === 'written');
  }

  document<Body>(collection: string, id: string): Promise<Document<Body> | null> {
    return this.#one('id', collection, id);
  }

  documentByKey<Body>(collection: string, uniqueKey: string): Promise<Document<Body> | null> {
    return this.#one('key', collection, uniqueKey);
  }

  documents<Body>(collection: string, { companyId, afterId, most }: DocumentPage): Promise<readonly Document<Body>[]> {
    return this.#read('company', collection, companyId, afterId ?? '', most);
  }

  due<Body>(collection: string, at: EpochMs, most: number): Promise<readonly Document<Body>[]> {
    return this.#read('due', collection, at, most);
  }

  async #write(write: DocumentWrite): Promise<Outcome> {
    const [outcome] = await this.#link.run<Outcome[]>(SCRIPTS.documentWrite, ...valuesOf(write));
    return outcome ?? 'stale';
  }

  async #one<Body>(how: 'id' | 'key', collection: string, value: string): Promise<Document<Body> | null> {
    const [found] = await this.#read<Body>(how, collection, value);
    return found ?? null;
  }

  async #read<Body>(...values: Value[]): Promise<Document<Body>[]> {
    const found = await this.#link.run<Reply[]>(SCRIPTS.documentRead, ...values);
    return found.map(([id, companyId, uniqueKey, dueAt, revision, body]) => ({
      id,
      companyId,
      uniqueKey: uniqueKey === '' ? null : uniqueKey.slice(1),
      dueAt: dueAt === '' ? null : Number(dueAt),
      revision: Number(revision),
      body: JSON.parse(body) as Body,
    }));
  }
}

/** The eight values of a write: kind, collection, id, company, unique key, due time, body, revision. */
function valuesOf(write: DocumentWrite): Value[] {
  const { collection } = write;
  if ('remove' in write) return ['remove', collection, write.remove.id, '', '', '', '', write.remove.ifRevision];
  const kind = 'insert' in write ? 'insert' : 'replace';
  const document = 'insert' in write ? write.insert : write.replace;
  const { id, companyId, uniqueKey, dueAt, body } = document;
  const revision = 'replace' in write ? write.replace.revision : 0;
  // A key may be empty, and there may be none: a letter tells them apart.
  return [
    kind,
    collection,
    id,
    companyId,
    uniqueKey === null ? '' : `k${uniqueKey}`,
    dueAt ?? '',
    JSON.stringify(body),
    revision,
  ];
}
