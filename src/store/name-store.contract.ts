/** What every store of names must do, as tests. An implementation calls `describeNameStore` from its own test file. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Awaitable } from '#model/awaitable';
import type { NameStore } from './name-store.ts';

/** Opens one and the same storage, empty at first, each time as another process would. */
export interface NameFixture {
  open(): Awaitable<{ names: NameStore; close(): Awaitable<void> }>;
  dispose(): Awaitable<void>;
}

const HOUR_MS = 3_600_000;

/** Runs the contract over one implementation. */
export function describeNameStore(name: string, makeFixture: () => Awaitable<NameFixture>): void {
  describe(`${name} as a store of names`, () => {
    let fixture: NameFixture;
    let mine: Awaited<ReturnType<NameFixture['open']>>;
    let theirs: Awaited<ReturnType<NameFixture['open']>>;

    beforeEach(async () => {
      fixture = await makeFixture();
      mine = await fixture.open();
      theirs = await fixture.open();
    });

    afterEach(async () => {
      await mine.close();
      await theirs.close();
      await fixture.dispose();
    });

    test('tells which of many names are kept, also to another process', async () => {
      expect(await theirs.names.known(['a'])).toEqual(new Set());
      const many = Array.from({ length: 2_500 }, (_, i) => `n${i}`);
      await mine.names.keep(many, Date.now() + HOUR_MS);
      expect(await theirs.names.known(['a', ...many, 'it’s "b"'])).toEqual(new Set(many));
      expect(await theirs.names.known([])).toEqual(new Set());
    });

    test('forgets names when their time has come, those alone', async () => {
      const soon = Date.now() + 20;
      await mine.names.keep(['a', 'b'], soon);
      await theirs.names.keep(['c'], soon + HOUR_MS);
      while (Date.now() <= soon) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await theirs.names.forget(soon, 1)).toBeLessThanOrEqual(1);
      expect(await theirs.names.forget(soon, 9)).toBeLessThanOrEqual(1);
      expect(await theirs.names.forget(soon, 9)).toBe(0);
      expect(await mine.names.known(['a', 'b', 'c'])).toEqual(new Set(['c']));
    });
  });
}
