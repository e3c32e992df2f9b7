/** Redis that is slow, does not answer, and comes back empty, under a gateway whose registry is in it. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../../../src/store/redis/server-fixture.ts';
import { sumOf } from '../../support/metrics.ts';
import { RoughLink } from '../../support/rough-link.ts';
import { until } from '../../support/waiting.ts';
import { FaultBench } from '../bench.ts';
import type { ReferenceTracker } from '../client/tracker.ts';

const WITHIN_MS = 60_000;
/** An engine starts in a second, and on a machine that has much else to do in a minute. */
const START_MS = 120_000;
const STORED = { column: 'stored' };

describe('a Redis', () => {
  let redis: RedisServer;
  let link: RoughLink;
  let bench: FaultBench;

  beforeAll(async () => {
    redis = await RedisServer.start();
    link = await RoughLink.to(redis.port);
    const url = `store.url=redis://127.0.0.1:${link.port}`;
    const settings = ['store.kind=redis', url, 'store.timeoutMs=5000', 'store.retryMaxMs=200'];
    bench = await FaultBench.start({ settings, trackers: { teltonika: 2, udp: 2, mqtt: 1, http: 1 }, pauseMs: 30 });
    // The book is given nothing before ClickHouse is there.
    await until('something is stored', async () => sumOf(await bench.gateway.metrics(), 'frames_total', STORED) > 0, START_MS);
    await bench.expectEachTold(3);
  }, 2 * START_MS);
  afterAll(async () => {
    await bench.dispose();
    await link.close();
    await redis.dispose();
  });

  const metric = async (name: string): Promise<number | undefined> => (await bench.gateway.metrics()).get(`odograph_${name}`);
  const isUp = async (): Promise<boolean> => (await metric('store_up')) === 1;
  const unreachable = (): number => bench.gateway.logged('store_unreachable').length;
  /** All but who pushes: the endpoint is in Redis, and is asked for with every push. */
  const others = (): ReferenceTracker[] => bench.fleet.trackers.filter(({ carrier }) => carrier.transport !== 'http');

  /** Waits until it answers and has all that it was not told meanwhile. */
  async function isCaughtUp(): Promise<void> {
    await until('it answers', isUp, WITHIN_MS);
    await until('it has been told all', async () => (await metric('store_uncommitted')) === 0, WITHIN_MS);
    await bench.expectEachTold(3);
  }

  it('that takes seconds to answer: nobody is kept waiting but who pushes, and it is not given up', async () => {
    const before = unreachable();
    for (let i = 0; i < 2; i++) {
      redis.hold();
      const told = bench.expectEachTold(2, others());
      await pause(1_200);
      await told;
      redis.goOn();
      await pause(50);
    }
    await isCaughtUp();
    expect(unreachable()).toBe(before);
  });

  it('that never answers: devices do not notice, pushes are to come again, it is told, and it is told all when it answers', async () => {
    const before = unreachable();
    link.mood = 'dead';
    await until('it is missed', async () => !(await isUp()), WITHIN_MS);
    await bench.expectEachTold(4, others());
    expect(unreachable()).toBeGreaterThan(before);
    await until('frames wait for it', async () => ((await metric('store_uncommitted')) ?? 0) > 0, WITHIN_MS);
    expect((await fetch(bench.doors.pushUrl, { method: 'POST', body: '{}' })).status).toBe(503);
    // What listens goes on, so it is ready.
    expect(await bench.gateway.readiness()).toEqual({ status: 200, reasons: [] });
    link.mood = 'smooth';
    await isCaughtUp();
  });

  it('that does not answer at the start: the gateway starts, acknowledges, and knows all when it answers', async () => {
    await bench.gateway.kill();
    link.mood = 'dead';
    await bench.begin();
    await bench.expectEachTold(4, others());
    expect(await isUp()).toBe(false);
    expect(unreachable()).toBeGreaterThan(0);
    link.mood = 'smooth';
    await isCaughtUp();
  });

  it('costs nothing that was acknowledged', async () => {
    await bench.expectAllKept();
  });
});

/** That the gateway gets over it is seen by `test/flow/redis.test.ts` too; here it is judged. */
describe.runIf(process.env['FAULTS'] === 'long')('a Redis that comes back empty', () => {
  it('is told of, and frames go on; what was acknowledged is kept', async () => {
    const redis = await RedisServer.start();
    const settings = ['store.kind=redis', `store.url=${redis.url}`, 'store.timeoutMs=2000', 'store.retryMaxMs=200'];
    let bench: FaultBench | null = null;
    try {
      bench = await FaultBench.start({ settings, trackers: { teltonika: 1, udp: 1, mqtt: 1 }, pauseMs: 30 });
      const { gateway } = bench;
      await bench.expectEachTold(3);
      // Long enough for the book to have committed: there is something to lose.
      const isStored = async (): Promise<boolean> => sumOf(await gateway.metrics(), 'frames_total', STORED) > 0;
      await until('something is stored', isStored, START_MS);
      await bench.expectEachTold(20);
      await redis.kill();
      redis.forget();
      await redis.start();
      await bench.expectEachTold(4);
      await until('it is told of', () => gateway.logged('store_lost').length > 0, WITHIN_MS);
      await bench.expectAllKept(undefined, 20);
    } finally {
      await bench?.dispose();
      await redis.dispose();
    }
  });
});
