import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultyDisk } from './faulty-disk.ts';
import { openSpool, type Spool, type SpoolOptions } from './spool.ts';
import { append, range, readNumbers, untilAccepting } from './spool-fixture.ts';

let directory: string;
let disk: FaultyDisk;
let faults: string[];
let spool: Spool;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-reader-'));
  disk = new FaultyDisk();
  faults = [];
});

afterEach(async () => {
  await spool.close();
  rmSync(directory, { recursive: true });
});

async function start(options: Partial<SpoolOptions> = {}): Promise<void> {
  spool = await openSpool({
    directory,
    budgetBytes: 1e9,
    retention: { ageMs: 0, bytes: 0 },
    now: Date.now,
    onFault: (code) => faults.push(code),
    disk,
    retryMs: { first: 1, last: 4 },
    ...options,
  });
}

const appendAll = (numbers: readonly number[]) => Promise.all(numbers.map((n) => append(spool, n)));

describe('a reader', () => {
  it('that keeps up reads from memory only, and leaves nothing behind there', async () => {
    await start();
    const reader = spool.reader(1);
    disk.failReads('EIO');
    for (const n of range(1, 30)) {
      await append(spool, n);
      expect(await readNumbers(reader, 1)).toEqual([n]);
    }
    expect(faults).toEqual([]);
    await append(spool, 31);
    await append(spool, 32);
    expect(await readNumbers(reader, 2)).toEqual([31, 32]);
    expect(spool.stats().tailBytes).toBe(0);
  });

  it('goes from disk to memory and back to disk without losing or repeating a record', async () => {
    await start({ tailBytes: 2_000, segmentBytes: 3_000 });
    const reader = spool.reader(1);
    const read: number[] = [];
    for (let n = 1; n <= 400; n++) {
      await append(spool, n);
      // Falls behind for long stretches, beyond the memory and over several segments, and catches up again.
      if (n % 97 === 0 || n % 5 === 0)
        read.push(...(await readNumbers(reader, Math.min(n % 97 === 0 ? 1_000 : 2, n - read.length))));
    }
    read.push(...(await readNumbers(reader, 400 - read.length)));
    expect(read).toEqual(range(1, 400));
    expect(spool.stats().segments).toBeGreaterThan(5);
  });

  it('waits for the next commit', async () => {
    await start();
    const next = spool.reader(1).next(10);
    await append(spool, 1);
    expect(await next).toHaveLength(1);
  });

  it('sees nothing that is not durable', async () => {
    await start();
    const reader = spool.reader(1);
    disk.holdSyncs();
    const durable = append(spool, 1);
    const order: string[] = [];
    void durable.then(() => order.push('receipt'));
    const read = reader.next(1).then(() => order.push('read'));
    await new Promise<void>((resolve) => void setTimeout(resolve, 20));
    expect(order).toEqual([]);
    disk.releaseSyncs();
    await read;
    expect(order).toEqual(['receipt', 'read']);
  });

  it('passes over records whose commit failed', async () => {
    await start({ tailBytes: 0 });
    await appendAll(range(1, 5));
    disk.failNextSync();
    await appendAll([6, 7]);
    await untilAccepting(spool);
    await appendAll([8, 9]);
    expect(await readNumbers(spool.reader(1), 7)).toEqual([1, 2, 3, 4, 5, 8, 9]);
  });

  it('begins at the record it is given, wherever that is', async () => {
    await start({ tailBytes: 0, segmentBytes: 2_000 });
    await appendAll(range(1, 10));
    await appendAll(range(11, 30));
    await appendAll(range(31, 60));
    for (const from of [1, 2, 10, 11, 30, 31, 59, 60]) {
      const reader = spool.reader(from);
      expect(await readNumbers(reader, 61 - from)).toEqual(range(from, 60));
      reader.close();
    }
  });

  it('reads records longer than its piece of the disk', async () => {
    await start({ tailBytes: 0 });
    await append(spool, 1, 700_000);
    await append(spool, 2, 10);
    await append(spool, 3, 300_000);
    expect(await readNumbers(spool.reader(1), 3)).toEqual([1, 2, 3]);
  });

  it('tries again when the disk refuses a read', async () => {
    await start({ tailBytes: 0 });
    await append(spool, 1);
    disk.failReads('EIO');
    const next = spool.reader(1).next(1);
    while (faults.length === 0) await new Promise<void>((resolve) => void setTimeout(resolve, 1));
    expect(faults).toEqual(['spool_io']);
    disk.failReads(null);
    expect(await next).toHaveLength(1);
  });

  it('ends when it is closed, whether it waits or not', async () => {
    await start();
    const reader = spool.reader(1);
    const next = reader.next(1);
    reader.close();
    expect(await next).toBeNull();
    expect(await reader.next(1)).toBeNull();
  });
});
