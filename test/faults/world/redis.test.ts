/** Redis that is slow, does not answer, and comes back empty, under a gateway whose registry is in it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../../../src/store/redis/server-fixture.ts';
import { RoughLink } from '../../support/rough-link.ts';
import { until } from '../../support/waiting.ts';
import { FaultBench } from '../bench.ts';

describe('a Redis', () => {
  let redis: RedisServer;
  let link: RoughLink;
  let bench: FaultBench;

  beforeAll(async () => {
    redis = await RedisServer.start();
    link = await RoughLink.to(redis.port);
    const store = [
      'store.kind=redis',
      `store.url=redis://127.0.0.1:${link.port}`,
      'store.timeoutMs=1000',
      'store.retryMaxMs=200',
    ];
    bench = await FaultBench.start({ settings: store, trackers: { teltonika: 2, udp: 2, mqtt: 1, http: 1 } });
    await bench.expectEachTold(3);
  });
  afterAll(async () => {
    await bench.dispose();
    await link.close();
    await redis.dispose();
  });

  const isUp = async (): Promise<boolean> => (await bench.gateway.metrics()).get('odograph_store_up') === 1;

  it('that is slow: devices do not notice', async () => {
    link.mood = 'late';
    await bench.expectEachTold(4);
    link.mood = 'smooth';
  });

  it('that does not answer: devices do not notice, it is told, and what they said is applied when it answers', async () => {
    const before = bench.gateway.logged('store_unreachable').length;
    link.mood = 'dead';
    await until('it is missed', async () => !(await isUp()), 60_000);
    await bench.expectEachTold(4);
    expect(bench.gateway.logged('store_unreachable').length).toBeGreaterThan(before);
    link.mood = 'smooth';
    // What was swallowed never comes: as after a cut, both ends begin anew.
    link.abandon();
    await until('it answers', isUp, 60_000);
  });

  it('that comes back empty: it is told, and frames go on', async () => {
    await redis.kill();
    redis.forget();
    await redis.start();
    await bench.expectEachTold(4);
    await until('it is told', () => bench.gateway.logged('store_lost').length > 0, 60_000);
  });

  it('costs nothing that was acknowledged', async () => {
    await bench.expectAllKept();
  });
});
