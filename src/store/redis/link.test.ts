import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { aTracker, registered } from '../samples.ts';
import { RedisLink, type RedisSettings } from './link.ts';
import { SCRIPTS } from './scripts.ts';
import { RedisServer } from './server-fixture.ts';
import { RedisStore } from './store.ts';

let server: RedisServer;
let store: RedisStore;
beforeEach(async () => {
  server = await RedisServer.start();
  store = open();
});
afterEach(async () => {
  store.close();
  await server.dispose();
});

function open(fields: Partial<RedisSettings> = {}): RedisStore {
  return new RedisStore(server.settings('link', { timeoutMs: 500, ...fields }));
}

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  const caught = await call.catch((error: unknown) => error);
  return findGatewayError(caught)?.code ?? `no error: ${JSON.stringify(caught)}`;
};

describe('a server', () => {
  test('that has forgotten the scripts is given them again', async () => {
    await store.register(registered(aTracker('a')));
    const link = new RedisLink(server.settings('link'));
    await link.ask((client) => client.script('FLUSH'));
    link.close();
    await store.register(registered(aTracker('b')));
    expect((await store.trackers({ most: 9 })).map(({ oid }) => oid)).toEqual(['a', 'b']);
  });

  test('that is killed is store_unreachable at once, and found again when it is back, with what it was told', async () => {
    await store.register(registered(aTracker('a')));
    await server.kill();
    expect(await codeOf(store.trackerByOid('a'))).toBe('store_unreachable');
    expect(await codeOf(store.news('ab12', ''))).toBe('store_unreachable');
    await server.start();
    await expect.poll(() => codeOf(store.trackerByOid('a')), { timeout: 10_000 }).toMatch(/^no error/);
    expect(await store.trackerByOid('a')).toMatchObject({ oid: 'a' });
  });

  test('that answers nothing keeps nobody waiting longer than it may, and is asked anew', async () => {
    await store.register(registered(aTracker('a')));
    server.hold();
    const begun = performance.now();
    const codes = await Promise.all([codeOf(store.trackerByOid('a')), codeOf(store.register(registered(aTracker('b'))))]);
    expect(codes).toEqual(['store_unreachable', 'store_unreachable']);
    expect(performance.now() - begun).toBeGreaterThan(400);
    server.goOn();
    await expect.poll(() => codeOf(store.trackerByOid('a')), { timeout: 10_000 }).toMatch(/^no error/);
    // The registration may have been made all the same: said again, it is the same.
    expect(await store.register(registered(aTracker('b')))).toEqual({ exists: null });
    expect(await store.transitionsOf('b')).toHaveLength(1);
  });

  test('that never was there is store_unreachable, and says why without a secret', async () => {
    await server.kill();
    const never = open({ username: 'gateway', password: 'hush' });
    const caught = await never.trackerByOid('a').catch((error: unknown) => String(error));
    expect(caught).toMatch(/Redis at redis:\/\/127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED.*\[store_unreachable\]/);
    expect(caught).not.toContain('hush');
    never.close();
  });

  test('that refuses what it is asked is store_io', async () => {
    const link = new RedisLink(server.settings('link'));
    await link.ask((client, prefix) => client.set(`${prefix}counts`, 'no hash'));
    link.close();
    expect(await codeOf(store.statusCounts())).toBe('store_io');
  });
});

test('who knows no password is refused, who knows it is let in', async () => {
  const guarded = await RedisServer.start('--requirepass', 'hush');
  const [stranger, friend] = [guarded.settings('a'), guarded.settings('a', { password: 'hush' })].map(
    (settings) => new RedisStore(settings),
  ) as [RedisStore, RedisStore];
  const refused = await stranger.trackerByOid('a').catch((error: unknown) => String(error));
  expect(refused).toMatch(/NOAUTH.*\[store_unreachable\]/);
  expect(await friend.trackerByOid('a')).toBeNull();
  stranger.close();
  friend.close();
  await guarded.dispose();
});

test('settings that may cost data are told, and none where there are none', async () => {
  expect(await store.doubts()).toEqual([]);
  const careless = await RedisServer.start('--appendonly', 'no', '--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
  const lazy = await RedisServer.start('--appendfsync', 'everysec');
  const stores = [careless, lazy].map((each) => new RedisStore(each.settings('a'))) as [RedisStore, RedisStore];
  expect(await stores[0].doubts()).toEqual([
    expect.stringMatching(/^appendonly is off/),
    expect.stringMatching(/^maxmemory-policy is allkeys-lru/),
  ]);
  expect(await stores[1].doubts()).toEqual([expect.stringMatching(/^appendfsync is everysec/)]);
  for (const each of stores) each.close();
  await Promise.all([careless.dispose(), lazy.dispose()]);
});

test('another run of the server, and other data, are told to the book', async () => {
  await store.register(registered(aTracker('a')));
  const first = await store.news('ab12', '');
  expect(first).toMatchObject({ anew: true, states: [{ tracker: { oid: 'a' } }] });
  expect(await store.news('ab12', first.mark)).toMatchObject({ anew: false, states: [] });
  await server.kill();
  await server.start();
  await expect.poll(() => codeOf(store.trackerByOid('a')), { timeout: 10_000 }).toMatch(/^no error/);
  // What the book knows may be more than this server has: it is told everything before it may write.
  const late = { spoolId: 'ab12', applied: { seq: 1, after: 0 } };
  const nothing = { moves: [], evidence: [], trips: [], heard: [], counted: [], forgotten: [], outbox: [], answers: [] };
  expect(await store.commit({ ...late, ...nothing })).toEqual({ outcome: 'displaced' });
  const second = await store.news('ab12', first.mark);
  expect(second).toMatchObject({ anew: true, states: [{ tracker: { oid: 'a' } }] });
  expect(await store.commit({ ...late, ...nothing })).toEqual({ outcome: 'committed' });
  await server.kill();
  server.forget();
  await server.start();
  await expect.poll(() => codeOf(store.trackerByOid('a')), { timeout: 10_000 }).toMatch(/^no error/);
  expect(await store.news('ab12', second.mark)).toMatchObject({ anew: true, states: [], appliedThrough: 0 });
});

test('of gateways that share a queue one has it at a time, and another when that is done', async () => {
  const other = open();
  await store.register(registered(aTracker('a')));
  const rows = await store.outbox(100);
  expect(rows).toHaveLength(5);
  expect(await other.outbox(100)).toEqual([]);
  expect(await store.outbox(100)).toEqual(rows);
  // Notices are another queue.
  expect(await other.notices(100)).toHaveLength(1);
  expect(await store.notices(100)).toEqual([]);
  await store.settle(rows.map(({ id }) => id));
  expect(await store.outbox(100)).toEqual([]);
  await other.register(registered(aTracker('b')));
  expect(await other.outbox(100)).toHaveLength(5);
  other.close();
});

test('each script is one that Redis knows how to run', async () => {
  const link = new RedisLink(server.settings('link'));
  for (const { name, lua, sha } of Object.values(SCRIPTS)) {
    expect([name, await link.ask((client) => client.script('LOAD', lua))]).toEqual([name, sha]);
  }
  link.close();
});
