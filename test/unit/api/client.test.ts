import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { odographClient } from '../../../client/index.ts';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
let client: ReturnType<typeof odographClient>;
beforeAll(async () => {
  api = await TestApi.open();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.app.server.address() as AddressInfo;
  client = odographClient({ baseUrl: `http://127.0.0.1:${port}`, key: await api.keyOf('acme') });
});
afterAll(() => api.close());

test('the generated client registers a tracker, has it validated, and reads how it stands', async () => {
  const body = { tracker_id: '359632104952350', provider: 'targa', type: 'canbus', object_id: { make: 'Honda' } } as const;
  const registered = await client.POST('/v1/trackers/register', { body });
  expect(registered.data).toMatchObject({ validation_status: 'pending', category: 'pending' });
  const oid = registered.data?.oid ?? '';
  const validated = await client.POST('/v1/trackers/validate', { body: { tracker_id: body.tracker_id, provider: 'targa' } });
  expect(validated.data?.validation_status).toBe('pending_validation');
  const { data: list } = await client.GET('/v1/trackers', { params: { query: { category: 'pending', limit: 10 } } });
  expect(list?.items.map((tracker) => tracker.oid)).toEqual([oid]);
  const { data: why } = await client.GET('/v1/trackers/{oid}/why', { params: { path: { oid } } });
  expect(why?.lines[0]).toContain('359632104952350');
});

test('the generated client knows errors by their form', async () => {
  const { data, error } = await client.GET('/v1/trackers/{oid}', { params: { path: { oid: 'nowhere' } } });
  expect(data).toBeUndefined();
  expect(error?.err_code).toBe(101);
  const refused = await client.POST('/v1/trackers/register', {
    body: { tracker_id: 'x', provider: 'targa', type: 'oem', vehicle_type: 'truck', foreign_tracker_id: 'a\u0000' },
  });
  expect(refused.error?.problems).toHaveLength(3);
});
