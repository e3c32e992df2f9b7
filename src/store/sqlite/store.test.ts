import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import type { TripState } from '../../lifecycle/trips.ts';
import { aLiveness, aTracker, aTrip, noChanges, registered, T0 } from '../samples.ts';
import { describeCommandStore } from '../command-store.contract.ts';
import { describeDocumentStore } from '../document-store.contract.ts';
import { describeNameStore } from '../name-store.contract.ts';
import { describeTrackerStore } from '../tracker-store.contract.ts';
import { openSqliteStore } from './store.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');

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

describeNameStore('SQLite', () => ({
  open: () => openSqliteStore(join(folder, 'registry.sqlite')),
  dispose: () => undefined,
}));

test('names that an earlier version kept as documents are known, for as long', () => {
  const path = join(folder, 'registry.sqlite');
  const earlier = new DatabaseSync(path);
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .slice(0, 6);
  for (const name of files) earlier.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
  earlier.exec(`PRAGMA user_version = ${files.length}`);
  const columns = 'collection, id, company_id, unique_key, due_at, revision, body';
  const insert = earlier.prepare(`INSERT INTO documents (${columns}) VALUES (?, ?, '', NULL, ?, 1, '{}')`);
  for (const [collection, id, dueAt] of [
    ['push_seen', 'a', T0],
    ['push_seen', 'b', T0 + 1],
    ['groups', 'g', null],
  ] as const)
    insert.run(collection, id, dueAt);
  earlier.close();
  const store = openSqliteStore(path);
  expect(store.names.known(['a', 'b', 'g'])).toEqual(new Set(['a', 'b']));
  expect([store.documents.document('push_seen', 'a'), store.documents.document('groups', 'g')?.id]).toEqual([null, 'g']);
  expect([store.names.forget(T0, 9), store.names.forget(T0, 9)]).toEqual([1, 0]);
  expect(store.names.known(['a', 'b'])).toEqual(new Set(['b']));
  store.close();
});

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

test('the trip in progress of a registry of an earlier version goes on, and so do its counts', async () => {
  const path = join(folder, 'registry.sqlite');
  const earlier = new DatabaseSync(path);
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .slice(0, 5);
  for (const name of files) earlier.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
  earlier.exec('PRAGMA user_version = 5');
  const tracker = `INSERT INTO trackers (oid, provider, type, tracker_id, object_id, tracker_key, status, registered_at, status_at, revision,
    change) VALUES (?, 'targa', 'canbus', 'VIN', '{}', 'vin', 'connected', 1, 1, 1, 1)`;
  earlier.prepare(tracker).run('a');
  const states = [aTrip(), { ...aTrip(), maxSpeedKmh: 50.25, closed: true, lastAt: T0 + 0.5 }];
  const trip = earlier.prepare('INSERT INTO trips (tracker_oid, state, revision) VALUES (?, ?, 7)');
  trip.run('a', JSON.stringify(states[0]));
  const liveness = aLiveness('1', { trackerOid: 'a', frames: 12 });
  earlier.prepare('INSERT INTO liveness VALUES (?, ?, 1, ?, ?)').run('1', '1', T0, JSON.stringify(liveness));
  earlier.close();
  const store = openSqliteStore(path);
  expect(store.statesOf(['a'])).toMatchObject([{ trip: states[0], tripRevision: 7 }]);
  expect(store.livenessOf('1')).toEqual(liveness);
  const next = { oid: 'a', state: states[1] as TripState, ifRevision: 7 };
  expect(await store.commit({ ...noChanges(), trips: [next] })).toEqual({ outcome: 'committed' });
  expect(store.tripOf('a')).toEqual(states[1]);
  store.close();
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
