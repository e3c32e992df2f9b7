import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answer, T0, WebhookBench } from '../../test/support/webhook-bench.ts';
import { until } from '../../test/support/waiting.ts';
import { SealedBox } from '../secrets/sealed-box.ts';
import { deliveriesOf } from './backlog.ts';
import type { Delivery } from './delivery.ts';
import type { WebhookDispatcher } from './dispatcher.ts';
import { LANES, type Lane } from './lanes.ts';
import type { PostResult } from './outcome.ts';
import { Slots } from './slots.ts';

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

function lane(id: string): Lane {
  return bench.store.documents.document<Lane>(LANES, id)?.body as Lane;
}

describe('an endpoint', () => {
  test('that answers 410 is disabled, and what waits for it has failed', async () => {
    const { id } = await endpoint();
    bench.receivers.set(URL, () => answer(410));
    await bench.tracker('t1', MOVES);
    const gateway = bench.gateway();
    await bench.settle(gateway);
    expect(bench.posts).toHaveLength(1);
    expect(await bench.desk.get('acme', id)).toMatchObject({
      disabled: { at: bench.now, reason: 'the receiver answered 410 Gone' },
    });
    expect((await deliveries(id)).map(({ status, outcome }) => [status, outcome])).toEqual([
      ['failed', 'the webhook is disabled: the receiver answered 410 Gone'],
      ['failed', 'the webhook is disabled: the receiver answered 410 Gone'],
      ['failed', 'answered 410 Gone'],
    ]);
    expect(bench.disabled).toEqual(['the receiver answered 410 Gone']);
  });

  test('none of whose tries succeeds for days is disabled with the reason; what comes then has failed already, and can be replayed', async () => {
    const { id } = await endpoint();
    bench.receivers.set(URL, () => ({ ms: 15_000, status: null, code: 'webhook_timeout', detail: 'no answer within 15 s' }));
    const gateway = bench.gateway();
    await bench.tracker('t1', MOVES);
    for (const end = T0 + 6 * DAY; bench.now < end; bench.now += HOUR) await bench.settle(gateway);
    const { disabled } = await bench.desk.get('acme', id);
    expect(disabled?.reason).toBe('no try has succeeded since 2026-01-05T08:00:02.000Z; the last: no answer within 15 s');
    const posts = bench.posts.length;
    await bench.tracker('t2');
    await bench.settle(gateway);
    expect(bench.posts).toHaveLength(posts);
    expect(await deliveries(id)).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ status: 'failed' })));

    bench.receivers.clear();
    await expect(bench.log.replayFailed('acme', id, T0)).rejects.toThrow('[webhook_disabled]');
    await bench.desk.enable('acme', id);
    expect(await bench.log.replayFailed('acme', id, T0)).toEqual({ deliveries: 4, more: false });
    await bench.settle(gateway);
    expect(
      bench
        .told()
        .slice(posts)
        .filter((told) => told.startsWith('t1')),
    ).toEqual(['t1: pending', 't1: pending_validation', 't1: pending_for_data']);
    expect(await deliveries(id)).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ status: 'delivered' })));
  });

  test('that fails is tried by one delivery at a time, and by all when it is back', async () => {
    const { id } = await endpoint();
    let flying = 0;
    let most = 0;
    let status = 500;
    bench.receivers.set(URL, async () => {
      most = Math.max(most, ++flying);
      await new Promise((resolve) => setTimeout(resolve, 5));
      flying--;
      return answer(status);
    });
    const gateway = bench.gateway();
    for (let n = 0; n < 12; n++) await bench.tracker(`t${n}`);
    await bench.settle(gateway);
    expect(most).toBe(4);
    // Those that were under way together failed together, and count once.
    expect(lane(id)).toMatchObject({ failures: 1, failingSince: T0, restsUntil: T0 + 5_000 });
    most = 0;
    for (let turns = 0; turns < 3; turns++) {
      bench.now += 61_000;
      await bench.settle(gateway);
    }
    expect(most).toBe(1);
    expect(lane(id)).toMatchObject({ failures: 4, failingSince: T0 });
    status = 204;
    bench.now += HOUR;
    await bench.settle(gateway);
    expect(most).toBe(4);
    expect(bench.outcomes).toHaveLength(12);
    expect(lane(id)).toMatchObject({ failures: 0, failingSince: null, holder: null });
  });

  test('that hangs harms no other', async () => {
    const hanging = Promise.withResolvers<PostResult>();
    const gateway = bench.gateway('a', { slots: new Slots(3) });
    for (let n = 0; n < 3; n++) {
      await bench.desk.create('acme', { url: `https://hangs.example.com/${n}` });
      bench.receivers.set(`https://hangs.example.com/${n}`, () => hanging.promise);
    }
    await endpoint('https://good.example.com/', 'good');
    // They failed before: so they are not trusted with more than half of the slots.
    for (const { id } of await bench.desk.list('acme')) {
      bench.store.documents.insert(LANES, {
        id,
        companyId: 'acme',
        uniqueKey: null,
        dueAt: T0,
        body: { holder: null, heldUntil: 0, calls: 0, failures: 3, failingSince: T0, restsUntil: 0 },
      });
    }
    for (let n = 0; n < 5; n++) await bench.tracker(`h${n}`);
    for (let n = 0; n < 5; n++) await bench.tracker(`g${n}`, MOVES, { companyId: 'good' });
    await gateway.look();
    await until('the other endpoint has all of its own', () => bench.told('https://good.example.com/').length === 15);
    expect(bench.posts.filter(({ url }) => url.startsWith('https://hangs'))).toHaveLength(1);
    hanging.resolve(answer(204));
    await bench.settle(gateway);
    expect(bench.told()).toHaveLength(30);
  });

  test('that is disabled, or moves, while a delivery waits for its slot gets it not, or where it is then', async () => {
    const hanging = Promise.withResolvers<PostResult>();
    const urls = ['hangs', 'stops', 'moves'].map((name) => `https://${name}.example.com/`);
    const [hangs = '', stops = '', moves = ''] = urls;
    bench.receivers.set(hangs, () => hanging.promise);
    await endpoint(hangs);
    await bench.tracker('t1');
    const gateway = bench.gateway('a', { slots: new Slots(1) });
    await gateway.look();
    await until('it hangs', () => bench.posts.length === 1);
    const ids = [(await endpoint(stops)).id, (await endpoint(moves)).id];
    await bench.tracker('t2');
    await gateway.look();
    await until('the others wait for the slot', () => ids.every((id) => lane(id).holder === 'a'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await bench.desk.disable('acme', ids[0] ?? '', 'moving house');
    await bench.desk.update('acme', ids[1] ?? '', { url: 'https://moved.example.com/' });
    hanging.resolve(answer(204));
    await bench.settle(gateway);
    expect(bench.posts.map(({ url }) => url).sort()).toEqual([hangs, hangs, 'https://moved.example.com/']);
    expect((await deliveries(ids[0] ?? ''))[0]).toMatchObject({ status: 'failed', attempts: [] });
  });

  test('that is deleted takes its deliveries with it, those under way too', async () => {
    const { id } = await endpoint();
    const hanging = Promise.withResolvers<PostResult>();
    bench.receivers.set(URL, () => hanging.promise);
    await bench.tracker('t1', MOVES);
    const gateway = bench.gateway();
    await gateway.look();
    await until('it hangs', () => bench.posts.length === 1);
    await bench.desk.remove('acme', id);
    await gateway.idle();
    await bench.settle(gateway);
    const { documents } = bench.store;
    for (const collection of [deliveriesOf(id), `webhook_queues:${id}`]) {
      expect(documents.documents(collection, { companyId: 'acme', most: 9 })).toEqual([]);
    }
    expect(documents.document(LANES, id)).toBeNull();
    await expect(bench.desk.get('acme', id)).rejects.toThrow('[webhook_unknown]');
  });

  test('whose secret cannot be opened gets nothing, since nothing goes unsigned', async () => {
    const { id } = await endpoint();
    await bench.tracker('t1');
    await bench.settle(bench.gateway('a', { secrets: new SealedBox([new Uint8Array(32).fill(9)]) }));
    expect(bench.posts).toEqual([]);
    const [delivery] = await deliveries(id);
    expect(delivery).toMatchObject({ status: 'pending', tries: 1 });
    expect(delivery?.attempts[0]).toMatchObject({ code: 'secrets_unreadable', httpStatus: null });
    bench.now += 5_000;
    await bench.settle(bench.gateway('a'));
    expect(bench.posts).toHaveLength(1);
  });
});

describe('two gateways on one store', () => {
  test('send each delivery once, and in order', async () => {
    await expectEachOnceInOrder([bench.gateway('a'), bench.gateway('b')]);
  });

  test('send each delivery once, and in order, over a store that takes its time', async () => {
    const gateways = ['a', 'b', 'c'].map((name) => {
      const documents = takingTime(bench.store.documents);
      return bench.gateway(name, { documents, source: takingTime(bench.store) });
    });
    await expectEachOnceInOrder(gateways);
  });

  test('do not wait for one that died longer than its lease; one that starts again goes on at once', async () => {
    await endpoint();
    bench.receivers.set(URL, () => new Promise(() => undefined));
    await bench.tracker('t1');
    const dead = bench.gateway('a');
    await dead.look();
    await until('it has sent', () => bench.posts.length === 1);
    bench.receivers.clear();

    const other = bench.gateway('b');
    bench.now += 29_000;
    await bench.settle(other);
    expect(bench.posts).toHaveLength(1);
    const again = bench.gateway('a');
    await bench.settle(again);
    expect(bench.posts).toHaveLength(2);
    expect(new Set(bench.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);

    bench.receivers.set(URL, () => new Promise(() => undefined));
    await bench.tracker('t2');
    const second = bench.gateway('c');
    await second.look();
    await until('it has sent', () => bench.posts.length === 3);
    bench.receivers.clear();
    bench.now += 30_000;
    await bench.settle(other);
    expect(bench.told().slice(2)).toEqual(['t2: pending', 't2: pending']);
    await dead.stop();
    await second.stop();
  });
});

/** The same methods, whose answers come after a moment, as over a network. */
function takingTime<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

/** Has trackers move while gateways look all the time. */
async function expectEachOnceInOrder(gateways: readonly WebhookDispatcher[]): Promise<void> {
  const urls = [0, 1, 2].map((n) => `https://hooks.example.com/${n}`);
  for (const url of urls) await bench.desk.create('acme', { url });
  const working = { all: true };
  const looking = gateways.map(async (gateway) => {
    while (working.all) {
      await gateway.look();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await gateway.idle();
  });
  for (let n = 0; n < 10; n++) {
    await bench.tracker(`t${n}`, MOVES);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await until('all is told', () => bench.posts.length >= 90);
  working.all = false;
  await Promise.all(looking);
  for (const gateway of gateways) await bench.settle(gateway);
  for (const url of urls) {
    const told = bench.told(url);
    expect(told).toHaveLength(30);
    for (let t = 0; t < 10; t++) {
      expect(told.filter((each) => each.startsWith(`t${t}: `))).toEqual([
        `t${t}: pending`,
        `t${t}: pending_validation`,
        `t${t}: pending_for_data`,
      ]);
    }
  }
}
