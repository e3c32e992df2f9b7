/** A disk that fails under a running gateway: its system calls are made to, below Node and SQLite. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveStrace, Strace } from '../../support/strace.ts';
import { until } from '../../support/waiting.ts';
import { FaultBench } from '../bench.ts';

/** What is done to a file that is written to. */
const WRITING = 'pwrite64,write,writev,pwritev,fdatasync,fsync,ftruncate';

describe.skipIf(!haveStrace)('a disk that fails', () => {
  let bench: FaultBench;

  beforeAll(async () => {
    bench = await FaultBench.start();
    await bench.expectEachTold(3);
  });
  afterAll(() => bench.dispose());

  /** The segment that is written to. */
  function segment(): string {
    const spool = join(bench.dataDir, 'spool');
    const name = readdirSync(spool).findLast((file) => file.endsWith('.spool'));
    return join(spool, name ?? '');
  }

  it.each([
    ['sync', 'fdatasync:error=EIO'],
    ['write', 'pwrite64:error=EIO'],
  ])('at a %s: nothing of the group is acknowledged, and the file is never written or synced again', async (_what, inject) => {
    const path = segment();
    const failures = bench.gateway.logged('spool_io').length;
    const strace = await Strace.attach(bench.gateway.pid, { trace: WRITING, inject: [inject], path });
    await until('the disk refused', () => bench.gateway.logged('spool_io').length > failures, 60_000);
    await bench.readiness(200);
    // The injection still stands: whatever were done to this file would be seen, and fail.
    await bench.expectEachTold(3);
    const calls = await strace.detach();
    const failed = calls.findIndex((line) => line.includes('(INJECTED)'));
    expect(failed).toBeGreaterThanOrEqual(0);
    // What is not durable may be cut off.
    const after = calls.slice(failed + 1).filter((line) => line.includes(path) && !line.includes('ftruncate'));
    expect(after).toEqual([]);
    expect(segment()).not.toBe(path);
    expect(bench.gateway.logged('spool_io').at(-1)).toMatch(/records are not durable and not acknowledged: .*EIO/);
  });

  it('as a whole, under spool and registry: all waits, with the reason, and goes on once it does not', async () => {
    const inject = ['fdatasync,fsync,pwrite64:error=EIO'];
    const strace = await Strace.attach(bench.gateway.pid, { trace: WRITING, inject });
    expect(await bench.readiness(503)).toMatch(/spool: the spool accepts nothing: the disk refuses: .*EIO/);
    await bench.expectNothingTold(1_000);
    await strace.detach();
    await bench.readiness(200);
    await bench.expectEachTold(3);
  });

  it('by being slow: acknowledgements are late, and that is all', async () => {
    const strace = await Strace.attach(bench.gateway.pid, {
      trace: 'fdatasync',
      inject: ['fdatasync:delay_enter=150000'],
    });
    const failures = bench.gateway.logged('spool_io').length;
    await bench.expectEachTold(3);
    await pause(100);
    const calls = await strace.detach();
    expect(calls.filter((line) => line.includes('DELAYED')).length).toBeGreaterThan(3);
    expect(bench.gateway.logged('spool_io')).toHaveLength(failures);
  });

  it('at the end of it all has lost nothing that was acknowledged, and has nothing twice', async () => {
    await bench.expectAllKept();
  });
});
