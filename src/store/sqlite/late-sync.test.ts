import { fdatasyncSync, fstatSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
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

const rows = (file = path) => {
  const reader = new DatabaseSync(file);
  const { rows: count } = reader.prepare('SELECT count(*) AS rows FROM seen').get() as { rows: number };
  reader.close();
  return count;
};
const insert = () => db.exec('INSERT INTO seen VALUES (1)');

/** A late sync of the real log, which tells what is opened and synced. */
function watched(datasync: (log: number) => void = fdatasyncSync) {
  const opened = vi.fn<(path: string) => number>((log) => openSync(log, 'r'));
  const synced = vi.fn<(log: number) => void>(datasync);
  return { late: new LateSync(db, opened, synced), opened, synced };
}

describe('A commit that is synced late', () => {
  it('is not synced by SQLite, and what others commit is', () => {
    const other = new DatabaseSync(path);
    watched();
    const [mine, theirs] = [db, other].map((each) => each.prepare('PRAGMA synchronous').get()?.['synchronous']);
    other.close();
    expect([mine, theirs]).toEqual([1, 2]);
  });

  it('is durable when the log that has it was synced', () => {
    const sizes: number[] = [];
    const { late, opened } = watched((log) => {
      sizes.push(fstatSync(log).size);
      fdatasyncSync(log);
    });
    const before = statSync(`${path}-wal`).size;
    insert();
    expect(sizes).toEqual([]);
    late.sync();
    expect(sizes[0]).toBeGreaterThan(before);
    late.sync();
    expect(opened.mock.calls).toEqual([[`${path}-wal`]]);
    late.close();
  });

  it('is store_io where the disk refuses the sync, and is carried over to the database by another way', () => {
    const { late } = watched(() => {
      throw new Error('EIO');
    });
    insert();
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    const error = caught(() => late.sync());
    expect(findGatewayError(error)).toMatchObject({ code: 'store_io', facts: { retryable: true } });
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(rows()).toBe(1);
    late.close();
  });

  it('syncs the log there is, where somebody had SQLite begin another', () => {
    const { late, opened, synced } = watched();
    insert();
    late.sync();
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL');
    insert();
    late.sync();
    expect(opened).toHaveBeenCalledTimes(2);
    expect(synced).toHaveBeenCalledTimes(2);
    expect(rows()).toBe(2);
    late.close();
  });

  it('of a database in memory has no log', () => {
    const late = new LateSync(new DatabaseSync(':memory:'), () => {
      throw new Error('it was opened');
    });
    expect(() => late.sync()).not.toThrow();
  });
});

function caught(work: () => void): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
}
