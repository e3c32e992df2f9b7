import { afterEach, beforeEach, expect, test } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { DEFAULT_COMPANY } from '#model/tracker';
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import { TRIP_RULES } from '../lifecycle/trips.ts';
import { providerTable } from '../providers/table.ts';
import { StoredBook } from './book.ts';
import { explainTracker } from './explain.ts';
import { moveTracker, registerTracker } from './register.ts';
import { aMessage, anOutcome, IMEI, moved, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

const PROVIDERS = providerTable();
const VIN = 'WF0AXXWPMAJB43745';
const TARGA = { trackerId: VIN, provider: 'targa', type: 'canbus', vehicleType: 'car', foreignTrackerId: '35-209308-145225-1' };
const clock = (): number => T0;

let store: SqliteStore;
beforeEach(() => {
  store = openSqliteStore(':memory:');
});
afterEach(() => store.close());

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return findGatewayError(error)?.code;
  }
}

test('a hardware tracker that is validated now waits for data at once, each step with its cause', async () => {
  const { tracker, transitions, next } = await registerTracker(store, PROVIDERS, TARGA, clock);
  expect(tracker).toMatchObject({ status: 'pending_for_data', revision: 3, validatedAt: T0, registeredAt: T0 });
  expect(store.trackerByOid(tracker.oid)).toEqual(tracker);
  expect(store.transitionsOf(tracker.oid)).toEqual(transitions);
  expect(transitions.map(({ to, cause }) => [to, cause])).toEqual([
    ['pending', 'registered at targa as canbus'],
    ['pending_validation', 'targa is validated by its ids'],
    ['pending_for_data', `"${VIN}" is right as vin or imei`],
  ]);
  expect(next).toMatch(/drive outdoors/);
});

test('a registration tells ClickHouse its history and every spelling of its idents', async () => {
  const { tracker } = await registerTracker(store, PROVIDERS, TARGA, clock);
  const rows = store.outbox(100);
  expect(rows.filter(({ table }) => table === 'tracker_transitions')).toHaveLength(3);
  const idents = rows.filter(({ table }) => table === 'tracker_idents').map(({ row }) => row);
  expect(idents.map((row) => [row['source'], row['ident']])).toEqual([
    ['tracker_id', VIN],
    ['foreign_tracker_id', '35-209308-145225-1'],
    ['foreign_tracker_id', IMEI],
  ]);
  expect(idents[0]).toMatchObject({ tracker_oid: tracker.oid, registered_at: T0, ended_at: null, revision: 3 });
});

test("a tracker of a maker's cloud stays pending, as does any other that is validated later, and the answer says so", async () => {
  const bmw = { trackerId: VIN, provider: 'bmw', type: 'oem' };
  const html5 = { trackerId: 'my scooter', provider: 'html5', type: 'oem' };
  expect((await registerTracker(store, PROVIDERS, html5, clock)).tracker.status).toBe('pending_for_data');
  const answers = [
    await registerTracker(store, PROVIDERS, bmw, clock),
    await registerTracker(store, PROVIDERS, TARGA, clock, DEFAULT_COMPANY, 'later'),
  ];
  for (const { tracker, next } of answers) {
    expect(tracker).toMatchObject({ status: 'pending', revision: 1, validatedAt: null });
    expect(next).toMatch(/validate it/);
  }
});

test('a broken rule is tracker_invalid, with all rules in words, and leaves nothing', async () => {
  const wrong = registerTracker(store, PROVIDERS, { trackerId: '1', provider: 'astrata', type: 'oem' }, clock);
  await expect(wrong).rejects.toThrow(/15 digits.*; type "oem" does not exist at astrata.*\[tracker_invalid\]/);
  expect(store.trackers({ most: 9 })).toEqual([]);
  expect(store.outbox(9)).toEqual([]);
});

test('an id in use is tracker_exists until its tracker is disconnected', async () => {
  const { tracker } = await registerTracker(store, PROVIDERS, TARGA, clock);
  await expect(registerTracker(store, PROVIDERS, TARGA, clock)).rejects.toThrow(
    `${tracker.oid}, pending_for_data [tracker_exists]`,
  );
  const ended = await moveTracker(store, tracker.oid, 'cancel', 'asked', () => T0 + 9);
  expect(ended).toMatchObject({ status: 'disconnected', statusAt: T0 + 9, revision: 4 });
  const closing = store.outbox(100).filter(({ table, row }) => table === 'tracker_idents' && row['ended_at'] === T0 + 9);
  expect(closing).toHaveLength(3);
  expect(await codeOf(registerTracker(store, PROVIDERS, TARGA, clock))).toBeUndefined();
});

test('an illegal move is refused and changes nothing; an unknown tracker is tracker_unknown', async () => {
  const { tracker } = await registerTracker(store, PROVIDERS, TARGA, clock);
  expect(await codeOf(moveTracker(store, tracker.oid, 'validate', 'asked', clock))).toBe('lifecycle_illegal_transition');
  expect(store.trackerByOid(tracker.oid)).toEqual(tracker);
  expect(await codeOf(moveTracker(store, 'nobody', 'cancel', 'asked', clock))).toBe('tracker_unknown');
  expect(await codeOf(explainTracker(store, PROVIDERS, EVIDENCE_RULES, 'nobody', clock))).toBe('tracker_unknown');
});

test('a move that loses a race is judged again from where the tracker then stands', async () => {
  const { tracker } = await registerTracker(store, PROVIDERS, TARGA, clock);
  let races = 0;
  const registry = Object.assign(Object.create(store) as SqliteStore, {
    trackerByOid(oid: string) {
      const found = store.trackerByOid(oid);
      if (found !== null && races++ === 0) store.update(moved(found, 'data_wrong'), found.revision);
      return found;
    },
    update: (...given: Parameters<SqliteStore['update']>) => store.update(...given),
  });
  await moveTracker(registry, tracker.oid, 'cancel', 'asked', clock);
  expect(
    store
      .transitionsOf(tracker.oid)
      .map(({ from, to }) => [from, to])
      .slice(3),
  ).toEqual([
    ['pending_for_data', 'error_data'],
    ['error_data', 'disconnected'],
  ]);
});

test('an explanation gathers what the registry and the book know', async () => {
  const { tracker } = await registerTracker(store, PROVIDERS, TARGA, clock);
  const before = await explainTracker(store, PROVIDERS, EVIDENCE_RULES, tracker.oid, clock);
  expect(before).toMatchObject({ metres: 0, missingM: 500, lastHeard: null });
  const rules = { providers: PROVIDERS, evidence: EVIDENCE_RULES, consents: { services: {} }, trips: TRIP_RULES };
  const book = new StoredBook({ store, ...rules, spoolId: 'ab12', unregisteredIdents: 9 });
  await book.catchUp();
  for (const [i, metres] of [0, 80, 160].entries()) book.apply(anOutcome(i + 1, [aMessage(i * 10, metres)]));
  await book.commit();
  const after = await explainTracker(store, PROVIDERS, EVIDENCE_RULES, tracker.oid, () => T0 + 60_000);
  expect(after).toMatchObject({ lastHeard: { ident: IMEI, frames: 3 }, lastAccepted: { at: T0 + 20_000 } });
  expect(after.metres).toBeCloseTo(160, 0);
  expect(after.lines).toContain('Driven: 160 m of 500 m in 2 steps, 340 m still missing');
});
