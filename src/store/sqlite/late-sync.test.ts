import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { LateSync } from './late-sync.ts';

let folder: string;
let path: string;
let db: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odograph-late-sync-'));
  path = join(folder, 'registry.sqlite');
  db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE seen (n INTEGER)');
});
afterEach(() => {
  if (db.isOpen) db.close();
  rmSync(folder, { recursive: true, force: true });
});

const synchronous = () => db.prepare('PRAGMA synchronous').get()?.['synchronous'];
const rows = (file = path) => {
  const reader = new DatabaseSync(file);
  const { rows: count } = reader.prepare('SELECT count(*) AS rows FROM seen').get() as { rows: number };
  reader.close();
  return count;
};
const insert = () => db.exec('INSERT INTO seen VALUES (1)');

/** A late sync whose log is the real one, and tells when it is synced. */
function watched(datasync: (bytes: number) => Promise<void> = () => Promise.resolve()) {
  const opened = vi.fn<(path: string) => void>();
  const late = new LateSync(db, async (log) => {
    opened(log);
    const file = await open(log, 'r');
    const real = file.datasync.bind(file);
    file.datasync = async () => {
      await datasync((await file.stat()).size);
      await real();
    };
    return file;
  });
  return { late, opened };
}

describe('A commit that is synced late', () => {
  it('is not synced by SQLite, and what others commit is', () => {
    const { late } = watched();
    late.unsynced(() => {
      expect(synchronous()).toBe(1);
      insert();
    });
    expect(synchronous()).toBe(2);
    expect(() =>
      late.unsynced(() => {
        throw new Error('planted');
      }),
    ).toThrow('planted');
    expect(synchronous()).toBe(2);
  });

  it('is durable when the log that has it was synced, and not before', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sizes: number[] = [];
    const { late, opened } = watched((bytes) => {
      sizes.push(bytes);
      return promise;
    });
    const before = statSync(`${path}-wal`).size;
    late.unsynced(insert);
    let isDurable = false;
    const durable = late.sync().then(() => (isDurable = true));
    await vi.waitFor(() => expect(sizes.length).toBe(1));
    expect(sizes[0]).toBeGreaterThan(before);
    expect(isDurable).toBe(false);
    resolve();
    await durable;
    await late.sync();
    expect(opened.mock.calls).toEqual([[`${path}-wal`]]);
    late.close();
  });

  it('is store_io where the disk refuses the sync, and is carried over to the database by another way', async () => {
    const { late } = watched(() => Promise.reject(new Error('EIO')));
    late.unsynced(insert);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    const error = await late.sync().catch((caught: unknown) => caught);
    expect(findGatewayError(error)).toMatchObject({ code: 'store_io', facts: { retryable: true } });
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(rows()).toBe(1);
    late.close();
  });

  it('syncs the log there is, where somebody had SQLite begin another', async () => {
    const { late, opened } = watched();
    late.unsynced(insert);
    await late.sync();
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL');
    late.unsynced(insert);
    await late.sync();
    expect(opened).toHaveBeenCalledTimes(2);
    expect(rows()).toBe(2);
    late.close();
  });

  it('of a database in memory has no log', async () => {
    const late = new LateSync(new DatabaseSync(':memory:'), () => Promise.reject(new Error('it was opened')));
    await expect(late.sync()).resolves.toBeUndefined();
  });
});
