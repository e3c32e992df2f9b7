/** What the book does for trackers whose validation is under way. */
import { afterEach, beforeEach, expect, test } from 'vitest';
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
