import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import { TRIP_RULES } from '../lifecycle/trips.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { providerTable } from '../providers/table.ts';
import { StoredBook } from './book.ts';
import { registerTracker } from './register.ts';
import { aMessage, anOutcome, IMEI, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

const PROVIDERS = providerTable();

let store: SqliteStore;
let book: StoredBook;
let oid: string;
beforeEach(async () => {
  store = openSqliteStore(':memory:');
  const request = { trackerId: 'WF0AXXWPMAJB43745', provider: 'targa', type: 'canbus', foreignTrackerId: IMEI };
  oid = (await registerTracker(store, PROVIDERS, request, () => T0)).tracker.oid;
  const rules = { providers: PROVIDERS, evidence: EVIDENCE_RULES, trips: TRIP_RULES };
  book = new StoredBook({ store, ...rules, spoolId: 'ab12', unregisteredIdents: 10 });
});
afterEach(() => store.close());

/** Frames of a vehicle that drives 50 m every 5 s: more than enough to be connected. */
const drive = (): FrameOutcome[] => Array.from({ length: 11 }, (_, i) => anOutcome(1 + i, [aMessage(i * 5, i * 50)]));

test('a frame that speaks of several devices counts for each of them', () => {
  const other = { ...aMessage(0, 0), ident: '359632104952350' };
  book.apply({ ...anOutcome(1, [other]), ident: '' });
  for (const [i, outcome] of drive().entries()) {
    book.apply({
      ...outcome,
      seq: i + 2,
      ident: '',
      messages: [...outcome.messages, { ...aMessage(i * 5, 0), ident: other.ident }],
    });
  }
  book.commit();
  expect(store.trackerByOid(oid)).toMatchObject({ status: 'connected' });
  expect(store.livenessOf(IMEI)).toMatchObject({ trackerOid: oid, frames: 11, messages: 11 });
  expect(store.livenessOf(other.ident)).toMatchObject({ trackerOid: null, frames: 12, messages: 12 });
  expect(store.livenessOf('')).toBeNull();
});

test('what came through the endpoint of a company is only of its own trackers', () => {
  const foreign = drive().map((outcome) => ({ ...outcome, record: { ...outcome.record, companyId: 'acme' } }));
  for (const outcome of foreign) book.apply(outcome);
  book.commit();
  expect(book.find('teltonika', IMEI, 'acme')).toBeNull();
  expect(store.trackerByOid(oid)).toMatchObject({ status: 'pending_for_data' });
  expect(store.livenessOf(IMEI)).toBeNull();
  expect(store.livenessOf(`acme/${IMEI}`)).toMatchObject({ frames: 11, trackerOid: null });
  expect(book.find('teltonika', IMEI, DEFAULT_COMPANY)).toMatchObject({ oid });
  for (const outcome of foreign) {
    book.apply({ ...outcome, seq: outcome.seq + 20, record: { ...outcome.record, companyId: DEFAULT_COMPANY } });
  }
  book.commit();
  expect(store.trackerByOid(oid)).toMatchObject({ status: 'connected' });
});
