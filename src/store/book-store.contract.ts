/** What every store must do for the book, as tests. They run with those of `tracker-store.contract.ts`. */
import { expect, test } from 'vitest';
import { addFix } from '../lifecycle/distance.ts';
import { newCondition } from '../lifecycle/condition.ts';
import { newEvidence } from '../lifecycle/evidence.ts';
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import { aLiveness, aTracker, aTrip, moved, noChanges, registered, T0 } from './samples.ts';
import type { Store } from './store.ts';
import type { BookChanges, News } from './tracker-store.ts';

const SPOOL = 'ab12';

/** All that is new, page after page. */
async function newsOf(store: Store, mark = '', spoolId = SPOOL): Promise<News> {
  const first = await store.news(spoolId, mark);
  if (!first.more) return first;
  const rest = await newsOf(store, first.mark, spoolId);
  return { ...rest, states: [...first.states, ...rest.states], anew: first.anew };
}

const appliedOf = async (store: Store, spoolId = SPOOL): Promise<number> => (await store.news(spoolId, '')).appliedThrough;

/** The trip of tracker `a`. */
const noted = (ifRevision: number, metres: number): BookChanges => {
  return { ...noChanges(), trips: [{ oid: 'a', state: { ...aTrip(), metres }, ifRevision }] };
};

/** The evidence of tracker `a`. */
const weighed = (ifRevision: number): BookChanges => {
  return { ...noChanges(), evidence: [{ oid: 'a', evidence: newEvidence(T0), ifRevision }] };
};

/** A frame of an ident, applied with all before it. */
const through = (seq: number, after: number, spoolId = SPOOL): BookChanges => {
  return { ...noChanges(), spoolId, applied: { seq, after }, heard: [aLiveness('1', { frames: seq })] };
};

/** Runs the tests over the store of the current test. `openAnother` opens the same storage, as another process would. */
export function testBookStore(current: () => Store, openAnother: () => Promise<Store>): void {
  testCommits(current, openAnother);
  testRevisions(current, openAnother);
  testNews(current, openAnother);
  testHeard(current);
  testForgetting(current);
}

function testCommits(current: () => Store, openAnother: () => Promise<Store>): void {
  test('a commit makes everything durable at once, for others to read', async () => {
    const store = current();
    const tracker = aTracker('a');
    await store.register(registered(tracker));
    const evidence = newEvidence(T0);
    for (const [i, lat] of [40.1, 40.101, 40.102].entries()) {
      addFix(evidence.distance, { at: T0 + i * 10_000, lat, lon: -3.25 }, EVIDENCE_RULES);
    }
    evidence.rejections.invalid = { count: 2, lastAt: T0, lastDetail: 'marked as not valid' };
    const stored = { ...evidence, distance: { ...evidence.distance, reached: [] } };
    const trip = aTrip();
    const liveness = aLiveness('352093081452251', { trackerOid: 'a' });
    const changes: BookChanges = {
      ...noChanges(),
      applied: { seq: 77, after: 0 },
      moves: [{ change: moved(tracker, 'validated'), ifRevision: 1 }],
      evidence: [{ oid: 'a', evidence, ifRevision: 0 }],
      trips: [{ oid: 'a', state: trip, ifRevision: 0 }],
      heard: [liveness],
    };
    expect(await store.commit(changes)).toEqual({ outcome: 'committed' });
    const other = await openAnother();
    const validated = { status: 'pending_for_data', validatedAt: T0 + 1_000, revision: 2 };
    expect(await other.trackerByOid('a')).toMatchObject(validated);
    expect(await other.transitionsOf('a')).toHaveLength(2);
    expect(await other.evidenceOf('a')).toEqual(stored);
    expect(await other.tripOf('a')).toEqual(trip);
    expect(await other.livenessOf('352093081452251')).toEqual(liveness);
    expect(await appliedOf(other)).toBe(77);
    expect(await other.statesOf(['none', 'a'])).toEqual([
      { tracker: expect.objectContaining(validated), evidence: stored, evidenceRevision: 1, trip, tripRevision: 1 },
    ]);
  });

  test('a commit that meets a changed tracker writes nothing and says so', async () => {
    const store = current();
    const tracker = aTracker('a');
    await store.register(registered(tracker));
    const other = await openAnother();
    await other.update(moved(tracker, 'cancel'), 1);
    const innocent = aTracker('b');
    await store.register(registered(innocent));
    const before = await store.outbox(100);
    const changes: BookChanges = {
      ...noChanges(),
      applied: { seq: 1, after: 0 },
      moves: [
        { change: moved(innocent, 'validated'), ifRevision: 1 },
        { change: moved(tracker, 'validated'), ifRevision: 1 },
      ],
      trips: [{ oid: 'b', state: aTrip(), ifRevision: 0 }],
      heard: [aLiveness('1')],
    };
    expect(await store.commit(changes)).toEqual({ outcome: 'stale', oids: ['a'] });
    expect(await store.trackerByOid('a')).toMatchObject({ status: 'disconnected' });
    expect(await store.trackerByOid('b')).toEqual(innocent);
    expect(await store.transitionsOf('b')).toHaveLength(1);
    expect(await store.tripOf('b')).toBeNull();
    expect(await appliedOf(store)).toBe(0);
    expect(await store.livenessOf('1')).toBeNull();
    expect(await store.outbox(100)).toEqual(before);
  });
}

function testForgetting(current: () => Store): void {
  test('where a tracker has been is forgotten, also on its way to ClickHouse, and other trackers keep theirs', async () => {
    const store = current();
    for (const oid of ['a', 'b']) await store.register(registered(aTracker(oid, { trackerId: `35209308145225${oid}` })));
    const evidence = ['a', 'b'].map((oid) => ({ oid, evidence: newEvidence(T0), ifRevision: 0 }));
    const trips = ['a', 'b'].map((oid) => ({ oid, state: aTrip(), ifRevision: 0 }));
    const outbox = ['a', 'b'].map((oid) => ({ table: 'trips' as const, row: { trip_id: oid, tracker_oid: oid } }));
    await store.commit({ ...noChanges(), evidence, trips, outbox });
    await store.forgetPlaces('a');
    expect([await store.evidenceOf('a'), await store.tripOf('a')]).toEqual([null, null]);
    expect(await store.tripOf('b')).toEqual(aTrip());
    expect((await store.outbox(100)).flatMap(({ table, row }) => (table === 'trips' ? [row['tracker_oid']] : []))).toEqual([
      'b',
    ]);
    // A book that has them still finds that somebody else was there.
    expect(await store.commit(weighed(1))).toEqual({ outcome: 'stale', oids: ['a'] });
    expect(await store.commit(weighed(0))).toEqual({ outcome: 'committed' });
  });
}

function testRevisions(current: () => Store, openAnother: () => Promise<Store>): void {
  test('evidence and trips are written only over what was read', async () => {
    const store = current();
    await store.register(registered(aTracker('a')));
    const other = await openAnother();
    const stale = { outcome: 'stale', oids: ['a'] };
    expect([await store.commit(noted(0, 1)), await other.commit(noted(0, 2))]).toEqual([{ outcome: 'committed' }, stale]);
    expect([await other.commit(noted(1, 3)), await store.commit(noted(1, 4))]).toEqual([{ outcome: 'committed' }, stale]);
    expect([await store.commit(weighed(0)), await other.commit(weighed(0))]).toEqual([{ outcome: 'committed' }, stale]);
    expect([await other.commit(weighed(1)), await store.commit(weighed(1))]).toEqual([{ outcome: 'committed' }, stale]);
    expect(await store.statesOf(['a'])).toMatchObject([{ evidenceRevision: 2, trip: { metres: 3 }, tripRevision: 2 }]);
  });

  test('a commit goes on from the position it knows of, and is not written twice', async () => {
    const store = current();
    expect(await store.commit(through(5, 0))).toEqual({ outcome: 'committed' });
    expect(await store.commit(through(5, 0))).toEqual({ outcome: 'displaced' });
    expect(await store.commit(through(9, 4))).toEqual({ outcome: 'displaced' });
    expect(await store.commit(through(9, 5))).toEqual({ outcome: 'committed' });
    expect([await appliedOf(store), await appliedOf(store, 'cd34')]).toEqual([9, 0]);
    expect(await store.livenessOf('1')).toMatchObject({ frames: 9 });
    // Positions of another spool say nothing about this one.
    expect(await store.commit(through(3, 0, 'cd34'))).toEqual({ outcome: 'committed' });
    expect(await appliedOf(store, 'cd34')).toBe(3);
  });
}

function testNews(current: () => Store, openAnother: () => Promise<Store>): void {
  test('changes of others are noticed and fetched once', async () => {
    const store = current();
    const empty = await newsOf(store);
    expect(empty).toMatchObject({ states: [], anew: true });
    await store.register(registered(aTracker('a')));
    const first = await newsOf(store, empty.mark);
    expect(first.states.map(({ tracker }) => tracker.oid)).toEqual(['a']);
    expect(first.anew).toBe(false);
    expect((await newsOf(store, first.mark)).states).toEqual([]);

    const other = await openAnother();
    await other.register(registered(aTracker('b')));
    await other.commit({ ...noChanges(), trips: [{ oid: 'b', state: aTrip(), ifRevision: 0 }] });
    const later = await newsOf(store, first.mark);
    expect(later.states).toEqual([
      { tracker: aTracker('b'), evidence: null, evidenceRevision: 0, trip: aTrip(), tripRevision: 1 },
    ]);
    expect((await newsOf(store, later.mark)).states).toEqual([]);
    await other.update(moved(aTracker('a'), 'cancel'), 1);
    expect((await newsOf(store, later.mark)).states).toMatchObject([{ tracker: { oid: 'a', status: 'disconnected' } }]);
    expect((await newsOf(store)).states.map(({ tracker }) => tracker.oid)).toEqual(['b', 'a']);
  });
}

function testHeard(current: () => Store): void {
  test('idents are kept, listed and forgotten', async () => {
    const store = current();
    const heard = [
      aLiveness('old', { lastFrameAt: T0 - 5 }),
      aLiveness('New-1'),
      aLiveness('mine', { trackerOid: 'a', lastFrameAt: T0 - 9 }),
    ];
    await store.commit({ ...noChanges(), heard });
    const idents = async (): Promise<string[]> => (await store.unregistered(9)).map(({ ident }) => ident);
    expect(await idents()).toEqual(['New-1', 'old']);
    expect((await store.unregistered(1)).map(({ ident }) => ident)).toEqual(['New-1']);
    expect(await store.heardBy(SPOOL)).toEqual([heard[2], heard[0], heard[1]]);
    await store.commit({ ...noChanges(), forgotten: ['old'] });
    expect((await store.heardBy(SPOOL)).map(({ ident }) => ident)).toEqual(['mine', 'New-1']);
    expect(await idents()).toEqual(['New-1']);
    expect(await store.livenessOf('OLD')).toBeNull();
    expect(await store.livenessOf('NEW1')).toEqual(aLiveness('New-1'));
    // One that turns out to be a tracker's is nobody's no more, and the other way round.
    const turned = [aLiveness('New-1', { trackerOid: 'b' }), aLiveness('mine', { frames: 7 })];
    await store.commit({ ...noChanges(), heard: turned });
    expect(await idents()).toEqual(['mine']);
    expect(await store.livenessOf('mine')).toMatchObject({ frames: 7 });
  });

  test('the numbers of an ident written alone hold from then on, until all of it is written again', async () => {
    const store = current();
    const liveness = aLiveness('IMEI-1', { trackerOid: 'a' });
    await store.commit({ ...noChanges(), heard: [liveness] });
    const counted = aLiveness('IMEI-1', {
      trackerOid: 'a',
      lastFrameAt: T0 + 9_000,
      frames: 12,
      messages: 40,
      duplicates: 3,
      lastMessageAt: T0 + 8_000.5,
      lastFix: { at: T0 + 8_000.5, lat: 36.123456789, lon: -4.000000001 },
      condition: { ...newCondition(), ignition: { on: true, at: T0 + 1 }, moving: { on: false, at: T0 + 2 } },
    });
    await store.commit({ ...noChanges(), counted: [counted] });
    expect(await store.livenessOf('imei1')).toEqual(counted);
    expect(await store.heardBy(SPOOL)).toEqual([counted]);
    const again = { ...counted, frames: 13, lastFix: null, condition: newCondition() };
    await store.commit({ ...noChanges(), counted: [again] });
    expect(await store.livenessOf('imei1')).toEqual(again);
    // Forgotten and heard anew, it begins at one frame: numbers of before must not come back.
    await store.commit({ ...noChanges(), heard: [liveness] });
    expect(await store.livenessOf('imei1')).toEqual(liveness);
    await store.commit({ ...noChanges(), counted: [again] });
    await store.commit({ ...noChanges(), forgotten: ['IMEI-1'] });
    await store.commit({ ...noChanges(), heard: [liveness] });
    expect(await store.heardBy(SPOOL)).toEqual([liveness]);
  });
}
