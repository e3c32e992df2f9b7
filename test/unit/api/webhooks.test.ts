import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PAYLOAD_SHAPES } from '../../../src/app-webhooks.ts';
import { announce } from '../../../src/webhooks/announce.ts';
import { aTracker, registered } from '../../../src/store/samples.ts';
import { isSecret } from '../../../src/webhooks/signature.ts';
import { TestApi, type Answer } from '../../support/api.ts';

const URL = 'https://hooks.example.com/odograph';

let api: TestApi;
let key: string;
let reading: string;
beforeEach(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
  reading = await api.keyOf('acme', 'read');
});
afterEach(() => api.close());

async function aWebhook(
  body: object = { url: URL },
): Promise<{ id: string; secret: string; webhook: Record<string, unknown> }> {
  const { status, body: made } = await api.ask('POST', '/v1/webhooks', { key, body });
  expect(status).toBe(201);
  const webhook = made['webhook'] as Record<string, unknown>;
  return { id: webhook['id'] as string, secret: made['secret'] as string, webhook };
}

/** Registers a tracker of the company, and makes the deliveries of it. */
async function aDelivery(id: string, oid = 't1'): Promise<string> {
  api.store.register(registered(aTracker(oid, { companyId: 'acme', registeredAt: api.now })));
  await announce(api.store, api.store.documents, { most: 9, keepMs: 1_000, shapes: PAYLOAD_SHAPES, now: api.now });
  return `${oid}-1_${id}`;
}

const itemsOf = ({ body }: Answer) => body['items'] as Record<string, unknown>[];

describe('a webhook', () => {
  test('is made, with a secret that is shown this once', async () => {
    const { id, secret, webhook } = await aWebhook({ url: URL, description: ' ours ', events: { statuses: ['connected'] } });
    expect(isSecret(secret)).toBe(true);
    const shown = {
      id,
      url: URL,
      description: 'ours',
      events: { types: [], statuses: ['connected'], providers: [] },
      enabled: true,
      disabled_at: null,
      disabled_reason: null,
      old_secret_until: null,
      created_at: '2026-01-15T12:00:00.000Z',
      updated_at: '2026-01-15T12:00:00.000Z',
    };
    expect(webhook).toEqual(shown);
    const { status, body } = await api.ask('GET', `/v1/webhooks/${id}`, { key: reading });
    expect([status, body]).toEqual([200, shown]);
    expect((await api.ask('GET', '/v1/webhooks', { key: reading })).body).toEqual({ items: [shown], next_cursor: null });
  });

  test('is listed page by page', async () => {
    const ids = [(await aWebhook()).id, (await aWebhook()).id, (await aWebhook()).id].sort();
    const first = await api.ask('GET', '/v1/webhooks?limit=2', { key: reading });
    expect(itemsOf(first).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const next = await api.ask('GET', `/v1/webhooks?cursor=${String(first.body['next_cursor'])}`, { key: reading });
    expect(itemsOf(next).map(({ id }) => id)).toEqual(ids.slice(2));
    expect(next.body['next_cursor']).toBeNull();
  });

  test.each([
    [{ url: 'http://hooks.example.com/' }, 'url: an address that begins with https://'],
    [{ url: 'https://192.168.1.1/' }, 'url: a host on the public internet; 192.168.1.1 is private'],
    [{ url: 'https://me:secret@hooks.example.com/' }, 'without user and password'],
    [{}, 'url'],
    [{ url: URL, colour: 'red' }, 'colour'],
    [{ url: URL, events: { statuses: ['online'] } }, 'events.statuses'],
  ])('described as %j is refused with what is wrong', async (body, why) => {
    const { status, body: error } = await api.ask('POST', '/v1/webhooks', { key, body });
    expect(status).toBe(400);
    expect(JSON.stringify(error)).toContain(why);
  });

  test('is one of a bounded number', async () => {
    for (let n = 0; n < 10; n++) await aWebhook();
    const { status, body } = await api.ask('POST', '/v1/webhooks', { key, body: { url: URL } });
    expect([status, body['name'], body['msg']]).toEqual([
      403,
      'WebhookMaxNumber',
      expect.stringContaining('10 webhooks at most'),
    ]);
  });

  test('can be changed, disabled, enabled, given a new secret, and deleted', async () => {
    const { id, secret, webhook } = await aWebhook({ url: URL, events: { providers: ['bmw'] } });
    const at = `/v1/webhooks/${id}`;
    const changed = await api.ask('PATCH', at, { key, body: { description: 'theirs', events: { statuses: ['connected'] } } });
    const events = { types: [], statuses: ['connected'], providers: ['bmw'] };
    expect(changed.body).toEqual({ ...webhook, description: 'theirs', events });
    const disabled = await api.ask('POST', `${at}/disable`, { key, body: {} });
    expect(disabled.body).toMatchObject({ enabled: false, disabled_reason: 'disabled by its owner' });
    const refused = await api.ask('POST', `${at}/ping`, { key });
    expect([refused.status, refused.body['name']]).toEqual([409, 'WebhookDisabled']);
    expect((await api.ask('POST', `${at}/enable`, { key })).body).toMatchObject({ enabled: true, disabled_reason: null });
    const rotated = await api.ask('POST', `${at}/rotate-secret`, { key, body: { overlap_hours: 2 } });
    expect(rotated.status).toBe(201);
    expect(rotated.body['secret']).not.toBe(secret);
    expect(rotated.body['webhook']).toMatchObject({ old_secret_until: '2026-01-15T14:00:00.000Z' });
    expect((await api.ask('DELETE', at, { key })).status).toBe(200);
    const gone = await api.ask('GET', at, { key });
    expect([gone.status, gone.body['name']]).toEqual([404, 'WebhookNotFound']);
  });
});

describe('deliveries', () => {
  test('are listed, shown with payload and tries, and asked for again', async () => {
    const { id } = await aWebhook();
    const delivery = await aDelivery(id);
    const listed = await api.ask('GET', `/v1/webhooks/${id}/deliveries?status=pending`, { key: reading });
    const shown = {
      id: delivery,
      event_type: 'tracker.registered',
      tracker_oid: 't1',
      event_at: '2026-01-15T12:00:00.000Z',
      status: 'pending',
      outcome: '',
      tries: 0,
      created_at: '2026-01-15T12:00:00.000Z',
      settled_at: null,
      next_try_at: '2026-01-15T12:00:00.000Z',
    };
    expect(listed.body).toEqual({ items: [shown], next_cursor: null });
    const { body } = await api.ask('GET', `/v1/webhooks/${id}/deliveries/${delivery}`, { key: reading });
    expect(body).toMatchObject({ ...shown, attempts: [] });
    expect(JSON.parse(body['payload'] as string)).toMatchObject({
      type: 'tracker.registered',
      data: { tracker: { oid: 't1' } },
    });
    const replayed = await api.ask('POST', `/v1/webhooks/${id}/deliveries/${delivery}/replay`, { key });
    expect([replayed.status, replayed.body['id']]).toEqual([202, delivery]);
    const since = await api.ask('POST', `/v1/webhooks/${id}/replay`, { key, body: { since: '2026-01-15T00:00:00Z' } });
    expect([since.status, since.body]).toEqual([202, { deliveries: 0, more: false }]);
    const none = await api.ask('GET', `/v1/webhooks/${id}/deliveries/none`, { key });
    expect([none.status, none.body['name']]).toEqual([404, 'WebhookNotFound']);
  });

  test('of a ping belong to no tracker', async () => {
    const { id } = await aWebhook();
    const { status, body } = await api.ask('POST', `/v1/webhooks/${id}/ping`, { key });
    expect(status).toBe(202);
    expect(body).toMatchObject({ event_type: 'webhook.ping', tracker_oid: null, status: 'pending' });
  });
});

const asked = (id: string, delivery: string) =>
  [
    ['GET', `/v1/webhooks/${id}`, undefined],
    ['GET', `/v1/webhooks/${id}/deliveries`, undefined],
    ['GET', `/v1/webhooks/${id}/deliveries/${delivery}`, undefined],
    ['PATCH', `/v1/webhooks/${id}`, { description: 'mine' }],
    ['DELETE', `/v1/webhooks/${id}`, undefined],
    ['POST', `/v1/webhooks/${id}/rotate-secret`, {}],
    ['POST', `/v1/webhooks/${id}/enable`, undefined],
    ['POST', `/v1/webhooks/${id}/disable`, {}],
    ['POST', `/v1/webhooks/${id}/ping`, undefined],
    ['POST', `/v1/webhooks/${id}/replay`, { since: '2026-01-15T00:00:00Z' }],
    ['POST', `/v1/webhooks/${id}/deliveries/${delivery}/replay`, undefined],
  ] as const;

describe('access', () => {
  test("another company's webhook answers as one that does not exist", async () => {
    const { id, webhook } = await aWebhook();
    const delivery = await aDelivery(id);
    const theirs = await api.keyOf('other');
    const none = 'wh_00000000000000000000';
    const nowhere = asked(none, delivery);
    for (const [index, [method, url, body]] of asked(id, delivery).entries()) {
      const foreign = await api.ask(method, url, { key: theirs, body });
      const missing = await api.ask(method, nowhere[index]?.[1] ?? '', { key: theirs, body });
      expect([method, url, foreign.status]).toEqual([method, url, 404]);
      expect(JSON.stringify(foreign.body).replaceAll(id, none)).toBe(JSON.stringify(missing.body));
    }
    expect((await api.ask('GET', '/v1/webhooks', { key: theirs })).body['items']).toEqual([]);
    expect((await api.ask('GET', `/v1/webhooks/${id}`, { key })).body).toEqual(webhook);
    expect((await api.ask('GET', `/v1/webhooks/${id}/deliveries/${delivery}`, { key })).body['status']).toBe('pending');
  });

  test('a key that may only read changes nothing, and none sees nothing', async () => {
    const { id } = await aWebhook();
    const delivery = await aDelivery(id);
    for (const [method, url, body] of asked(id, delivery)) {
      const { status } = await api.ask(method, url, { key: reading, body });
      expect([method, url, status]).toEqual([method, url, method === 'GET' ? 200 : 403]);
      expect((await api.ask(method, url, { body })).status).toBe(401);
    }
    expect((await api.ask('POST', '/v1/webhooks', { key: reading, body: { url: URL } })).status).toBe(403);
    expect(api.failures).toEqual([]);
  });
});
