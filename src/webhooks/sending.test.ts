import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answer, T0, WebhookBench } from '../../test/support/webhook-bench.ts';
import { until } from '../../test/support/waiting.ts';
import type { Delivery } from './delivery.ts';
import type { PostResult } from './outcome.ts';
import { verifySignature } from './signature.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const URL = 'https://hooks.example.com/';
const MOVES = ['validate', 'validated'] as const;

let bench: WebhookBench;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odograph-webhooks-'));
  bench = new WebhookBench(join(folder, 'registry.sqlite'));
});
afterEach(() => {
  bench.close();
  rmSync(folder, { recursive: true, force: true });
});

async function endpoint(url = URL, companyId = 'acme') {
  const made = await bench.desk.create(companyId, { url });
  return { ...made, id: made.endpoint.id };
}

async function deliveries(id: string): Promise<readonly Delivery[]> {
  return (await bench.log.list('acme', id, { most: 100 })).deliveries;
}

describe('a transition', () => {
  test('leaves its notice with the write that makes it, and none where it is refused', async () => {
    const before = await bench.tracker('t1');
    const numbers = () => bench.store.notices(9).map(({ transition }) => transition.number);
    expect(numbers()).toEqual([1]);
    bench.move(before, 'validate');
    expect(numbers()).toEqual([1, 2]);
    // Another process is as fast: its move is from a tracker that is no more.
    expect(() => bench.move(before, 'validate')).toThrow('somebody else has moved it');
    expect(numbers()).toEqual([1, 2]);
  });

  test('is posted to each endpoint of its company that wants it, signed, with tracker and transition', async () => {
    const { id, secret } = await endpoint();
    await endpoint('https://other.example.com/', 'other');
    await bench.desk.create('acme', { url: 'https://connected.example.com/', filter: { statuses: ['connected'] } });
    await bench.tracker('t1', MOVES);
    const gateway = bench.gateway();
    await bench.settle(gateway);
    expect(bench.told()).toEqual(['t1: pending', 't1: pending_validation', 't1: pending_for_data']);
    const [first] = bench.posts;
    expect(JSON.parse(first?.body ?? '')).toEqual({
      type: 'tracker.registered',
      timestamp: '2026-01-05T08:00:00.000Z',
      data: {
        tracker: expect.objectContaining({ oid: 't1', provider: 'targa', validation_status: 'pending' }),
        transition: expect.objectContaining({ id: 't1-1', from: null, to: 'pending', cause: 'registered' }),
      },
    });
    const { 'webhook-id': webhookId, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = first?.headers ?? {};
    expect(webhookId).toBe(`t1-1_${id}`);
    const window = { now: bench.now, toleranceMs: 1_000 };
    const verdict = verifySignature({ id: webhookId, timestamp, signature }, first?.body ?? '', [secret], window);
    expect(verdict).toMatchObject({ valid: true });
    expect(bench.store.notices(9)).toEqual([]);
    expect(bench.outcomes).toEqual(['delivered', 'delivered', 'delivered']);
  });

  test('becomes one delivery, however often and by however many gateways it is announced', async () => {
    const { id } = await endpoint();
    await bench.tracker('t1', MOVES);
    const [a, b] = [bench.gateway('a'), bench.gateway('b')];
    const notices = bench.store.notices(9);
    await Promise.all([a.look(), b.look()]);
    await Promise.all([a.idle(), b.idle()]);
    // A gateway that died before it forgot the notices finds them again.
    const again = bench.gateway('c', { source: { notices: (most) => notices.slice(0, most), settleNotices: () => undefined } });
    await again.look();
    await again.idle();
    expect(bench.told()).toEqual(['t1: pending', 't1: pending_validation', 't1: pending_for_data']);
    expect((await deliveries(id)).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
  });

  test('without an endpoint is forgotten', async () => {
    await bench.tracker('t1', MOVES);
    await bench.settle(bench.gateway());
    expect(bench.store.notices(9)).toEqual([]);
    await endpoint();
    await bench.settle(bench.gateway());
    expect(bench.posts).toEqual([]);
  });

  test('whose tracker has endless metadata is told without them', async () => {
    await endpoint();
    await bench.tracker('t1', [], { objectId: { note: 'ü'.repeat(12_000) } });
    await bench.settle(bench.gateway());
    const body = bench.posts[0]?.body ?? '';
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    expect(JSON.parse(body)).toMatchObject({ data: { tracker: { oid: 't1', object_id: {}, object_id_omitted: true } } });
  });
});

describe('order', () => {
  test('is kept for each tracker: nothing overtakes a delivery that waits for its next try, and other trackers go on', async () => {
    await endpoint();
    bench.receivers.set(URL, ({ body }) => answer(body.includes('"id":"t1-1"') && bench.now < T0 + 60_000 ? 500 : 204));
    await bench.tracker('t1', MOVES);
    await bench.tracker('t2', MOVES);
    const gateway = bench.gateway();
    await bench.settle(gateway);
    expect(bench.told().filter((told) => told.startsWith('t1'))).toEqual(['t1: pending']);
    bench.now = T0 + 90_000;
    await bench.settle(gateway);
    const told = bench.told();
    expect(told.filter((each) => each.startsWith('t1'))).toEqual([
      't1: pending',
      't1: pending',
      't1: pending_validation',
      't1: pending_for_data',
    ]);
    expect(told.filter((each) => each.startsWith('t2'))).toEqual([
      't2: pending',
      't2: pending_validation',
      't2: pending_for_data',
    ]);
  });

  test('goes on behind a delivery that is given up', async () => {
    const { id } = await endpoint();
    bench.receivers.set(URL, ({ body }) => answer(body.includes('"id":"t1-1"') ? 422 : 204));
    await bench.tracker('t1', MOVES);
    const gateway = bench.gateway();
    for (const end = T0 + 3 * DAY; bench.now < end; bench.now += HOUR) await bench.settle(gateway);
    expect(bench.told().slice(-2)).toEqual(['t1: pending_validation', 't1: pending_for_data']);
    const [, , first] = await deliveries(id);
    expect(first).toMatchObject({ webhookId: `t1-1_${id}`, status: 'failed', nextTryAt: null });
    expect(first?.outcome).toMatch(/^given up after \d+ tries; the last: answered 422$/);
    expect(first?.tries).toBeGreaterThan(10);
    expect((await bench.desk.get('acme', id)).disabled).toBeNull();
  });
});

describe('a delivery that fails', () => {
  test('is tried again with the same id and body, a new time and signature, until it is delivered', async () => {
    const { id, secret } = await endpoint();
    bench.receivers.set(URL, () => answer(bench.posts.length < 3 ? 500 : 200));
    await bench.tracker('t1');
    const gateway = bench.gateway();
    for (const ms of [0, 5_000, 20_000]) {
      bench.now += ms;
      await bench.settle(gateway);
    }
    expect(new Set(bench.posts.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`t1-1_${id}`]));
    expect(new Set(bench.posts.map(({ body }) => body)).size).toBe(1);
    expect(bench.posts.map(({ headers }) => Number(headers['webhook-timestamp']) - T0 / 1_000)).toEqual([0, 5, 25]);
    for (const { headers, body } of bench.posts) {
      const signed = {
        id: headers['webhook-id'],
        timestamp: headers['webhook-timestamp'],
        signature: headers['webhook-signature'],
      };
      expect(verifySignature(signed, body, [secret], { now: bench.now, toleranceMs: 60_000 }).valid).toBe(true);
    }
    const [delivery] = await deliveries(id);
    expect(delivery).toMatchObject({ status: 'delivered', outcome: 'answered 200', tries: 3, settledAt: T0 + 25_000 });
    expect(delivery?.attempts).toEqual([
      { at: T0, durationMs: 3, httpStatus: 500, code: 'webhook_answer', detail: 'answered 500', response: 'answer 500' },
      expect.objectContaining({ at: T0 + 5_000, httpStatus: 500 }),
      expect.objectContaining({ at: T0 + 25_000, httpStatus: 200, code: null }),
    ]);
    expect(bench.tries).toEqual(['webhook_answer', 'webhook_answer', 'none']);
  });

  test('waits as long as the receiver asks, and so does all else for that receiver', async () => {
    await endpoint();
    bench.receivers.set(URL, () => answer(bench.posts.length === 1 ? 429 : 204, '600'));
    await bench.tracker('t1');
    const gateway = bench.gateway();
    await bench.settle(gateway);
    await bench.tracker('t2');
    bench.now = T0 + 599_000;
    await bench.settle(gateway);
    expect(bench.posts).toHaveLength(1);
    bench.now = T0 + 600_000;
    await bench.settle(gateway);
    expect(bench.told().slice(1).sort()).toEqual(['t1: pending', 't2: pending']);
  });

  test('keeps a log of bounded length', async () => {
    const { id } = await endpoint();
    bench.receivers.set(URL, () => answer(500));
    const gateway = bench.gateway('a', {
      rules: { firstMs: 1_000, longestMs: 1_000, giveUpMs: DAY, disableAfterMs: 9 * DAY, keepMs: DAY, triesPerEndpoint: 4 },
    });
    await bench.tracker('t1');
    for (let tries = 0; tries < 30; tries++) {
      await bench.settle(gateway);
      bench.now += 2_000;
    }
    const [delivery] = await deliveries(id);
    expect(delivery?.tries).toBe(30);
    expect(delivery?.attempts).toHaveLength(20);
    expect(delivery?.attempts.at(-1)?.at).toBe(T0 + 58_000);
  });
});

test('a gateway that stops lets tries end, sends nothing more, and leaves the rest to whoever is next', async () => {
  await endpoint();
  const slow = Promise.withResolvers<PostResult>();
  bench.receivers.set(URL, () => slow.promise);
  await bench.tracker('t1', MOVES);
  const gateway = bench.gateway();
  gateway.start();
  await until('it has sent', () => bench.posts.length === 1);
  const stopped = gateway.stop();
  slow.resolve(answer(204));
  await stopped;
  expect(bench.outcomes).toEqual(['delivered']);
  bench.receivers.clear();
  await bench.settle(bench.gateway('b'));
  expect(bench.told()).toEqual(['t1: pending', 't1: pending_validation', 't1: pending_for_data']);
});

test('the age of the oldest event that is neither delivered nor given up is known', async () => {
  await endpoint();
  bench.receivers.set(URL, () => answer(500));
  const gateway = bench.gateway();
  await bench.settle(gateway);
  expect(gateway.lagMs).toBe(0);
  await bench.tracker('t1', MOVES);
  bench.now = T0 + HOUR;
  await bench.settle(gateway);
  bench.now = T0 + 2 * HOUR;
  await bench.settle(gateway);
  expect(gateway.lagMs).toBe(HOUR);
  bench.receivers.clear();
  bench.now = T0 + 12 * HOUR;
  await bench.settle(gateway);
  await bench.settle(gateway);
  bench.now += 10_000;
  await bench.settle(gateway);
  expect(gateway.lagMs).toBe(0);
});

test('deliveries are forgotten when they were kept long enough', async () => {
  const { id } = await endpoint();
  const gateway = bench.gateway();
  await bench.tracker('t1', MOVES);
  await bench.settle(gateway);
  bench.now += 30 * DAY - 1;
  await bench.settle(gateway);
  expect(await deliveries(id)).toHaveLength(3);
  bench.now += 1;
  await bench.settle(gateway);
  expect(await deliveries(id)).toEqual([]);
});
