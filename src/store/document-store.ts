/**
 * Keeps documents: small values that are read and written whole. Companies, keys, credentials, groups and webhooks are documents of
 * one collection each, so that a store implements them once. `document-store.contract.ts` says by tests what it must do.
 */
import type { Awaitable } from '#model/awaitable';
import type { EpochMs } from '#model/clocks';

/** A document before the store has it. */
export interface NewDocument<Body> {
  /** Unique in the collection. */
  id: string;
  /** Company it belongs to; empty where it belongs to none. */
  companyId: string;
  /** Held by one document of the collection at a time; `null` where nothing must be unique. */
  uniqueKey: string | null;
  /** When somebody has to look at it again; `null` where nobody has to. */
  dueAt: EpochMs | null;
  /** JSON-compatible. */
  body: Body;
}

export interface Document<Body> extends NewDocument<Body> {
  /** Counts writes from 1, so that two writers notice each other. */
  revision: number;
}

/** Which documents of a company to list, by ascending id. */
export interface DocumentPage {
  companyId: string;
  /** Only documents whose id is greater; for the next page. */
  afterId?: string;
  most: number;
}

/** One of several writes that are made at once. */
export type DocumentWrite = { collection: string } & (
  | { insert: NewDocument<unknown> }
  | { replace: Document<unknown> }
  | { remove: { id: string; ifRevision: number } }
);

export interface DocumentStore {
  /** Adds a document; false where the id or the unique key is taken. */
  insert<Body>(collection: string, document: NewDocument<Body>): Awaitable<boolean>;
  /**
   * Replaces a document whose stored revision is `document.revision`: `stale` where somebody else was faster or it is gone, `taken`
   * where another document holds the unique key.
   */
  replace<Body>(collection: string, document: Document<Body>): Awaitable<'replaced' | 'stale' | 'taken'>;
  /** Removes a document at that revision; false where somebody else was faster or it is gone. */
  remove(collection: string, id: string, ifRevision: number): Awaitable<boolean>;
  /**
   * Makes writes in their order, each as if it were alone, and tells of each whether it was made. All that were made are durable
   * then. They do not stand or fall together: a crash may leave the first of them.
   */
  writeAll(writes: readonly DocumentWrite[]): Awaitable<readonly boolean[]>;
  document<Body>(collection: string, id: string): Awaitable<Document<Body> | null>;
  documentByKey<Body>(collection: string, uniqueKey: string): Awaitable<Document<Body> | null>;
  documents<Body>(collection: string, page: DocumentPage): Awaitable<readonly Document<Body>[]>;
  /** Documents due at or before a time, the longest due first. */
  due<Body>(collection: string, at: EpochMs, most: number): Awaitable<readonly Document<Body>[]>;
}
