import { expect, test, vi } from 'vitest';
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { StoredBook } from './book.ts';
import { drive, newBook, registerVehicle } from './book-fixture.ts';
import { IMEI } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

const CALLS = ['newsAtOnce', 'statesOf', 'commit'] as const;

async function openBook(store: SqliteStore): Promise<StoredBook> {
  const book = newBook(store);
  await again(() => book.catchUp());
  return book;
}

async function again(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch {
    await work();
  }
}

/** How a call is refused: before it has done anything, or after all is done. */
type Refusal = 'before' | 'after';

/** Drives from before the registration on and over a restart, while one call of the store fails. */
async function play(refusedCall: number, refusal: Refusal): Promise<{ calls: number; state: unknown }> {
  const store = openSqliteStore(':memory:');
  let calls = 0;
  const spies = CALLS.map((name) => {
    const call = store[name].bind(store) as (...of: unknown[]) => unknown;
    const spied = (...of: unknown[]): unknown => {
      const isRefused = calls++ === refusedCall;
      if (isRefused && refusal === 'before') throw new Error('disk I/O error');
      const answer = call(...of);
      if (isRefused) throw new Error('the answer is lost');
      return answer;
    };
    return vi.spyOn(store, name).mockImplementation(spied as never);
  });
  const first = await openBook(store);
  for (const outcome of drive(3, 1)) await take(first, outcome);
  const oid = await registerVehicle(store);
  for (const outcome of drive(6, 4)) await take(first, outcome);
  await again(() => first.commit());
  for (const outcome of drive(3, 10)) await take(first, outcome);
  await again(() => first.commit());
  const second = await openBook(store);
  for (const outcome of drive(20, 13)) await take(second, outcome);
  await again(() => second.commit());
  for (const spy of spies) spy.mockRestore();
  const { appliedThrough } = store.news('ab12', '');
  const state = [store.trackerByOid(oid), store.evidenceOf(oid), store.tripOf(oid), store.livenessOf(IMEI), appliedThrough];
  const history = store.transitionsOf(oid);
  store.close();
  return { calls, state: JSON.parse(JSON.stringify([...state, history]).replaceAll(oid, 'OID')) };
}

/** What the runner does with a frame. */
async function take(book: StoredBook, outcome: FrameOutcome): Promise<void> {
  await book.catchUp().catch(() => undefined);
  book.apply(outcome);
}

test.each(['before', 'after'] as const)(
  'a store that refuses a call, whichever, %s it was done, changes nothing once it answers again',
  async (refusal) => {
    const calm = await play(-1, refusal);
    expect(calm.calls).toBeGreaterThan(10);
    for (let refusedCall = 0; refusedCall < calm.calls; refusedCall++) {
      expect((await play(refusedCall, refusal)).state, `call ${refusedCall}`).toEqual(calm.state);
    }
  },
);
