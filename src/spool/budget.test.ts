import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { FaultyDisk } from './faulty-disk.ts';
import { openSpool, type Spool, type SpoolOptions } from './spool.ts';
import { append, range, readNumbers } from './spool-fixture.ts';

let directory: string;
let disk: FaultyDisk;
let faults: string[];
let now: number;
let spool: Spool;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-budget-'));
  disk = new FaultyDisk();
  faults = [];
  now = 1_000;
});

afterEach(async () => {
  disk.releaseSyncs();
  await spool.close();
  rmSync(directory, { recursive: true });
});

async function start(options: Partial<SpoolOptions> = {}): Promise<void> {
  spool = await openSpool({
    directory,
    segmentBytes: 1_000,
    budgetBytes: 1e9,
    retention: { ageMs: 0, bytes: 0 },
    now: () => now,
    onFault: (code) => faults.push(code),
    disk,
    ...options,
  });
}

async function appendEach(numbers: readonly number[]): Promise<void> {
  for (const n of numbers) await append(spool, n);
}

const segmentsOnDisk = () => readdirSync(directory).filter((name) => name.endsWith('.spool')).length;

describe('the budget', () => {
  it('stops the reading of sockets when it is used up, and lets them be read when the checkpoint moves', async () => {
    await start({ budgetBytes: 20_000 });
    const turns: boolean[] = [];
    spool.onAccepting((accepting) => turns.push(accepting));
    let n = 0;
    while (spool.accepting) await append(spool, ++n);
    expect(faults).toEqual(['spool_full']);
    expect(spool.stats().backlogBytes).toBeGreaterThanOrEqual(20_000);
    expect(spool.stats().backlogBytes).toBeLessThan(21_000);
    await spool.writeCheckpoint({ seq: 1, ledger: null });
    expect(spool.accepting).toBe(false);
    await spool.writeCheckpoint({ seq: n >> 1, ledger: null });
    expect(spool.accepting).toBe(true);
    expect(turns).toEqual([false, true]);
    expect(await readNumbers(spool.reader((n >> 1) + 1), n - (n >> 1))).toEqual(range((n >> 1) + 1, n));
  });

  it('counts what waits for its sync', async () => {
    await start({ budgetBytes: 20_000 });
    disk.holdSyncs();
    const durable: Promise<boolean>[] = [];
    while (spool.accepting && durable.length < 1_000) durable.push(append(spool, durable.length));
    expect(faults).toEqual(['spool_full']);
    expect(spool.stats().pendingBytes).toBeLessThan(21_000);
    disk.releaseSyncs();
    await Promise.all(durable);
    expect(spool.accepting).toBe(false);
    await spool.writeCheckpoint({ seq: durable.length, ledger: null });
    expect(spool.accepting).toBe(true);
  });

  it('holds after a restart', async () => {
    await start({ budgetBytes: 5_000 });
    let n = 0;
    while (spool.accepting) await append(spool, ++n);
    await spool.close();
    await start({ budgetBytes: 5_000 });
    expect(spool.accepting).toBe(false);
    await spool.writeCheckpoint({ seq: n, ledger: null });
    expect(spool.accepting).toBe(true);
  });

  it('makes room by what is kept for replay before it refuses anything', async () => {
    await start({ budgetBytes: 10_000, retention: { ageMs: 1e9, bytes: 1e9 } });
    await appendEach(range(1, 30));
    await spool.writeCheckpoint({ seq: 30, ledger: null });
    const kept = spool.stats().totalBytes;
    expect(kept).toBeGreaterThan(5_000);
    await appendEach(range(31, 75));
    expect(spool.accepting).toBe(true);
    expect(faults).toEqual([]);
    // One segment more may be on its way out.
    expect(spool.stats().totalBytes).toBeLessThanOrEqual(11_500);
    await spool.writeCheckpoint({ seq: 31, ledger: null });
    expect(spool.stats().totalBytes).toBeLessThanOrEqual(10_000);
    expect(await readNumbers(spool.reader(32), 44)).toEqual(range(32, 75));
  });

  it('bounds what waits in memory for a sync', async () => {
    await start({ maxPendingBytes: 10_000 });
    disk.holdSyncs();
    const durable: Promise<boolean>[] = [];
    while (spool.accepting) durable.push(append(spool, durable.length));
    expect(spool.stats().pendingBytes).toBeLessThan(11_000);
    disk.releaseSyncs();
    expect(new Set(await Promise.all(durable))).toEqual(new Set([true]));
    expect(spool.accepting).toBe(true);
  });
});

describe('retention', () => {
  it('deletes stored segments only when they are old and more than the bytes to keep', async () => {
    await start({ retention: { ageMs: 5_000, bytes: 3_000 } });
    await appendEach(range(1, 30));
    const before = segmentsOnDisk();
    await spool.writeCheckpoint({ seq: 30, ledger: null });
    expect(segmentsOnDisk()).toBe(before);
    now += 6_000;
    await spool.writeCheckpoint({ seq: 30, ledger: null });
    expect(segmentsOnDisk()).toBeLessThan(before);
    expect(spool.stats().totalBytes).toBeGreaterThan(2_000);
    expect(spool.stats().totalBytes).toBeLessThan(5_000);
  });

  it('deletes no segment with a record behind the checkpoint', async () => {
    await start();
    await appendEach(range(1, 30));
    now += 1e9;
    await spool.writeCheckpoint({ seq: 17, ledger: null });
    expect(await readNumbers(spool.reader(18), 13)).toEqual(range(18, 30));
    const [first] = (await spool.reader(1).next(1)) ?? [];
    expect(first?.seq).toBeGreaterThan(1);
    expect(first?.seq).toBeLessThanOrEqual(18);
  });
});

describe('a checkpoint', () => {
  it('is there after a restart, with its ledger', async () => {
    await start();
    await appendEach([1, 2, 3]);
    await spool.writeCheckpoint({ seq: 2, ledger: { stored: 2, byListener: { canbus: [1, 2] } } });
    await spool.close();
    await start();
    expect(spool.readCheckpoint()).toEqual({ seq: 2, ledger: { stored: 2, byListener: { canbus: [1, 2] } } });
    expect(spool.recovered.backlogRecords).toBe(1);
  });

  it('never goes back, and never ahead of what is durable', async () => {
    await start();
    await appendEach([1, 2, 3]);
    await spool.writeCheckpoint({ seq: 2, ledger: null });
    for (const seq of [1, 4]) {
      const error = await spool.writeCheckpoint({ seq, ledger: null }).catch((cause: unknown) => cause);
      expect(findGatewayError(error)?.code).toBe('bug_invariant');
    }
    expect(spool.readCheckpoint()?.seq).toBe(2);
  });

  it('that cannot be written leaves the one before, and can be tried again', async () => {
    await start();
    await appendEach([1, 2, 3]);
    await spool.writeCheckpoint({ seq: 1, ledger: null });
    disk.failWrites('ENOSPC');
    const error = await spool.writeCheckpoint({ seq: 2, ledger: null }).catch((cause: unknown) => cause);
    expect(findGatewayError(error)?.code).toBe('spool_io');
    expect(spool.readCheckpoint()?.seq).toBe(1);
    disk.failWrites(null);
    await spool.close();
    await start();
    expect(spool.readCheckpoint()?.seq).toBe(1);
    await spool.writeCheckpoint({ seq: 3, ledger: null });
    expect(spool.readCheckpoint()?.seq).toBe(3);
  });

  it('writes that overlap take effect in their order', async () => {
    await start();
    await appendEach(range(1, 9));
    await Promise.all(range(1, 9).map((seq) => spool.writeCheckpoint({ seq, ledger: { seq } })));
    await spool.close();
    await start();
    expect(spool.readCheckpoint()).toEqual({ seq: 9, ledger: { seq: 9 } });
  });
});
