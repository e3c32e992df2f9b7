import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { errnoError, FaultyDisk } from './faulty-disk.ts';
import { Reserve } from './reserve.ts';
import { openSpool, type Spool } from './spool.ts';
import { append, range, readNumbers, untilAccepting } from './spool-fixture.ts';

let directory: string;
let disk: FaultyDisk;
let faults: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-reserve-'));
  disk = new FaultyDisk();
  faults = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(): Promise<Spool> {
  return openSpool({
    directory,
    budgetBytes: 1e9,
    retention: { ageMs: 1e9, bytes: 1e9 },
    now: Date.now,
    onFault: (code) => faults.push(code),
    disk,
    retryMs: { first: 5, last: 20 },
  });
}

describe('the reserve', () => {
  it('lends its room to work that finds none, once, and is kept again afterwards', async () => {
    const reserve = await Reserve.find(disk, directory);
    await reserve.keep();
    const file = join(directory, 'reserve');
    const seen: boolean[] = [];
    await reserve.lend(async () => {
      seen.push(existsSync(file));
      if (seen.length === 1) throw errnoError('ENOSPC');
    });
    expect(seen).toEqual([true, false]);
    expect(statSync(file).size).toBe(65_536);
  });

  it('is left alone by work that fails for another reason', async () => {
    const reserve = await Reserve.find(disk, directory);
    await reserve.keep();
    let tries = 0;
    const work = async (): Promise<void> => {
      tries++;
      throw errnoError('EIO');
    };
    await expect(reserve.lend(work)).rejects.toThrow('EIO');
    expect(tries).toBe(1);
  });

  it('that an earlier life kept is found', async () => {
    await (await Reserve.find(disk, directory)).keep();
    const found = await Reserve.find(disk, directory);
    const seen: string[] = [];
    await found.lend(async () => {
      seen.push('tried');
      if (seen.length === 1) throw errnoError('EDQUOT');
    });
    expect(seen).toHaveLength(2);
  });
});

describe('a start on a full disk', () => {
  it('gives out what is there, accepts nothing and says why, and accepts when there is room, with numbers of its own', async () => {
    const before = await open();
    for (const n of [1, 2, 3]) await append(before, n);
    await before.close();
    disk.failWrites('ENOSPC');
    const spool = await open();
    expect(spool.accepting).toBe(false);
    expect(spool.refusal).toMatch(/the disk is full.*ENOSPC/);
    expect(faults).toContain('spool_io');
    const reader = spool.reader(1);
    expect(await readNumbers(reader, 3)).toEqual([1, 2, 3]);
    expect(await append(spool, 4)).toBe(false);
    disk.failWrites(null);
    await untilAccepting(spool);
    expect(spool.refusal).toBeNull();
    for (const n of [5, 6]) expect(await append(spool, n)).toBe(true);
    expect(await readNumbers(reader, 2)).toEqual([5, 6]);
    await spool.close();
    const after = await open();
    expect(await readNumbers(after.reader(1), 5)).toEqual([1, 2, 3, 5, 6]);
    await after.close();
  });

  it('is still refused where the disk fails for another reason', async () => {
    disk.failWrites('EIO');
    expect(findGatewayError(await open().catch((cause: unknown) => cause))?.code).toBe('spool_io');
  });
});

it('a full disk takes room from what is kept for replay before it keeps anybody waiting', async () => {
  const first = await open();
  for (const n of range(1, 3)) await append(first, n);
  await first.writeCheckpoint({ seq: 3, ledger: null });
  await first.close();
  const spool = await open();
  await append(spool, 4);
  expect(spool.stats().segments).toBe(2);
  disk.failWrites('ENOSPC');
  expect(await append(spool, 5)).toBe(false);
  while (spool.stats().segments > 1) await new Promise((resolve) => void setTimeout(resolve, 5));
  disk.failWrites(null);
  await untilAccepting(spool);
  // Record 4 is not stored: it stays whatever the disk says.
  expect(await readNumbers(spool.reader(1), 1)).toEqual([4]);
  await spool.close();
});
