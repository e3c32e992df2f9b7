import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestApi, type Answer } from '../../support/api.ts';

const VIN = 'WBA00000000000001';

let api: TestApi;
let key: string;
beforeEach(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
});
afterEach(() => api.close());

async function endpoint(fields: Record<string, unknown> = {}): Promise<{ id: string; path: string }> {
  const body = { name: 'the cloud', protocol: 'bmw', ...fields };
  const answer = await api.ask('POST', '/v1/push-endpoints', { key, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  const made = answer.body as { endpoint: { id: string }; path: string };
  return { id: made.endpoint.id, path: made.path };
}

/** A message as BMW's stream has them. */
function pushed(km: number, second = 0): object {
  const timestamp = new Date(api.now - 60_000 + second * 1_000).toISOString();
  const value = { value: km, unit: 'km', timestamp };
  return { vin: VIN, entityId: 'e', topic: 't', timestamp, data: { 'vehicle.vehicle.travelledDistance': value } };
}

const push = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  api.ask('POST', path, { body, headers });

const kept = (): number => api.spool.stats().committedRecords;

describe('endpoints', () => {
  test('are made, listed, changed and ended by their own company, and never show what they ask for', async () => {
    const secret = 'a very secret value';
    const { id, path } = await endpoint({ proof: { kind: 'header', header: 'X-Token', secrets: [secret] } });
    const list = await api.ask('GET', '/v1/push-endpoints', { key });
    expect(list.body).toMatchObject({ items: [{ id, name: 'the cloud', protocol: 'bmw', proof: 'header' }] });
    expect(JSON.stringify(list.body)).not.toContain(secret);
    expect((await push(path, pushed(1), { 'x-token': secret })).status).toBe(200);
    const changed = await api.ask('PATCH', `/v1/push-endpoints/${id}`, {
      key,
      body: { name: 'other', proof: { kind: 'path' } },
    });
    expect(changed.body).toMatchObject({ name: 'other', proof: 'path' });
    expect((await push(path, pushed(2))).status).toBe(200);
    expect((await api.ask('DELETE', `/v1/push-endpoints/${id}`, { key })).status).toBe(204);
    expect((await push(path, pushed(3))).status).toBe(404);
    expect((await api.ask('GET', `/v1/push-endpoints/${id}`, { key })).body).toMatchObject({ name: 'PushEndpointNotFound' });
  });

  test('another company sees none of them', async () => {
    const { id } = await endpoint();
    const other = await api.keyOf('other');
    expect((await api.ask('GET', '/v1/push-endpoints', { key: other })).body).toMatchObject({ items: [] });
    for (const [method, suffix, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'mine' }],
      ['POST', '/rotate', {}],
      ['DELETE', '', undefined],
    ] as const) {
      const answer = await api.ask(method, `/v1/push-endpoints/${id}${suffix}`, { key: other, body });
      expect([method, answer.status]).toEqual([method, 404]);
    }
  });

  test('a new address takes the place of another without a gap', async () => {
    const { id, path } = await endpoint();
    const rotated = await api.ask('POST', `/v1/push-endpoints/${id}/rotate`, { key, body: { grace_hours: 1 } });
    const { path: next } = rotated.body as { path: string };
    expect([(await push(path, pushed(1))).status, (await push(next, pushed(2))).status]).toEqual([200, 200]);
    api.laterMs += 3_600_001;
    expect([(await push(path, pushed(3))).status, (await push(next, pushed(4))).status]).toEqual([404, 200]);
    // The next change forgets what is over.
    await api.ask('POST', `/v1/push-endpoints/${id}/rotate`, { key, body: { grace_hours: 0 } });
    expect(api.store.documents.due('push_old_addresses', api.now, 10)).toEqual([]);
  });

  test('a protocol that nobody pushes is refused with those there are', async () => {
    const answer = await api.ask('POST', '/v1/push-endpoints', { key, body: { name: 'x', protocol: 'teltonika' } });
    expect(answer).toMatchObject({
      status: 400,
      body: { msg: expect.stringMatching(/"teltonika" is not pushed; there are .*bmw/) },
    });
  });
});

describe('a push', () => {
  test('is durable before it is answered, and taken once however often it comes', async () => {
    const { path } = await endpoint();
    expect((await push(path, pushed(100))).status).toBe(200);
    expect(kept()).toBe(1);
    expect((await push(path, pushed(100))).status).toBe(200);
    expect(kept()).toBe(1);
    expect((await push(path, pushed(100, 1))).status).toBe(200);
    expect(kept()).toBe(2);
  });

  test('that is forged, unknown, too long or damaged gets the right answer, and nothing of it is kept', async () => {
    const { path } = await endpoint({ proof: { kind: 'bearer', secrets: ['0123456789abcdef'] } });
    expect((await push(path, pushed(1))).status).toBe(401);
    expect((await push(path, pushed(1), { authorization: 'Bearer 0123456789abcdeX' })).status).toBe(401);
    expect((await push('/push/elsewhere', pushed(1))).status).toBe(404);
    const right = { authorization: 'Bearer 0123456789abcdef' };
    expect((await push(path, 'x'.repeat(5 * 2 ** 20), right)).status).toBe(413);
    expect((await push(path, 'no gzip', { ...right, 'content-encoding': 'gzip' })).status).toBe(400);
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
    expect((await api.ask('POST', path, { body: bomb, headers: { ...right, 'content-encoding': 'gzip' } })).status).toBe(413);
    expect((await push(path, pushed(1), { ...right, 'content-encoding': 'br' })).status).toBe(415);
    expect(kept()).toBe(0);
    expect(api.failures).toEqual([]);
  });

  test('of a cloud that cannot be read is kept for quarantine and accepted, whatever it is called', async () => {
    const { path } = await endpoint();
    expect((await push(path, '{"vin":', { 'content-type': 'text/plain' })).status).toBe(200);
    expect((await push(path, 'no json at all', { 'content-type': 'application/x-anything' })).status).toBe(200);
    expect(kept()).toBe(2);
  });

  test('may be zipped', async () => {
    const { path } = await endpoint();
    const body = gzipSync(JSON.stringify(pushed(7)));
    expect((await api.ask('POST', path, { body, headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
    expect((await push(path, pushed(7))).status).toBe(200);
    expect(kept()).toBe(1);
  });

  test('a sender of CloudEvents may ask beforehand whether it may deliver', async () => {
    const { path } = await endpoint();
    const answer = await api.ask('OPTIONS', path, { headers: { 'webhook-request-origin': 'cloud.example' } });
    expect(answer).toMatchObject({ status: 204, headers: { 'webhook-allowed-origin': 'cloud.example' } });
  });
});
