import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { aTracker, registered } from '../samples.ts';
import { describeCommandStore } from '../command-store.contract.ts';
import { describeDocumentStore } from '../document-store.contract.ts';
import { describeTrackerStore } from '../tracker-store.contract.ts';
import { openSqliteStore } from './store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odograph-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeTrackerStore('SQLite', () => ({
  open: () => openSqliteStore(join(folder, 'registry.sqlite')),
  dispose: () => undefined,
}));

describeCommandStore('SQLite', () => ({
  open: () => openSqliteStore(join(folder, 'registry.sqlite')),
  dispose: () => undefined,
}));

describeDocumentStore('SQLite', () => ({
  open: () => openSqliteStore(join(folder, 'registry.sqlite')),
  dispose: () => undefined,
}));

test('opening makes missing folders, and again finds the same tables', () => {
  const path = join(folder, 'deep', 'down', 'registry.sqlite');
  const first = openSqliteStore(path);
  first.register(registered(aTracker('a')));
  first.close();
  const second = openSqliteStore(path);
  expect(second.trackerByOid('a')).toMatchObject({ oid: 'a' });
  second.close();
});

test('a registry of a newer version is refused with store_schema', () => {
  const path = join(folder, 'registry.sqlite');
  openSqliteStore(path).close();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openSqliteStore(path)).toThrow(/schema 99, this version of odograph knows \d+ \[store_schema\]/);
});

test('what SQLite refuses is store_io, and worth another try', () => {
  const path = join(folder, 'registry.sqlite');
  const store = openSqliteStore(path, { busyTimeoutMs: 1 });
  const db = new DatabaseSync(path);
  db.exec('BEGIN IMMEDIATE');
  let caught: unknown;
  try {
    store.register(registered(aTracker('a')));
  } catch (error) {
    caught = error;
  }
  expect(findGatewayError(caught)).toMatchObject({ code: 'store_io', facts: { retryable: true } });
  db.exec('ROLLBACK');
  db.close();
  expect(store.register(registered(aTracker('a')))).toEqual({ exists: null });
  store.close();
});

test('a file that is no database, or a folder in its place, is store_io', () => {
  expect(() => openSqliteStore(folder)).toThrow(/\[store_io\]/);
});
