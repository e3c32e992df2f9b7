import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeDisk } from './disk.ts';
import { errnoError } from './faulty-disk.ts';
import { SpoolHistory } from './history.ts';
import { append, frameOf, range } from './spool-fixture.ts';
import { openSpool, type Spool } from './spool.ts';

let directory = '';
let spool: Spool;

const open = (changes: Partial<Parameters<typeof openSpool>[0]> = {}) =>
  openSpool({
    directory,
    budgetBytes: 1e9,
    segmentBytes: 2_000,
    retention: { ageMs: 0, bytes: 1e9 },
    now: Date.now,
    onFault: () => undefined,
    ...changes,
  });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-history-'));
  spool = await open();
});
afterEach(async () => {
  await spool.close();
  rmSync(directory, { recursive: true });
});

async function fill(from: number, through: number): Promise<void> {
  for (const n of range(from, through)) await append(spool, n);
}

async function numbers(history: SpoolHistory): Promise<number[]> {
  const found: number[] = [];
  for await (const { entry } of history.records()) found.push(frameOf(entry.record));
  await history.close();
  return found;
}

const segments = () =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.spool'))
    .sort()
    .map((name) => join(directory, name));

describe('the history of a spool', () => {
  it('is read while a gateway holds the lock and writes, without disturbing it', async () => {
    await fill(1, 60);
    const history = await SpoolHistory.open(directory);
    expect([history.spoolId, history.firstSeq]).toEqual([spool.id, 1]);
    expect(history.segments).toBeGreaterThan(3);
    const before = segments().map((path) => readFileSync(path));
    expect(await numbers(history)).toEqual(range(1, 60));
    expect(segments().map((path) => readFileSync(path))).toEqual(before);
    await fill(61, 70);
    expect(await numbers(await SpoolHistory.open(directory))).toEqual(range(1, 70));
  });

  it('has the records that are stored already, for as long as their segments are kept', async () => {
    await fill(1, 60);
    await spool.writeCheckpoint({ seq: 60, ledger: null });
    expect(await numbers(await SpoolHistory.open(directory))).toEqual(range(1, 60));
  });

  it('keeps the segments it was opened with, though the gateway deletes them meanwhile', async () => {
    await spool.close();
    spool = await open({ retention: { ageMs: -1, bytes: 0 } });
    await fill(1, 60);
    const history = await SpoolHistory.open(directory);
    await spool.writeCheckpoint({ seq: 60, ledger: null });
    expect(segments().length).toBeLessThan(history.segments);
    expect(await numbers(history)).toEqual(range(1, 60));
    const later = await SpoolHistory.open(directory);
    expect(later.firstSeq).toBeGreaterThan(1);
    await later.close();
  });

  it('leaves out what is just being written, and says of what is corrupt', async () => {
    await fill(1, 60);
    const paths = segments();
    const [first = ''] = paths;
    const last = paths.at(-1) as string;
    truncateSync(last, readFileSync(last).length - 5);
    const bytes = readFileSync(first);
    bytes[200] = (bytes[200] as number) ^ 1;
    writeFileSync(first, bytes);
    const history = await SpoolHistory.open(directory);
    const found = await numbers(history);
    expect(found.length).toBe(58);
    expect(found).not.toContain(60);
    expect(history.report).toEqual({ corruptRanges: 1, unreadable: 0 });
  });

  it('leaves segments of another spool alone', async () => {
    await fill(1, 5);
    const elsewhere = mkdtempSync(join(tmpdir(), 'odograph-history-'));
    const other = await open({ directory: elsewhere });
    await append(other, 99);
    await other.close();
    const foreign = readdirSync(elsewhere).find((name) => name.endsWith('.spool')) as string;
    copyFileSync(join(elsewhere, foreign), join(directory, '00000000000000000000.spool'));
    expect(await numbers(await SpoolHistory.open(directory))).toEqual(range(1, 5));
    rmSync(elsewhere, { recursive: true });
  });

  it('of no directory is empty', async () => {
    const history = await SpoolHistory.open(join(directory, 'nowhere'));
    expect([history.spoolId, history.firstSeq, await numbers(history)]).toEqual([null, null, []]);
  });

  it('that may not be read says so', async () => {
    const disk = { ...nodeDisk, list: () => Promise.reject(errnoError('EACCES')) };
    await expect(SpoolHistory.open(directory, disk)).rejects.toThrow(/EACCES.*spool_io/);
  });
});
