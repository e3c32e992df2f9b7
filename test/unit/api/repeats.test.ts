import { afterEach, beforeEach, expect, test } from 'vitest';
import { Idempotency } from '../../../src/registry/idempotency.ts';
import { TestApi } from '../../support/api.ts';

const BODY = { tracker_id: '359632104952350', provider: 'targa', type: 'canbus' };
const URL = '/v1/trackers/register';
const DAY_MS = 86_400_000;

let api: TestApi;
let key: string;
beforeEach(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
});
afterEach(() => api.close());

const register = (name: string, body: object = BODY, by = key) =>
  api.ask('POST', URL, { key: by, body, headers: { 'idempotency-key': name } });

test('the same key gives the same answer, also when the tracker has moved on', async () => {
  const first = await register('a');
  expect([first.status, first.headers['idempotent-replayed']]).toEqual([201, undefined]);
  const oid = first.body['oid'] as string;
  await api.ask('POST', `/v1/trackers/${oid}/cancel`, { key });
  const again = await register('a');
  expect(again.headers['idempotent-replayed']).toBe('true');
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(again.headers['location']).toBe(`/v1/trackers/${oid}`);
  expect((await api.ask('GET', '/v1/trackers', { key })).body['items']).toHaveLength(1);
});

test('a key belongs to its company and to its request', async () => {
  await register('a');
  expect((await register('a', { ...BODY, vehicle_type: 'van' })).body).toMatchObject({ name: 'ApiIdempotencyKeyReused' });
  const other = await api.keyOf('other');
  expect((await register('a', { ...BODY, tracker_id: '356307042441013' }, other)).status).toBe(201);
});

test('an error is not kept: the request can be mended under the same key, and made again', async () => {
  expect((await register('a', { ...BODY, type: 'oem' })).status).toBe(400);
  expect((await register('a')).status).toBe(201);
});

test('a key is forgotten after a day', async () => {
  const first = await register('a');
  api.laterMs += DAY_MS + 1;
  expect((await register('a')).body).toMatchObject({ name: 'TrackerAlreadyRegistered' });
  await api.ask('DELETE', `/v1/trackers/${String(first.body['oid'])}`, { key });
  const anew = await register('a');
  expect(anew.status).toBe(201);
  expect(anew.body['oid']).not.toBe(first.body['oid']);
});

test('of two requests at once one is told that the other is under way', async () => {
  const answers = await Promise.all([register('a'), register('a'), register('a')]);
  const made = answers.filter(({ status }) => status === 201);
  expect(made.length).toBeGreaterThan(0);
  expect(new Set(made.map(({ body }) => body['oid'])).size).toBe(1);
  for (const { body } of answers.filter(({ status }) => status !== 201)) {
    expect(body).toMatchObject({ name: 'ApiIdempotencyKeyBusy', http_code: 409 });
  }
});

test('who died between acting and keeping the answer is taken over, and what was made is found', async () => {
  const idempotency = new Idempotency(api.store.documents, () => api.now);
  const request = { companyId: 'acme', key: 'a', request: 'r' };
  const oids: string[] = [];
  const dead = new Promise<never>(() => undefined);
  void idempotency.once(request, (oid) => {
    oids.push(oid);
    return dead;
  });
  await expect.poll(() => oids.length).toBe(1);
  await expect(idempotency.once(request, async () => null)).rejects.toThrow('[repeat_busy]');
  api.laterMs += 60_001;
  const answer = await idempotency.once(request, async (oid) => {
    oids.push(oid);
    return 'done';
  });
  expect(answer).toEqual({ body: 'done', isReplayed: false });
  // The same id: what the first has made under it, the second finds.
  expect(oids[1]).toBe(oids[0]);
  expect(await idempotency.once(request, async () => null)).toEqual({ body: 'done', isReplayed: true });
});

test('a registration under an oid that was used finds its tracker', async () => {
  const { trackers } = api.services;
  const request = { trackerId: BODY.tracker_id, provider: 'targa', type: 'canbus' };
  const first = await trackers.register('acme', request, 'the-oid');
  const again = await trackers.register('acme', request, 'the-oid');
  expect(again.tracker).toEqual(first.tracker);
});
