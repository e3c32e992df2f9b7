import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { noChanges } from '../samples.ts';
import { commitRows, type CommitRows } from './commit.ts';
import { CommitThread } from './commit-thread.ts';

let folder: string;
let path: string;
let thread: CommitThread;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odograph-commit-thread-'));
  path = join(folder, 'registry.sqlite');
  thread = new CommitThread(path);
});
afterEach(() => {
  thread.close();
  rmSync(folder, { recursive: true, force: true });
});

const through = (seq: number): CommitRows => commitRows({ ...noChanges(), spoolId: 'a', applied: { seq, after: seq - 1 } });
const applied = (): unknown => {
  const reader = new DatabaseSync(path, { readOnly: true });
  const row = reader.prepare('SELECT seq FROM applied').get();
  reader.close();
  return row?.['seq'];
};

describe('The thread that writes commits', () => {
  it('writes them in the order in which they were given', async () => {
    const results = await Promise.all([through(1), through(2), through(3)].map((rows) => thread.commit(rows)));
    expect(results).toEqual([{ outcome: 'committed' }, { outcome: 'committed' }, { outcome: 'committed' }]);
    expect(applied()).toBe(3);
    expect(await thread.commit(through(3))).toEqual({ outcome: 'displaced' });
  });

  it('keeps names between commits, and answers each with its own', async () => {
    const answers = await Promise.all([thread.commit(through(1)), thread.keep(['b', 'a'], 7), thread.commit(through(2))]);
    expect(answers).toEqual([{ outcome: 'committed' }, undefined, { outcome: 'committed' }]);
    const reader = new DatabaseSync(path, { readOnly: true });
    const rows = reader.prepare('SELECT name, kept_until FROM names').all();
    reader.close();
    expect(rows.map(({ name, kept_until: until }) => [name, until])).toEqual([
      ['a', 7],
      ['b', 7],
    ]);
  });

  it('has written all that it was given, and left nothing beside the file, when it is closed', async () => {
    const result = thread.commit(through(1));
    thread.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(applied()).toBe(1);
    await expect(result).resolves.toEqual({ outcome: 'committed' });
  });

  it('says store_io where the file refuses, and writes the next commit when it does no more', async () => {
    rmSync(folder, { recursive: true });
    const taken = new DatabaseSync(':memory:');
    taken.exec(`VACUUM INTO '${folder}'`);
    taken.close();
    const refused = await thread.commit(through(1)).catch((error: unknown) => error);
    expect(findGatewayError(refused)).toMatchObject({ code: 'store_io', facts: { retryable: true } });
    rmSync(folder);
    await expect(thread.commit(through(1))).resolves.toEqual({ outcome: 'committed' });
  });

  it('that is gone in the middle of a commit leaves it in doubt, and another writes the next one', async () => {
    const senseless = { ...through(1), trips: null } as unknown as CommitRows;
    const lost = thread.commit({ ...senseless, trips: { numbers: { buffer: new ArrayBuffer(0) } } } as unknown as CommitRows);
    const behind = thread.commit(through(1));
    for (const each of [lost, behind]) {
      const error = await each.catch((caught: unknown) => caught);
      expect(findGatewayError(error)).toMatchObject({ code: 'store_io', facts: { retryable: true } });
    }
    await expect(thread.commit(through(1))).resolves.toEqual({ outcome: 'committed' });
  });
});
