/**
 * What every store of trackers must do, as tests. An implementation calls `describeTrackerStore` from its own test file;
 * every answer is awaited, so that one over a network runs the same tests.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Awaitable } from '#model/awaitable';
import { testBookStore } from './book-store.contract.ts';
import { aTracker, moved, noChanges, registered, T0 } from './samples.ts';
import type { Store } from './store.ts';
import type { TrackerFilter } from './tracker-store.ts';

/** Opens stores on one and the same storage, empty at first. */
export interface StoreFixture {
  /** Opens the storage, as another process would. */
  open(): Awaitable<Store>;
  dispose(): Awaitable<void>;
}

/** Runs the contract over one implementation. */
export function describeTrackerStore(name: string, makeFixture: () => Awaitable<StoreFixture>): void {
  describe(`${name} as a store of trackers`, () => {
    let fixture: StoreFixture;
    let store: Store;
    const opened: Store[] = [];

    beforeEach(async () => {
      fixture = await makeFixture();
      store = await openAnother();
    });

    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
      await fixture.dispose();
    });

    async function openAnother(): Promise<Store> {
      const another = await fixture.open();
      opened.push(another);
      return another;
    }

    testRegistry(() => store);
    testEdits(() => store);
    testBookStore(() => store, openAnother);
    testQueues(() => store);
  });
}

function testRegistry(current: () => Store): void {
  test('a registered tracker comes back whole, with its history', async () => {
    const store = current();
    const tracker = aTracker('a', { foreignTrackerId: '352093081452251' });
    expect(await store.register(registered(tracker))).toEqual({ exists: null });
    expect(await store.trackerByOid('a')).toEqual(tracker);
    expect(await store.trackerByOid('b')).toBeNull();
    expect(await store.transitionsOf('a')).toEqual(registered(tracker).transitions);
    expect(await store.evidenceOf('a')).toBeNull();
    expect(await store.tripOf('a')).toBeNull();
  });

  test('an active tracker holds its id at its provider, in whatever case it is written, and only there', async () => {
    const store = current();
    const first = aTracker('a', { trackerId: '6666 KKK', provider: 'cartrack' });
    await store.register(registered(first));
    const again = aTracker('b', { trackerId: '6666kkk', provider: 'cartrack' });
    expect(await store.register(registered(again))).toEqual({ exists: first });
    expect(await store.trackerByOid('b')).toBeNull();
    expect(await store.register(registered({ ...again, provider: 'html5' }))).toEqual({ exists: null });
  });

  test('a disconnected tracker frees its id', async () => {
    const store = current();
    const first = aTracker('a');
    await store.register(registered(first));
    expect(await store.update(moved(first, 'cancel'), 1)).toBe(true);
    expect(await store.register(registered(aTracker('b', { trackerId: first.trackerId })))).toEqual({ exists: null });
    const called = await store.trackersCalled(first.trackerId);
    expect(called.map(({ oid, status }) => [oid, status])).toEqual([
      ['b', 'pending'],
      ['a', 'disconnected'],
    ]);
  });

  test('an update that expects another revision changes nothing', async () => {
    const store = current();
    const tracker = aTracker('a');
    await store.register(registered(tracker));
    const before = await store.outbox(100);
    expect(await store.update(moved(tracker, 'validate'), 7)).toBe(false);
    expect(await store.trackerByOid('a')).toEqual(tracker);
    expect(await store.transitionsOf('a')).toHaveLength(1);
    expect(await store.outbox(100)).toEqual(before);
    expect(await store.update(moved(tracker, 'validate'), 1)).toBe(true);
    expect(await store.transitionsOf('a')).toHaveLength(2);
  });

  test('a tracker is found by each of its names', async () => {
    const store = current();
    await store.register(registered(aTracker('a', { foreignTrackerId: '352093081452251' })));
    await store.register(registered(aTracker('b')));
    for (const name of ['a', 'vin-a', 'VINA', '352093081452251', 'sna', 'SN A']) {
      expect((await store.trackersCalled(name)).map(({ oid }) => oid)).toEqual(['a']);
    }
    expect(await store.trackersCalled('')).toEqual([]);
  });

  test('lists go by oid, page by page, filtered', async () => {
    const store = current();
    for (const oid of ['d', 'a', 'c', 'b']) await store.register(registered(aTracker(oid)));
    await store.register(registered(aTracker('e', { provider: 'bmw' })));
    await store.update(moved(aTracker('c'), 'cancel'), 1);
    const oids = async (filter: TrackerFilter): Promise<string[]> => (await store.trackers(filter)).map(({ oid }) => oid);
    expect(await oids({ most: 2 })).toEqual(['a', 'b']);
    expect(await oids({ most: 9, afterOid: 'b' })).toEqual(['c', 'd', 'e']);
    expect(await oids({ most: 9, provider: 'bmw' })).toEqual(['e']);
    expect(await oids({ most: 9, status: 'disconnected' })).toEqual(['c']);
    await store.register(registered(aTracker('f', { companyId: 'acme' })));
    await store.register(registered(aTracker('g', { companyId: 'acme', status: 'disconnected', deletedAt: T0 })));
    expect(await oids({ most: 9, companyId: 'acme' })).toEqual(['f']);
    expect(await store.trackerByOid('g')).toMatchObject({ companyId: 'acme', deletedAt: T0 });
    expect(await store.activeTrackersOf('acme')).toBe(1);
    expect(await store.activeTrackersOf('nobody')).toBe(0);
  });
}

function testEdits(current: () => Store): void {
  test('an id that another active tracker of the provider holds cannot be taken by an update', async () => {
    const store = current();
    const [holder, other] = [aTracker('a', { trackerId: 'AB-1' }), aTracker('b')];
    await store.register(registered(holder));
    await store.register(registered(other));
    const edit = { ...other, trackerId: 'ab1', revision: 2 };
    const change = { tracker: edit, transitions: [], outbox: [] };
    await expect((async () => store.update(change, 1))()).rejects.toThrow(/"AB-1" already, a, pending \[tracker_exists\]/);
    expect(await store.trackerByOid('b')).toEqual(other);
    const away = { tracker: { ...edit, provider: 'cartrack' as const }, transitions: [], outbox: [] };
    expect(await store.update(away, 1)).toBe(true);
    await store.update(moved(holder, 'cancel'), 1);
    expect(await store.update({ ...change, tracker: { ...edit, revision: 3 } }, 2)).toBe(true);
  });
}

function testQueues(current: () => Store): void {
  test('outbox rows keep their order and leave when they are settled; their ids are never used again', async () => {
    const store = current();
    await store.register(registered(aTracker('a')));
    const rows = await store.outbox(100);
    expect(rows.map(({ table }) => table)).toEqual([
      'tracker_transitions',
      'tracker_idents',
      'tracker_idents',
      'tracker_idents',
      'tracker_idents',
    ]);
    expect(await store.outbox(1)).toEqual(rows.slice(0, 1));
    await store.settle(rows.map(({ id }) => id));
    expect(await store.outbox(100)).toEqual([]);
    await store.register(registered(aTracker('b')));
    const newest = Math.max(...rows.map(({ id }) => id));
    expect((await store.outbox(100)).every(({ id }) => id > newest)).toBe(true);
  });

  test('each transition leaves a notice with the tracker as it was then, until it is settled', async () => {
    const store = current();
    const tracker = aTracker('a');
    await store.register(registered(tracker));
    await store.update(moved(tracker, 'validate'), 1);
    const validating = moved(tracker, 'validate').tracker;
    await store.commit({ ...noChanges(), moves: [{ change: moved(validating, 'validated'), ifRevision: 2 }] });
    const notices = await store.notices(9);
    expect(notices.map(({ tracker: { status }, transition: { to } }) => [status, to])).toEqual([
      ['pending', 'pending'],
      ['pending_validation', 'pending_validation'],
      ['pending_for_data', 'pending_for_data'],
    ]);
    expect(notices[2]).toMatchObject({ tracker: { oid: 'a', validatedAt: T0 + 1_000 }, transition: { id: 'a-3' } });
    expect(await store.notices(1)).toEqual(notices.slice(0, 1));
    await store.settleNotices(notices.slice(0, 2).map(({ id }) => id));
    expect(await store.notices(9)).toEqual(notices.slice(2));
  });

  test('trackers are counted by provider and status', async () => {
    const store = current();
    await store.register(registered(aTracker('a')));
    await store.register(registered(aTracker('b')));
    await store.register(registered(aTracker('c', { provider: 'bmw' })));
    await store.update(moved(aTracker('b'), 'validated'), 1);
    const counts = (await store.statusCounts()).toSorted((a, b) => (a.provider + a.status < b.provider + b.status ? -1 : 1));
    expect(counts).toEqual([
      { provider: 'bmw', status: 'pending', trackers: 1 },
      { provider: 'targa', status: 'pending', trackers: 1 },
      { provider: 'targa', status: 'pending_for_data', trackers: 1 },
    ]);
  });
}
