import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/store.ts';
import { callbackOf, callbackToken } from '../../../src/validation/callbacks.ts';

let store: SqliteStore;
beforeEach(() => {
  store = openSqliteStore(':memory:');
});
afterEach(() => store.close());

test('a company has one address for each provider, made once, and found by what stands in it', async () => {
  const { documents } = store;
  let made = 0;
  const makeToken = (): string => `token-${++made}`;
  const acme = { provider: 'stellantis', companyId: 'acme' } as const;
  const tokens = await Promise.all([1, 2, 3].map(() => callbackToken(documents, acme, makeToken)));
  expect(new Set(tokens).size).toBe(1);
  const other = await callbackToken(documents, { ...acme, companyId: 'other' }, makeToken);
  expect(other).not.toBe(tokens[0]);
  expect(await callbackOf(documents, tokens[0] ?? '')).toEqual(acme);
  expect(await callbackOf(documents, 'guessed')).toBeNull();
});
