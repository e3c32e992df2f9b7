/** The list that people read: any page of it, in their order, with how many there are of each kind. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
let key: string;

beforeEach(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
});
afterEach(() => api.close());

async function register(trackerId: string, more: object = {}): Promise<string> {
  api.laterMs += 1_000;
  const body = { tracker_id: trackerId, provider: 'html5', type: 'oem', ...more };
  return (await api.ask('POST', '/v1/trackers/register', { key, body })).body['oid'] as string;
}

interface Page {
  items: { tracker_id: string; last_heard_at: string | null; metres: number }[];
  total: number;
  counts: Record<string, number>;
}

async function page(query = ''): Promise<Page & { ids: string[] }> {
  const { status, body } = await api.ask('GET', `/v1/trackers/directory${query}`, { key });
  expect(status).toBe(200);
  const found = body as unknown as Page;
  return { ...found, ids: found.items.map(({ tracker_id: id }) => id) };
}

describe('the directory', () => {
  test('counts by kind what passes the filter, whatever kind is shown', async () => {
    await register('a', { object_id: { make: 'Seat' } });
    await register('b', { object_id: { make: 'SEAT' } });
    const gone = await register('c', { object_id: { make: 'Fiat' } });
    await api.ask('POST', `/v1/trackers/${gone}/cancel`, { key });
    expect((await page()).counts).toEqual({ pending: 2, error: 0, connected: 0, disconnected: 1 });
    const seats = await page('?text=seat&category=disconnected');
    expect([seats.total, seats.ids, seats.counts]).toEqual([0, [], { pending: 2, error: 0, connected: 0, disconnected: 0 }]);
    expect((await page('?provider=bmw')).total).toBe(0);
    expect((await page('?type=obd')).total).toBe(0);
    expect((await page('?status=disconnected')).ids).toEqual(['c']);
  });

  test('has an order for everybody, and every page of it', async () => {
    await register('m 2', { object_id: { license_plate: 'ZZ 9' } });
    await register('x 1');
    const gone = await register('a 3');
    await api.ask('POST', `/v1/trackers/${gone}/cancel`, { key });
    expect((await page('?order=name')).ids).toEqual(['a 3', 'x 1', 'm 2']);
    expect((await page('?order=registered')).ids).toEqual(['a 3', 'x 1', 'm 2']);
    expect((await page('?order=category')).ids).toEqual(['x 1', 'm 2', 'a 3']);
    expect((await page('?order=changed')).ids).toEqual(['a 3', 'x 1', 'm 2']);
    const second = await page('?order=name&limit=1&offset=1');
    expect([second.ids, second.total]).toEqual([['x 1'], 3]);
    expect((await page('?offset=99')).ids).toEqual([]);
  });

  test('shows what the company itself has changed at once', async () => {
    expect((await page()).total).toBe(0);
    const oid = await register('a');
    expect((await page()).ids).toEqual(['a']);
    await api.ask('PATCH', `/v1/trackers/${oid}/update`, { key, body: { object_id: { make: 'Seat' } } });
    expect((await page('?text=seat')).ids).toEqual(['a']);
    await api.ask('DELETE', `/v1/trackers/${oid}`, { key });
    expect((await page()).total).toBe(0);
  });

  test('hears within seconds what others have changed', async () => {
    const oid = await register('a');
    expect((await page()).counts).toMatchObject({ pending: 1, disconnected: 0 });
    const tracker = api.store.trackerByOid(oid);
    if (tracker === null) throw new Error('it is not there');
    const change = { tracker: { ...tracker, status: 'disconnected' as const, revision: 2 }, transitions: [], outbox: [] };
    expect(api.store.update(change, 1)).toBe(true);
    api.laterMs += 61_000;
    expect((await page()).counts).toMatchObject({ pending: 0, disconnected: 1 });
  });

  test('finds what was not heard for long, and never what is disconnected', async () => {
    await register('a');
    const gone = await register('b');
    await api.ask('POST', `/v1/trackers/${gone}/cancel`, { key });
    expect((await page('?silent_for=2h')).ids).toEqual(['a']);
    expect((await page()).items[0]).toMatchObject({ last_heard_at: null, metres: 0 });
    const { status, body } = await api.ask('GET', '/v1/trackers/directory?silent_for=soon', { key });
    expect([status, body['msg']]).toEqual([400, '`silent_for` takes a time such as 30m, 2h or 3d, 365d at most']);
  });

  test('says of each provider what a form has to ask', async () => {
    const { body } = await api.ask('GET', '/v1/providers', { key });
    const items = body['items'] as { name: string }[];
    const called = (name: string) => items.find((item) => item.name === name);
    expect(called('mercedes-benz')).toMatchObject({ tracker_id: ['vin'], types: ['oem'], odometer: true });
    expect(called('cartrack')).toMatchObject({
      tracker_id: ['vin', 'plate'],
      credentials: { required: ['username', 'token'], optional: ['url'] },
      odometer: false,
    });
    expect(called('targa')).toMatchObject({ family: 'hardware', credentials: null });
  });
});
