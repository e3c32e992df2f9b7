import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import type { StoredBook } from './book.ts';
import { drive, openBook, registerVehicle } from './book-fixture.ts';
import { aMessage, anOutcome, IMEI } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

/** Frames enough for a tracker to be connected. */
const ENOUGH = 11;

let store: SqliteStore;
let book: StoredBook;
let oid: string;
beforeEach(async () => {
  store = openSqliteStore(':memory:');
  oid = await registerVehicle(store);
  book = await openBook(store);
});
afterEach(() => store.close());

test('a frame that speaks of several devices counts for each of them', async () => {
  const other = { ...aMessage(0, 0), ident: '359632104952350' };
  book.apply({ ...anOutcome(1, [other]), ident: '' });
  for (const [i, outcome] of drive(ENOUGH).entries()) {
    book.apply({
      ...outcome,
      seq: i + 2,
      ident: '',
      messages: [...outcome.messages, { ...aMessage(i * 5, 0), ident: other.ident }],
    });
  }
  await book.commit();
  expect(store.trackerByOid(oid)).toMatchObject({ status: 'connected' });
  expect(store.livenessOf(IMEI)).toMatchObject({ trackerOid: oid, frames: 11, messages: 11 });
  expect(store.livenessOf(other.ident)).toMatchObject({ trackerOid: null, frames: 12, messages: 12 });
  expect(store.livenessOf('')).toBeNull();
});

test('what came through the endpoint of a company is only of its own trackers', async () => {
  const foreign = drive(ENOUGH).map((outcome) => ({ ...outcome, record: { ...outcome.record, companyId: 'acme' } }));
  for (const outcome of foreign) book.apply(outcome);
  await book.commit();
  expect(book.find('teltonika', IMEI, 'acme')).toBeNull();
  expect(store.trackerByOid(oid)).toMatchObject({ status: 'pending_for_data' });
  expect(store.livenessOf(IMEI)).toBeNull();
  expect(store.livenessOf(`acme/${IMEI}`)).toMatchObject({ frames: 11, trackerOid: null });
  expect(book.find('teltonika', IMEI, DEFAULT_COMPANY)).toMatchObject({ oid });
  for (const outcome of foreign) {
    book.apply({ ...outcome, seq: outcome.seq + 20, record: { ...outcome.record, companyId: DEFAULT_COMPANY } });
  }
  await book.commit();
  expect(store.trackerByOid(oid)).toMatchObject({ status: 'connected' });
});
