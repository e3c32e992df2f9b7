/** What providers state about the right to data moves trackers: once, whatever is read again. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Consent } from '#model/consent';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { openBook, PROVIDERS, VIN } from './book-fixture.ts';
import { moveTracker, registerTracker } from './register.ts';

import { anOutcome, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

const RULES = { consents: { services: { 'mercedes-benz': ['1001'] } } };
const AT = T0 + 60_000;

let store: SqliteStore;
let oid: string;
let now = T0;

beforeEach(async () => {
  store = openSqliteStore(':memory:');
  now = T0;
  oid = await validated('acme');
});

async function validated(companyId: string, trackerId = VIN): Promise<string> {
  const request = { trackerId, provider: 'mercedes-benz', type: 'oem' };
  const { tracker } = await registerTracker(store, PROVIDERS, request, () => now, companyId, 'later');
  await moveTracker(store, tracker.oid, 'validate', 'asked for', () => now);
  await moveTracker(store, tracker.oid, 'validated', 'the odometer agrees', () => ++now);
  return tracker.oid;
}

function stating(
  seq: number,
  consents: readonly Partial<Consent>[],
  at = AT,
  companyId: string | undefined = 'acme',
): FrameOutcome {
  const outcome = anOutcome(seq, [], { ident: '' });
  const record = { ...outcome.record, protocol: 'mercedes-benz', ident: null, receivedAt: at };
  return {
    ...outcome,
    record: companyId === undefined ? record : { ...record, companyId },
    ident: '',
    consents: consents.map((fields) => ({
      ident: VIN,
      users: [],
      kind: 'withdrawn',
      scope: 'all',
      demands: 'stop',
      at,
      cause: 'the registration is DEREGISTERED',
      ...fields,
    })),
  };
}
const history = (of = oid) => store.transitionsOf(of).map(({ trigger, to }) => `${trigger} ${to}`);
const BEFORE = ['register pending', 'validate pending_validation', 'validated pending_for_data'];
const ENDED = [...BEFORE, 'access_refused error_access'];

describe('a withdrawal', () => {
  test('moves the tracker of the company that was told, with cause and time, and in the webhooks', async () => {
    const book = await openBook(store, RULES);
    book.apply(stating(1, [{}]));
    await book.commit();
    expect(history()).toEqual(ENDED);
    expect(store.transitionsOf(oid).at(-1)).toMatchObject({ at: AT, cause: expect.stringContaining('DEREGISTERED') });
    const rows = store.outbox(100).filter(({ table }) => table === 'tracker_transitions');
    expect(rows.map(({ row }) => row['to_status'])).toContain('error_access');
  });

  test("of another company's endpoint moves nothing", async () => {
    const book = await openBook(store, RULES);
    book.apply(stating(1, [{}], AT, 'other'));
    book.apply(stating(2, [{ ident: 'W1KZF8DB0MA000042' }, { ident: null, users: ['u1'] }]));
    await book.commit();
    expect(history()).toEqual(BEFORE);
    // Whoever is only spoken of was not heard.
    expect(store.heardBy()).toEqual([]);
  });

  test('moves it once, though the record is read again after a crash, or the statement comes again', async () => {
    const before = await openBook(store, RULES);
    before.apply(stating(1, [{}]));
    // Nothing of it was committed, and the next life reads it again.
    const book = await openBook(store, RULES);
    book.apply(stating(1, [{}]));
    await book.commit();
    const next = await openBook(store, RULES);
    next.apply(stating(1, [{}]));
    next.apply(stating(2, [{}], AT + 5_000));
    await next.commit();
    expect(history()).toEqual(ENDED);
  });

  test('is weighed again where somebody has changed the tracker meanwhile', async () => {
    const book = await openBook(store, RULES);
    book.apply(stating(1, [{}]));
    const tracker = store.trackerByOid(oid);
    if (tracker === null) throw new Error('it is registered');
    store.update(
      { tracker: { ...tracker, vehicleType: 'van', revision: tracker.revision + 1 }, transitions: [], outbox: [] },
      tracker.revision,
    );
    await book.commit();
    expect(history()).toEqual(ENDED);
    expect(store.trackerByOid(oid)).toMatchObject({ status: 'error_access', vehicleType: 'van' });
  });

  test('and a grant after it have the tracker validated again; the old withdrawal then ends nothing', async () => {
    const book = await openBook(store, RULES);
    book.apply(stating(1, [{}]));
    book.apply(
      stating(2, [{ kind: 'granted', demands: null, scope: 'service:1001', cause: 'service 1001 is ACTIVE' }], AT + 9_000),
    );
    await book.commit();
    expect(history()).toEqual([...ENDED, 'validate pending_validation']);
    now = AT + 20_000;
    await moveTracker(store, oid, 'validated', 'the odometer agrees', () => now);
    book.apply(stating(3, [{ at: AT }], now + 1_000));
    await book.commit();
    expect(history()).toEqual([...ENDED, 'validate pending_validation', 'validated pending_for_data']);
  });
});
