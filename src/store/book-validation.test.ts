/** What the book does for trackers whose validation is under way. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NormalisedMessage } from '#model/normalised';
import { DEFAULT_COMPANY } from '#model/tracker';
import { openBook, PROVIDERS } from './book-fixture.ts';
import { moveTracker, registerTracker } from './register.ts';
import { aMessage, anOutcome, IMEI, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

let store: SqliteStore;
beforeEach(() => {
  store = openSqliteStore(':memory:');
});
afterEach(() => store.close());

/** A message without a fix that tells the odometer. */
const reading = (seconds: number, km: number) =>
  aMessage(seconds, 0, { position: null, signalKeys: ['odometer.total.value'], signalValues: [km] });

test('the odometer heard while a tracker is being validated is kept, also without a fix, and gone once it is validated', async () => {
  const request = { trackerId: IMEI, provider: 'targa', type: 'canbus' };
  const { oid } = (await registerTracker(store, PROVIDERS, request, () => T0, DEFAULT_COMPANY, 'later')).tracker;
  const book = await openBook(store);
  book.apply(anOutcome(1, [reading(0, 50_000)]));
  await book.commit();

  await moveTracker(store, oid, 'validate', 'asked', () => T0 + 5_000);
  book.apply(anOutcome(2, [reading(10, 50_001)]));
  await book.commit();
  const noted = { km: 50_001, observedAt: T0 + 10_000, receivedAt: T0 + 10_500 };
  expect(store.evidenceOf(oid)?.odometer).toEqual(noted);

  // Another life of the gateway goes on from what is kept.
  const second = await openBook(store);
  second.apply(anOutcome(3, [reading(20, 50_002)]));
  await second.commit();
  expect(store.evidenceOf(oid)?.odometer).toEqual(noted);

  await moveTracker(store, oid, 'validated', 'the odometer agrees', () => T0 + 30_000);
  second.apply(anOutcome(4, [aMessage(40, 0)]));
  await second.commit();
  expect(store.evidenceOf(oid)?.odometer).toBeNull();
});

/** Takes one tracker from pending to the end of a drive, its frames delivered in three portions. */
async function live(portions: readonly [NormalisedMessage[], NormalisedMessage[], NormalisedMessage[]]) {
  const own = openSqliteStore(':memory:');
  try {
    const request = { trackerId: IMEI, provider: 'targa', type: 'canbus' };
    const { oid } = (await registerTracker(own, PROVIDERS, request, () => T0, DEFAULT_COMPANY, 'later')).tracker;
    const book = await openBook(own);
    let seq = 0;
    const deliver = async (messages: readonly NormalisedMessage[], receivedAt: number): Promise<void> => {
      for (const message of messages) {
        const outcome = anOutcome(++seq, [{ ...message, receivedAt }]);
        book.apply({ ...outcome, record: { ...outcome.record, receivedAt } });
      }
      await book.commit();
    };
    await deliver(portions[0], T0 + 1_000_000);
    await moveTracker(own, oid, 'validate', 'asked', () => T0 + 1_000_001);
    await deliver(portions[1], T0 + 2_000_000);
    const { odometer } = own.evidenceOf(oid) ?? { odometer: null };
    await moveTracker(own, oid, 'validated', 'it agrees', () => T0 + 2_000_001);
    await deliver(portions[2], T0 + 3_000_000);
    const { status } = own.trackerByOid(oid) ?? { status: null };
    const metres = own.evidenceOf(oid)?.distance.walk.metres ?? 0;
    const path = own.transitionsOf(oid).map(({ to, cause }) => [to, cause]);
    return { odometer: portions[1].length === 0 ? null : odometer, status, metres, path };
  } finally {
    own.close();
  }
}

/** What one vehicle says: its odometer follows from the time, its place jumps about as a poor receiver's does. */
const vehicle = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 60 }))
    .map(([fives, tens]) =>
      aMessage(fives * 5, tens * 10, { signalKeys: ['odometer.total.value'], signalValues: [50_000 + fives / 100] }),
    ),
  { maxLength: 12 },
);
const anyhow = (of: NormalisedMessage[]) =>
  fc.shuffledSubarray([...of, ...of], { minLength: 2 * of.length, maxLength: 2 * of.length });

test('the same data in another order, or twice, leads to the same end', async () => {
  const portion = vehicle.chain((of) => fc.tuple(fc.constant(of), anyhow(of)));
  const ends = new Set<string | null>();
  await fc.assert(
    fc.asyncProperty(portion, portion, portion, async (a, b, c) => {
      const given = await live([a[0], b[0], c[0]]);
      expect(await live([a[1], b[1], c[1]])).toEqual(given);
      ends.add(given.status);
    }),
    { numRuns: 100 },
  );
  expect(ends).toEqual(new Set(['connected', 'pending_for_data']));
});
