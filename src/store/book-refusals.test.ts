import { expect, test, vi } from 'vitest';
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import { TRIP_RULES } from '../lifecycle/trips.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { providerTable } from '../providers/table.ts';
import { StoredBook } from './book.ts';
import { registerTracker } from './register.ts';
import { aMessage, anOutcome, IMEI, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

const PROVIDERS = providerTable();
const READS = ['version', 'changedSince', 'evidenceOf', 'tripOf'] as const;

const openBook = (store: SqliteStore): StoredBook =>
  new StoredBook({
    store,
    providers: PROVIDERS,
    evidence: EVIDENCE_RULES,
    trips: TRIP_RULES,
    spoolId: 'ab12',
    unregisteredIdents: 10,
  });

/** Frames of a vehicle that drives 50 m every 5 s. */
const drive = (frames: number, firstSeq: number): FrameOutcome[] =>
  Array.from({ length: frames }, (_, i) => anOutcome(firstSeq + i, [aMessage(i * 5, i * 50)]));

function again<T>(work: () => T): T {
  try {
    return work();
  } catch {
    return work();
  }
}

/** Drives from before the registration on and over a restart, while one read of the store fails. */
async function play(refusedRead: number): Promise<{ reads: number; state: unknown }> {
  const store = openSqliteStore(':memory:');
  let reads = 0;
  const spies = READS.map((name) => {
    const read = store[name].bind(store) as (...of: unknown[]) => unknown;
    const spied = (...of: unknown[]): unknown => {
      if (reads++ === refusedRead) throw new Error('disk I/O error');
      return read(...of);
    };
    return vi.spyOn(store, name).mockImplementation(spied as never);
  });
  const first = again(() => openBook(store));
  for (const outcome of drive(3, 1)) again(() => first.apply(outcome));
  const request = { trackerId: 'WF0AXXWPMAJB43745', provider: 'targa', type: 'canbus', foreignTrackerId: IMEI };
  const { oid } = (await registerTracker(store, PROVIDERS, request, () => T0)).tracker;
  for (const outcome of drive(6, 4)) again(() => first.apply(outcome));
  again(() => first.commit());
  const second = again(() => openBook(store));
  for (const outcome of drive(20, 10)) again(() => second.apply(outcome));
  again(() => second.commit());
  for (const spy of spies) spy.mockRestore();
  const state = [store.trackerByOid(oid), store.evidenceOf(oid), store.tripOf(oid), store.liveness(), store.applied()];
  store.close();
  return { reads, state: JSON.parse(JSON.stringify(state).replaceAll(oid, 'OID')) };
}

test('a store that refuses a read, whichever, changes nothing once the frame is applied again', async () => {
  const calm = await play(-1);
  expect(calm.reads).toBeGreaterThan(10);
  for (let refusedRead = 0; refusedRead < calm.reads; refusedRead++) {
    expect((await play(refusedRead)).state, `read ${refusedRead}`).toEqual(calm.state);
  }
});
