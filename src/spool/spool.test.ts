import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '#errors/codes';
import { findGatewayError } from '#errors/gateway-error';
import { errnoError, FaultyDisk } from './faulty-disk.ts';
import { openSpool, type Spool, type SpoolOptions } from './spool.ts';
import { append, makeRecord, range, readNumbers, untilAccepting } from './spool-fixture.ts';

let directory: string;
let disk: FaultyDisk;
let faults: ErrorCode[];
let open: Spool[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-spool-'));
  disk = new FaultyDisk();
  faults = [];
  open = [];
});

afterEach(async () => {
  disk.releaseSyncs();
  disk.failWrites(null);
  await Promise.all(open.map((spool) => spool.close()));
  rmSync(directory, { recursive: true });
});

async function start(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await openSpool({
    directory,
    budgetBytes: 1e9,
    retention: { ageMs: 0, bytes: 0 },
    now: Date.now,
    onFault: (code) => faults.push(code),
    disk,
    retryMs: { first: 1, last: 4 },
    ...options,
  });
  open.push(spool);
  return spool;
}

/** Lets everything happen that can happen without the disk. */
const turns = () => new Promise<void>((resolve) => void setTimeout(resolve, 20));

describe('receipts', () => {
  it('come after the sync, in the order of the appends, and cover everything that arrived before it', async () => {
    const spool = await start();
    const order: number[] = [];
    disk.holdSyncs();
    for (const n of range(1, 100)) spool.append(makeRecord(n), () => order.push(n));
    await turns();
    expect(order).toEqual([]);
    const last = append(spool, 101);
    disk.releaseSyncs();
    await last;
    expect(order).toEqual(range(1, 100));
  });

  it('share one sync when their records arrive while another runs', async () => {
    const spool = await start();
    const syncsBefore = disk.synced.length;
    disk.holdSyncs();
    const first = append(spool, 1);
    await turns();
    const others = range(2, 500).map((n) => append(spool, n));
    await turns();
    disk.releaseSyncs();
    await Promise.all([first, ...others]);
    expect(disk.synced.length - syncsBefore).toBe(2);
    expect(spool.stats()).toMatchObject({ commits: 2, committedRecords: 500, committedSeq: 500, pendingBytes: 0 });
  });

  it('are never given for a sync that failed, and the records behind it are lost with it', async () => {
    const spool = await start();
    expect(await append(spool, 1)).toBe(true);
    disk.holdSyncs();
    const failing = append(spool, 2);
    await turns();
    const behind = append(spool, 3);
    disk.failNextSync();
    disk.releaseSyncs();
    expect(await failing).toBe(false);
    expect(await behind).toBe(false);
    expect(faults).toContain('spool_io');
  });

  it('are not given while the disk refuses, and are again once it does not', async () => {
    const spool = await start();
    const turnsOfAccepting: boolean[] = [];
    spool.onAccepting((accepting) => turnsOfAccepting.push(accepting));
    disk.failWrites('ENOSPC');
    expect(await append(spool, 1)).toBe(false);
    expect(spool.accepting).toBe(false);
    expect(await append(spool, 2)).toBe(false);
    await turns();
    disk.failWrites(null);
    await untilAccepting(spool);
    expect(await append(spool, 3)).toBe(true);
    expect(turnsOfAccepting).toEqual([false, true]);
    expect(await readNumbers(spool.reader(1), 1)).toEqual([3]);
  });

  it('never come from a segment again whose sync has failed: it is neither written nor synced any more', async () => {
    const spool = await start();
    expect(await append(spool, 1)).toBe(true);
    disk.failNextSync();
    expect(await append(spool, 2)).toBe(false);
    const failed = disk.synced.at(-1);
    const before = disk.synced.length;
    await untilAccepting(spool);
    expect(await append(spool, 3)).toBe(true);
    expect(disk.synced.length).toBeGreaterThan(before);
    expect(disk.synced.slice(before)).not.toContain(failed);
  });

  it('go on when a callback throws', async () => {
    const spool = await start();
    spool.append(makeRecord(1), () => {
      throw new Error('no');
    });
    expect(await append(spool, 2)).toBe(true);
    expect(faults).toEqual(['bug_invariant']);
  });
});

describe('a spool opened again', () => {
  it('has its id and every record that was acknowledged, and numbers go on above', async () => {
    const first = await start();
    await Promise.all(range(1, 50).map((n) => append(first, n)));
    await first.close();
    const second = await start();
    expect(second.id).toBe(first.id);
    expect(second.id).toMatch(/^[0-9a-f]{16}$/);
    expect(second.recovered).toMatchObject({ backlogRecords: 50, cutBytes: 0, corruptRanges: 0, missingSegments: 0 });
    await append(second, 51);
    expect(await readNumbers(second.reader(1), 51)).toEqual(range(1, 51));
    expect(second.committedSeq).toBe(51);
  });

  it('does not use the number of a lost record for another', async () => {
    const spool = await start();
    await append(spool, 1);
    disk.failNextSync(errnoError('EIO'));
    expect(await append(spool, 2)).toBe(false);
    await untilAccepting(spool);
    await append(spool, 3);
    const reader = spool.reader(1);
    const seqs = [...((await reader.next(1)) ?? []), ...((await reader.next(1)) ?? [])].map(({ seq }) => seq);
    expect(seqs[0]).toBe(1);
    expect(seqs[1]).toBeGreaterThan(2);
  });

  it('does not bring back what was lost, where the disk let it be cut off', async () => {
    const first = await start();
    await append(first, 1);
    disk.failNextSync();
    expect(await append(first, 2)).toBe(false);
    await untilAccepting(first);
    await append(first, 3);
    await first.close();
    const second = await start();
    expect(await readNumbers(second.reader(1), 2)).toEqual([1, 3]);
  });

  it('cannot be opened by a second one at the same time', async () => {
    await start();
    const error = await start().catch((cause: unknown) => cause);
    expect(findGatewayError(error)?.code).toBe('spool_locked');
  });
});

describe('closing', () => {
  it('commits what was appended, ends the readers, and lets the directory go', async () => {
    const spool = await start();
    const durable = range(1, 20).map((n) => append(spool, n));
    const waiting = spool.reader(21).next(1);
    await spool.close();
    expect(await Promise.all(durable)).toEqual(range(1, 20).map(() => true));
    expect(await waiting).toBeNull();
    expect(spool.accepting).toBe(false);
    expect(await append(spool, 21)).toBe(false);
    expect(await spool.reader(1).next(1)).toBeNull();
    const again = await start();
    expect(await readNumbers(again.reader(1), 20)).toEqual(range(1, 20));
  });

  it('does not wait for a disk that refuses', async () => {
    const spool = await start({ retryMs: { first: 60_000, last: 60_000 } });
    disk.failNextSync();
    expect(await append(spool, 1)).toBe(false);
    await spool.close();
    expect(spool.stats()).toMatchObject({ failedCommits: 1, committedRecords: 0 });
  });
});

describe('the numbers of a spool', () => {
  it('count each commit once, and tell its time', async () => {
    const told: number[] = [];
    let seconds = 0;
    const spool = await start({
      onCommit: (took, records) => {
        told.push(records);
        seconds += took;
      },
    });
    await append(spool, 1);
    await Promise.all([append(spool, 2), append(spool, 3)]);
    const { commits, committedRecords, commitSeconds, backlogRecords, oldestReceivedAt } = spool.stats();
    expect({ commits, committedRecords, backlogRecords }).toEqual({ commits: 2, committedRecords: 3, backlogRecords: 3 });
    expect(told).toEqual([1, 2]);
    expect(commitSeconds).toBeGreaterThan(0);
    expect(commitSeconds).toBe(seconds);
    expect(oldestReceivedAt).toBe(makeRecord(1).receivedAt);
  });
});
