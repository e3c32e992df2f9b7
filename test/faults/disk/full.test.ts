/** A disk that is full, as a real small file system: under the spool while ClickHouse is away, and under everything. */
import { afterEach, describe, expect, it } from 'vitest';
import { canMount, SmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/waiting.ts';
import { FaultBench } from '../bench.ts';
import { RelayedClickHouse } from '../relayed-clickhouse.ts';

const MIB = 2 ** 20;
const NOTHING_KEPT = ['spool.retentionMs=0', 'spool.retentionBytes=0'];

let bench: FaultBench | null = null;
let disk: SmallDisk | null = null;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  await bench?.dispose();
  bench = null;
  for (const end of ends.splice(0)) await end();
  disk?.remove();
  disk = null;
});

describe.skipIf(!canMount)('a disk that is full', () => {
  it('while ClickHouse is away, and over a restart: nothing more is acknowledged, all is stored, and it goes on by itself', async () => {
    disk = SmallDisk.mount(2 * MIB);
    const clickhouse = await RelayedClickHouse.start();
    ends.push(() => clickhouse.remove());
    await clickhouse.relay.shut();
    const settings = [...clickhouse.settings, `spool.dir=${disk.path}`, ...NOTHING_KEPT];
    bench = await FaultBench.start({ settings, recordsPerFrame: 20, pauseMs: 0 });
    expect(await bench.readiness(503)).toMatch(/spool: the spool accepts nothing: the disk refuses: .*ENOSPC/);
    expect(bench.gateway.logged('spool_io').join('\n')).toMatch(/records are not durable and not acknowledged.*ENOSPC/);
    // Another program takes what is left: not a byte for a checkpoint but what is kept aside for one.
    disk.fill();
    await bench.expectNothingTold();

    await bench.restart();
    expect(await bench.readiness(503)).toMatch(/the disk is full: .*ENOSPC/);
    await bench.expectNothingTold();
    await clickhouse.relay.reopen();
    expect(await bench.readiness(200)).toBe('');
    await bench.expectEachTold(2);
    await bench.expectAllKept(clickhouse.ask, 1_000);
  });

  it('under spool and registry alike: all waits, and goes on when another program has made room', async () => {
    disk = SmallDisk.mount(16 * MIB);
    const settings = [`spool.dir=${disk.path}/spool`, `store.path=${disk.path}/registry.sqlite`];
    bench = await FaultBench.start({ settings });
    await bench.expectEachTold(3);
    const makeRoom = disk.fill();
    await bench.readiness(503);
    await bench.expectNothingTold();
    makeRoom();
    await bench.readiness(200);
    await bench.expectEachTold(3);
    const { gateway } = bench;
    await until('the registry was missed', () => gateway.logged('spool_io').length > 0);
    await bench.expectAllKept();
  });
});
