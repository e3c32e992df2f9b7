/** What every store of documents must do, as tests. An implementation calls `describeDocumentStore` from its own test file. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Awaitable } from '#model/awaitable';
import type { Document, DocumentStore, NewDocument } from './document-store.ts';

/** Opens one and the same storage, empty at first, each time as another process would. */
export interface DocumentFixture {
  open(): Awaitable<{ documents: DocumentStore; close(): Awaitable<void> }>;
  dispose(): Awaitable<void>;
}

interface Note {
  text: string;
}

const aNote = (id: string, fields: Partial<NewDocument<Note>> = {}): NewDocument<Note> => ({
  id,
  companyId: 'acme',
  uniqueKey: null,
  dueAt: null,
  body: { text: `note ${id}` },
  ...fields,
});

/** Runs the contract over one implementation. */
export function describeDocumentStore(name: string, makeFixture: () => Awaitable<DocumentFixture>): void {
  describe(`${name} as a store of documents`, () => {
    let fixture: DocumentFixture;
    let mine: Awaited<ReturnType<DocumentFixture['open']>>;
    let theirs: Awaited<ReturnType<DocumentFixture['open']>>;
    let store: DocumentStore;
    let other: DocumentStore;

    beforeEach(async () => {
      fixture = await makeFixture();
      mine = await fixture.open();
      theirs = await fixture.open();
      store = mine.documents;
      other = theirs.documents;
    });

    afterEach(async () => {
      await mine.close();
      await theirs.close();
      await fixture.dispose();
    });

    const stores = (): Stores => ({ store, other });
    testWrites(stores);
    testManyWrites(stores);
    testLists(stores);
  });
}

interface Stores {
  store: DocumentStore;
  /** The same storage, as another process has it open. */
  other: DocumentStore;
}

async function existing(store: DocumentStore, id: string): Promise<Document<Note>> {
  return (await store.document<Note>('notes', id)) as Document<Note>;
}

function testWrites(stores: () => Stores): void {
  test('a document comes back whole, for others too, and only in its collection', async () => {
    const { store, other } = stores();
    const note = aNote('a', { uniqueKey: 'k', dueAt: 5, body: { text: 'grün' } });
    expect(await store.insert('notes', note)).toBe(true);
    expect(await other.document('notes', 'a')).toEqual({ ...note, revision: 1 });
    expect(await other.documentByKey('notes', 'k')).toEqual({ ...note, revision: 1 });
    expect(await other.document('keys', 'a')).toBeNull();
    expect(await other.documentByKey('keys', 'k')).toBeNull();
  });

  test('an id and a unique key are held by one document at a time', async () => {
    const { store, other } = stores();
    await store.insert('notes', aNote('a', { uniqueKey: 'k' }));
    expect(await other.insert('notes', aNote('a'))).toBe(false);
    expect(await other.insert('notes', aNote('b', { uniqueKey: 'k' }))).toBe(false);
    expect(await other.document('notes', 'b')).toBeNull();
    expect(await other.insert('keys', aNote('b', { uniqueKey: 'k' }))).toBe(true);
    await store.insert('notes', aNote('c', { uniqueKey: 'l' }));
    expect(await store.replace('notes', { ...(await existing(store, 'c')), uniqueKey: 'k' })).toBe('taken');
    expect(await store.replace('notes', { ...(await existing(store, 'a')), uniqueKey: null })).toBe('replaced');
    expect(await store.documentByKey('notes', 'k')).toBeNull();
    expect(await store.replace('notes', { ...(await existing(store, 'c')), uniqueKey: 'k' })).toBe('replaced');
    expect(await store.documentByKey('notes', 'l')).toBeNull();
    await store.remove('notes', 'c', 2);
    expect(await store.insert('notes', aNote('d', { uniqueKey: 'k' }))).toBe(true);
  });

  test('of two writers the slower one is told, and nothing of it is kept', async () => {
    const { store, other } = stores();
    await store.insert('notes', aNote('a'));
    const before = await existing(store, 'a');
    expect(await other.replace('notes', { ...before, body: { text: 'theirs' }, dueAt: 7 })).toBe('replaced');
    expect(await store.replace('notes', { ...before, body: { text: 'mine' } })).toBe('stale');
    expect(await store.remove('notes', 'a', before.revision)).toBe(false);
    expect(await existing(store, 'a')).toEqual({ ...aNote('a', { body: { text: 'theirs' }, dueAt: 7 }), revision: 2 });
    expect(await store.remove('notes', 'a', 2)).toBe(true);
    expect(await store.document('notes', 'a')).toBeNull();
    expect(await other.replace('notes', { ...before, revision: 2 })).toBe('stale');
  });
}

function testManyWrites(stores: () => Stores): void {
  test('many writes are made in order, each by itself: one that is refused keeps none of the others back', async () => {
    const { store, other } = stores();
    await store.insert('notes', aNote('old', { uniqueKey: 'k' }));
    await store.insert('notes', aNote('gone'));
    const old = await existing(store, 'old');
    const made = await store.writeAll([
      { collection: 'notes', insert: aNote('a', { dueAt: 3 }) },
      { collection: 'notes', insert: aNote('a', { body: { text: 'twice' } }) },
      { collection: 'notes', insert: aNote('b', { uniqueKey: 'k' }) },
      { collection: 'notes', replace: { ...old, uniqueKey: null, body: { text: 'renewed' } } },
      { collection: 'notes', replace: { ...old, body: { text: 'too late' } } },
      { collection: 'notes', insert: aNote('c', { uniqueKey: 'k' }) },
      { collection: 'notes', remove: { id: 'gone', ifRevision: 9 } },
      { collection: 'notes', remove: { id: 'gone', ifRevision: 1 } },
      { collection: 'keys', insert: aNote('a') },
    ]);
    expect(made).toEqual([true, false, false, true, false, true, false, true, true]);
    expect(await existing(other, 'a')).toEqual({ ...aNote('a', { dueAt: 3 }), revision: 1 });
    expect(await existing(other, 'old')).toEqual({ ...aNote('old', { body: { text: 'renewed' } }), revision: 2 });
    expect(await other.documentByKey('notes', 'k')).toMatchObject({ id: 'c' });
    expect(await other.document('notes', 'b')).toBeNull();
    expect(await other.document('notes', 'gone')).toBeNull();
    expect(await other.document('keys', 'a')).not.toBeNull();
    expect(await store.writeAll([])).toEqual([]);
  });
}

function testLists(stores: () => Stores): void {
  test('lists have the documents of one company, by id, page by page', async () => {
    const { store, other } = stores();
    for (const id of ['c', 'a', 'b']) await store.insert('notes', aNote(id));
    await store.insert('notes', aNote('d', { companyId: 'other' }));
    const ids = async (afterId: string, most: number): Promise<string[]> =>
      (await other.documents('notes', { companyId: 'acme', afterId, most })).map(({ id }) => id);
    expect(await ids('', 2)).toEqual(['a', 'b']);
    expect(await ids('b', 2)).toEqual(['c']);
    await store.replace('notes', { ...(await existing(store, 'b')), companyId: 'other' });
    await store.remove('notes', 'c', 1);
    expect(await ids('', 9)).toEqual(['a']);
  });

  test('what is due comes the longest due first, and no more once it is moved or gone', async () => {
    const { store, other } = stores();
    await store.insert('notes', aNote('late', { dueAt: 30 }));
    await store.insert('notes', aNote('first', { dueAt: 10, companyId: 'other' }));
    await store.insert('notes', aNote('never'));
    await store.insert('notes', aNote('second', { dueAt: 20 }));
    const due = async (at: number, most = 9): Promise<string[]> => (await other.due('notes', at, most)).map(({ id }) => id);
    expect(await due(9)).toEqual([]);
    expect(await due(20)).toEqual(['first', 'second']);
    expect(await due(99, 1)).toEqual(['first']);
    await store.replace('notes', { ...(await existing(store, 'first')), dueAt: null });
    await store.replace('notes', { ...(await existing(store, 'late')), dueAt: 5 });
    await store.remove('notes', 'second', 1);
    expect(await due(99)).toEqual(['late']);
  });
}
