import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answer, T0, WebhookBench } from '../../test/support/webhook-bench.ts';
import { deliveriesOf, queuesOf } from './backlog.ts';
import { revived, type Delivery } from './delivery.ts';
import type { Document } from '../store/document-store.ts';
import { isSecret, verifySignature } from './signature.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const URL = 'https://hooks.example.com/';

let bench: WebhookBench;
beforeEach(() => {
  bench = new WebhookBench();
});
afterEach(() => bench.close());

describe('an endpoint', () => {
  test('is made with a secret that is shown once, and that the store keeps sealed', async () => {
    const filter = { statuses: ['connected'] } as const;
    const { endpoint, secret } = await bench.desk.create('acme', { url: URL, description: 'ours', filter });
    expect(isSecret(secret)).toBe(true);
    expect(endpoint).toEqual({
      id: expect.stringMatching(/^wh_[0-9a-f]{20}$/),
      companyId: 'acme',
      url: URL,
      description: 'ours',
      filter: { types: [], statuses: ['connected'], providers: [] },
      createdAt: T0,
      updatedAt: T0,
      disabled: null,
      oldSecretUntil: null,
    });
    expect(await bench.desk.list('acme')).toEqual([endpoint]);
    expect(await bench.desk.get('acme', endpoint.id)).toEqual(endpoint);
    expect(JSON.stringify(bench.store.documents.document('webhooks', endpoint.id))).not.toContain(secret.slice(6));
  });

  test('is refused with everything that is wrong with it, and beyond the number a company may have', async () => {
    const wrong = bench.desk.create('acme', { url: 'ftp://x', filter: { statuses: ['online' as 'connected'] } });
    await expect(wrong).rejects.toThrow(/^url: .*; statuses: online is none of .*\[webhook_invalid\]$/);
    for (let n = 0; n < 3; n++) await bench.desk.create('acme', { url: URL });
    await expect(bench.desk.create('acme', { url: URL })).rejects.toThrow(/3 webhooks at most.*\[webhook_limit\]/);
    await bench.desk.create('other', { url: URL });
  });

  test("is its company's alone", async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    await bench.tracker('t1');
    await bench.settle(bench.gateway());
    const { log, desk } = bench;
    const asking: (() => Promise<unknown>)[] = [
      () => desk.get('other', id),
      () => desk.update('other', id, { description: 'mine' }),
      () => desk.remove('other', id),
      () => desk.rotateSecret('other', id),
      () => desk.enable('other', id),
      () => desk.disable('other', id, 'mine'),
      () => log.list('other', id, { most: 9 }),
      () => log.get('other', id, `t1-1_${id}`),
      () => log.replay('other', id, `t1-1_${id}`),
      () => log.replayFailed('other', id, 0),
      () => log.ping('other', id),
    ];
    for (const ask of asking) await expect(ask()).rejects.toThrow(`there is no webhook "${id}" [webhook_unknown]`);
    expect(await desk.list('other')).toEqual([]);
    expect(await desk.get('acme', id)).toEqual(endpoint);
    expect(await log.get('acme', id, `t1-1_${id}`)).toMatchObject({ status: 'delivered', tries: 1 });
  });

  test('can be changed, in what is given', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL, description: 'ours', filter: { providers: ['bmw'] } });
    bench.now += HOUR;
    const changed = await bench.desk.update('acme', endpoint.id, { url: `${URL}2`, filter: { statuses: ['connected'] } });
    expect(changed).toEqual({
      ...endpoint,
      url: `${URL}2`,
      filter: { types: [], statuses: ['connected'], providers: ['bmw'] },
      updatedAt: T0 + HOUR,
    });
    await expect(bench.desk.update('acme', endpoint.id, { url: 'https://10.0.0.1/' })).rejects.toThrow('[webhook_invalid]');
    await expect(bench.desk.update('acme', 'wh_none', {})).rejects.toThrow('[webhook_unknown]');
  });

  test('that is disabled gets nothing; enabled again it gets what comes, and the rest when it is asked for', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    const gateway = bench.gateway();
    bench.receivers.set(URL, () => answer(500));
    await bench.tracker('t1');
    await bench.settle(gateway);
    expect(await bench.desk.disable('acme', id, 'moving house')).toMatchObject({
      disabled: { at: T0, reason: 'moving house' },
    });
    await bench.desk.disable('acme', id, 'again');
    await bench.tracker('t2');
    await bench.settle(gateway);
    expect(bench.posts).toHaveLength(1);
    await expect(bench.log.ping('acme', id)).rejects.toThrow(/moving house; enable it first \[webhook_disabled\]/);
    bench.receivers.clear();
    expect(await bench.desk.enable('acme', id)).toMatchObject({ disabled: null });
    await bench.tracker('t3');
    await bench.settle(gateway);
    expect(bench.told().slice(1)).toEqual(['t3: pending']);
    expect(await bench.log.replayFailed('acme', id, T0)).toEqual({ deliveries: 2, more: false });
    await bench.settle(gateway);
    expect(bench.told().slice(2).sort()).toEqual(['t1: pending', 't2: pending']);
  });
});

const signedWith = (secret: string): boolean => {
  const { headers = {}, body = '' } = bench.posts.at(-1) ?? {};
  const signed = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
  return verifySignature(signed, body, [secret], { now: bench.now, toleranceMs: 1_000 }).valid;
};

describe('a secret', () => {
  test('that is rotated signs together with the new one for a while', async () => {
    const { endpoint, secret: first } = await bench.desk.create('acme', { url: URL });
    const gateway = bench.gateway();
    const { endpoint: rotated, secret: second } = await bench.desk.rotateSecret('acme', endpoint.id);
    expect(rotated.oldSecretUntil).toBe(T0 + DAY);
    await bench.log.ping('acme', endpoint.id);
    await bench.settle(gateway);
    expect([signedWith(first), signedWith(second)]).toEqual([true, true]);
    bench.now += DAY;
    await bench.log.ping('acme', endpoint.id);
    await bench.settle(gateway);
    expect([signedWith(first), signedWith(second)]).toEqual([false, true]);
    expect(await bench.desk.get('acme', endpoint.id)).toMatchObject({ oldSecretUntil: null });
  });

  test('that is rotated again leaves only the one before; with no overlap, none', async () => {
    const { endpoint, secret: first } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    const gateway = bench.gateway();
    const { secret: second } = await bench.desk.rotateSecret('acme', id);
    const { secret: third } = await bench.desk.rotateSecret('acme', id, HOUR);
    await bench.log.ping('acme', id);
    await bench.settle(gateway);
    expect([first, second, third].map(signedWith)).toEqual([false, true, true]);
    const { secret: fourth } = await bench.desk.rotateSecret('acme', id, 0);
    await bench.log.ping('acme', id);
    await bench.settle(gateway);
    expect([third, fourth].map(signedWith)).toEqual([false, true]);
  });
});

/** A tracker with a dozen changes, all at once. */
async function oneInstant() {
  const tracker = await bench.tracker('other', [], { companyId: 'elsewhere' });
  const transitions = Array.from({ length: 12 }, (_, index) => ({
    id: `t1-${index + 1}`,
    trackerOid: 't1',
    number: index + 1,
    from: null,
    to: 'pending' as const,
    trigger: 'register',
    cause: 'because',
    at: T0,
  }));
  return { tracker: { ...tracker, oid: 't1', trackerId: 'T1', companyId: 'acme' }, transitions, outbox: [] };
}

describe('the log', () => {
  const MOVES = ['validate', 'validated'] as const;

  test('lists the newest event first, page by page, and by status', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    await bench.tracker('t1', MOVES);
    bench.now += 1_000;
    await bench.tracker('t2', MOVES);
    await bench.settle(bench.gateway());
    await bench.log.ping('acme', id);
    const events = async (after?: string, most = 3) => {
      const { deliveries, next } = await bench.log.list('acme', id, { after, most });
      return { events: deliveries.map(({ webhookId }) => webhookId.split('_')[0]), next };
    };
    const first = await events();
    expect(first.events).toEqual([expect.stringMatching(/^ping-/), 't2-3', 't2-2']);
    const second = await events(first.next ?? '');
    expect(second.events).toEqual(['t2-1', 't1-3', 't1-2']);
    const third = await events(second.next ?? '');
    expect(third).toEqual({ events: ['t1-1'], next: null });
    const pending = await bench.log.list('acme', id, { status: 'pending', most: 9 });
    expect(pending.deliveries.map(({ eventType }) => eventType)).toEqual(['webhook.ping']);
    expect((await bench.log.list('acme', id, { status: 'failed', most: 9 })).deliveries).toEqual([]);
  });

  test('of events of the same instant has the later one first', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    const { tracker, transitions, outbox } = await oneInstant();
    bench.store.register({ tracker, transitions, outbox });
    await bench.settle(bench.gateway());
    const { deliveries } = await bench.log.list('acme', id, { most: 99 });
    expect(deliveries.map(({ number }) => number)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(bench.posts.map(({ headers }) => headers['webhook-id'])).toEqual(
      deliveries.map(({ webhookId }) => webhookId).toReversed(),
    );
  });

  test('replays one delivery under its id, with its tries counted anew', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    const gateway = bench.gateway();
    await bench.tracker('t1');
    await bench.settle(gateway);
    bench.now += HOUR;
    const again = await bench.log.replay('acme', id, `t1-1_${id}`);
    expect(again).toMatchObject({ status: 'pending', tries: 0, outcome: '', settledAt: null });
    await bench.settle(gateway);
    expect(bench.posts.map(({ headers }) => headers['webhook-id'])).toEqual([`t1-1_${id}`, `t1-1_${id}`]);
    expect(bench.posts[1]?.body).toBe(bench.posts[0]?.body);
    const delivery = await bench.log.get('acme', id, `t1-1_${id}`);
    expect(delivery).toMatchObject({ status: 'delivered', tries: 1, settledAt: T0 + HOUR });
    expect(delivery.attempts.map(({ at }) => at)).toEqual([T0, T0 + HOUR]);
    await expect(bench.log.replay('acme', id, 't9-1_x')).rejects.toThrow(/has no delivery "t9-1_x" \[webhook_unknown\]/);
  });

  test('replays one that waits for its next try at once, whatever the receiver asked for', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    const gateway = bench.gateway();
    bench.receivers.set(URL, () => answer(503, '3600'));
    await bench.tracker('t1', MOVES);
    await bench.settle(gateway);
    bench.receivers.clear();
    await bench.log.replay('acme', id, `t1-1_${id}`);
    await bench.settle(gateway);
    expect(bench.told()).toEqual(['t1: pending', 't1: pending', 't1: pending_validation', 't1: pending_for_data']);
  });

  test('replays what failed since a time, and nothing before it nor what was delivered', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    const gateway = bench.gateway();
    await bench.desk.disable('acme', id, 'test');
    await bench.tracker('early');
    bench.now = T0 + HOUR;
    for (let n = 0; n < 250; n++) await bench.tracker(`t${n}`);
    await bench.settle(gateway);
    await bench.desk.enable('acme', id);
    await bench.tracker('good');
    await bench.settle(gateway);
    expect(await bench.log.replayFailed('acme', id, T0 + HOUR)).toEqual({ deliveries: 250, more: false });
    await bench.settle(gateway);
    expect(bench.posts).toHaveLength(251);
    expect(bench.told()).not.toContain('early: pending');
    expect(await bench.log.replayFailed('acme', id, T0 + HOUR)).toEqual({ deliveries: 0, more: false });
  });

  test('of a gateway that died between a replay and its queue is mended by the next turn', async () => {
    const { endpoint } = await bench.desk.create('acme', { url: URL });
    const { id } = endpoint;
    const gateway = bench.gateway();
    await bench.tracker('t1');
    await bench.settle(gateway);
    const { documents } = bench.store;
    const stored = documents.documentByKey<Delivery>(deliveriesOf(id), `t1-1_${id}`) as Document<Delivery>;
    documents.replace(deliveriesOf(id), revived(stored, bench.now));
    await bench.log.ping('acme', id);
    await bench.settle(gateway);
    expect(bench.told()).toEqual(['t1: pending', 'webhook.ping', 't1: pending']);
    expect(documents.due(queuesOf(id), Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
  });
});

test('a ping is sent once: it shows how the endpoint answers, and is not tried again', async () => {
  const { endpoint } = await bench.desk.create('acme', { url: URL, filter: { statuses: ['connected'] } });
  const { id } = endpoint;
  bench.receivers.set(URL, () => answer(500));
  const gateway = bench.gateway();
  const ping = await bench.log.ping('acme', id);
  expect(ping).toMatchObject({ eventType: 'webhook.ping', status: 'pending', once: true });
  await bench.settle(gateway);
  expect(JSON.parse(bench.posts[0]?.body ?? '')).toEqual({
    type: 'webhook.ping',
    timestamp: '2026-01-05T08:00:00.000Z',
    data: { webhook: { id } },
  });
  expect(await bench.log.get('acme', id, ping.webhookId)).toMatchObject({
    status: 'failed',
    outcome: 'answered 500',
    tries: 1,
  });
  bench.now += DAY;
  await bench.settle(gateway);
  expect(bench.posts).toHaveLength(1);
  expect(await bench.log.replayFailed('acme', id, T0)).toEqual({ deliveries: 0, more: false });
});
