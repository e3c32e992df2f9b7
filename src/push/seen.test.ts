import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NameStore } from '../store/name-store.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import { SeenMessages } from './seen.ts';

const HOUR_MS = 3_600_000;
const DURABLE_WITHIN_MS = 5_000;

let store: SqliteStore;
const opened: SeenMessages[] = [];
beforeEach(() => {
  store = openSqliteStore(':memory:');
});
afterEach(async () => {
  for (const seen of opened.splice(0)) await seen.close();
  store.close();
});

/** What another start of the gateway has. */
function started(names: NameStore = store.names, troubles: unknown[] = []): SeenMessages {
  const seen = new SeenMessages({ names, keepMs: HOUR_MS, now: Date.now, onTrouble: (error) => troubles.push(error) });
  opened.push(seen);
  return seen;
}

/** The names of a store, and what it was asked for. */
function counted(): { names: NameStore; asked: (readonly string[])[] } {
  const asked: (readonly string[])[] = [];
  const known = (wanted: readonly string[]) => {
    asked.push(wanted);
    return store.names.known(wanted);
  };
  return { asked, names: { known, keep: (...all) => store.names.keep(...all), forget: () => 0 } };
}

test('a message is seen where all of its names are, and one without names never is', async () => {
  const seen = started();
  expect(await seen.all(['a'])).toBe(false);
  seen.note(['a', 'b']);
  expect(await Promise.all([seen.all(['a']), seen.all(['a', 'b']), seen.all(['a', 'c']), seen.all([])])).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('names are known after a restart, and to a gateway that has the same store', async () => {
  const before = started();
  const beside = started();
  before.note(['a']);
  await before.close();
  expect(await started().all(['a'])).toBe(true);
  expect(await beside.all(['a'])).toBe(true);
});

test('the store is asked once for all messages of a turn, each is told its own, and not again of what it has told', async () => {
  await store.names.keep(['a', 'b'], Date.now() + HOUR_MS);
  const { names, asked } = counted();
  const seen = started(names);
  const answers = await Promise.all([seen.all(['a']), seen.all(['x']), seen.all(['b', 'y']), seen.all(['b', 'a'])]);
  expect(answers).toEqual([true, false, false, true]);
  expect(asked).toEqual([['a', 'x', 'b', 'y', 'b', 'a']]);
  expect(await seen.all(['a'])).toBe(true);
  expect(asked).toHaveLength(1);
});

test('names are written by themselves, soon', async () => {
  const seen = started();
  seen.note(['a']);
  const deadline = performance.now() + DURABLE_WITHIN_MS;
  while (store.names.known(['a']).size === 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(store.names.known(['a']).size).toBe(1);
});

test('while the store is away nothing is held to be a repetition, and names wait for it', async () => {
  const troubles: unknown[] = [];
  let isAway = true;
  const onlyWhereThere = <T>(work: () => T): T => {
    if (isAway) throw new Error('away');
    return work();
  };
  await store.names.keep(['a'], Date.now() + HOUR_MS);
  const seen = started(
    {
      known: (names) => onlyWhereThere(() => store.names.known(names)),
      keep: (names, until) => onlyWhereThere(() => store.names.keep(names, until)),
      forget: () => 0,
    },
    troubles,
  );
  expect(await seen.all(['a'])).toBe(false);
  seen.note(['b']);
  expect(await seen.all(['b'])).toBe(true);
  isAway = false;
  expect(await seen.all(['a'])).toBe(true);
  await seen.close();
  expect(store.names.known(['b']).size).toBe(1);
  expect(troubles).toHaveLength(1);
});

test('of names whose time has come all are forgotten, however many, a part at a time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    const many = Array.from({ length: 1_700 }, (_, i) => `n${i}`);
    await store.names.keep(many, Date.now() - 1);
    await store.names.keep(['a'], Date.now() + HOUR_MS);
    const parts: number[] = [];
    started({
      known: (names) => store.names.known(names),
      keep: () => undefined,
      forget: (at, most) => {
        parts.push(store.names.forget(at, most));
        return parts.at(-1) ?? 0;
      },
    });
    vi.advanceTimersToNextTimer();
    const deadline = performance.now() + DURABLE_WITHIN_MS;
    while (parts.length < 4 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(parts).toEqual([500, 500, 500, 200]);
    expect(store.names.known([...many, 'a'])).toEqual(new Set(['a']));
  } finally {
    vi.useRealTimers();
  }
});

test('more names than memory holds are known all the same, those seen last without asking', async () => {
  const { names, asked } = counted();
  const seen = started(names);
  const many = Array.from({ length: 120_000 }, (_, i) => `n${i}`);
  for (const name of many) seen.note([name]);
  expect(await Promise.all([seen.all(['n119999']), seen.all(['n75000'])])).toEqual([true, true]);
  expect(asked).toEqual([]);
  await seen.close();
  expect(await seen.all(['n0'])).toBe(true);
  expect(asked).toEqual([['n0']]);
});
