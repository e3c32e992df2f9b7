import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLuhnDigit } from '#model/ident';
import { moveTracker } from '../../../src/store/register.ts';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
let key: string;
beforeEach(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
});
afterEach(() => api.close());

const imei = (n: number) => withLuhnDigit(`35963210${String(n).padStart(6, '0')}`);

async function register(n: number, fields: Record<string, unknown> = {}): Promise<string> {
  const body = { tracker_id: imei(n), provider: 'targa', type: 'canbus', ...fields };
  const answer = await api.ask('POST', '/v1/trackers/register', { key, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body['oid'] as string;
}

const update = (oid: string, body: object) => api.ask('PATCH', `/v1/trackers/${oid}/update`, { key, body });

interface List {
  items: { oid: string; tracker_id: string }[];
  next_cursor: string | null;
}
const list = async (query: string) => (await api.ask('GET', `/v1/trackers?${query}`, { key })).body as unknown as List;
const oids = async (query: string) => (await list(query)).items.map(({ oid }) => oid);

describe('the list', () => {
  test('is read page by page, each tracker once, though trackers come and go meanwhile', async () => {
    const all: string[] = [];
    for (let i = 0; i < 7; i++) all.push(await register(i));
    const sorted = all.toSorted();
    const first = await list('limit=3');
    await api.ask('DELETE', `/v1/trackers/${sorted[0]}`, { key });
    const second = await list(`limit=3&cursor=${first.next_cursor}`);
    const third = await list(`limit=3&cursor=${second.next_cursor}`);
    expect([first, second, third].map(({ items }) => items.map(({ oid }) => oid))).toEqual([
      sorted.slice(0, 3),
      sorted.slice(3, 6),
      sorted.slice(6),
    ]);
    expect(third.next_cursor).toBeNull();
  });

  test('is filtered by provider, status, category, text and group, and by several at once', async () => {
    const honda = await register(1, { object_id: { make: 'Honda', license_plate: '6666KKK' } });
    const ford = await register(2, { provider: 'astrata', type: 'obd', object_id: { make: 'Ford' } });
    const gone = await register(3, { foreign_tracker_id: 'K-42' });
    await api.ask('POST', `/v1/trackers/${gone}/cancel`, { key });
    expect(await oids('provider=astrata')).toEqual([ford]);
    expect(await oids('status=disconnected')).toEqual([gone]);
    expect(await oids('category=disconnected')).toEqual([gone]);
    expect(await oids('category=error')).toEqual([]);
    expect((await oids('category=pending')).toSorted()).toEqual([honda, ford].toSorted());
    expect(await oids('text=6666kk')).toEqual([honda]);
    expect(await oids('text=k-42')).toEqual([gone]);
    expect(await oids(`text=${imei(2)}&provider=targa`)).toEqual([]);
    const group = (await api.ask('POST', '/v1/groups', { key, body: { slug: 'north', name: 'North' } })).body['id'] as string;
    for (const oid of [honda, gone]) await api.ask('PUT', `/v1/groups/${group}/trackers/${oid}`, { key });
    expect((await oids(`group=${group}`)).toSorted()).toEqual([honda, gone].toSorted());
    expect(await oids(`group=${group}&category=pending`)).toEqual([honda]);
    const page = await list(`group=${group}&limit=1`);
    expect(await oids(`group=${group}&limit=1&cursor=${page.next_cursor}`)).toEqual([[honda, gone].toSorted()[1]]);
    await api.ask('DELETE', `/v1/trackers/${honda}`, { key });
    expect(await oids(`group=${group}`)).toEqual([gone]);
  });

  test('of the second version knows the words of its documentation', async () => {
    const honda = await register(1);
    const gone = await register(2);
    await api.ask('POST', `/v1/trackers/${gone}/cancel`, { key });
    const of = (query: string) => api.ask('GET', `/v2/trackers/list?${query}`, { key });
    expect((await of('company_oid=acme&validation_status=disconnected')).body).toMatchObject({
      items: [{ oid: gone, asset_oid: gone, end_date: expect.any(String) as string }],
    });
    expect((await of('validation_status=pending')).body).toMatchObject({ items: [{ oid: honda, end_date: null }] });
    expect((await of('validation_status=error')).body).toMatchObject({ items: [] });
    expect((await of('company_oid=other')).body).toMatchObject({ err_code: 9902 });
  });
});

describe('a registration', () => {
  test('that breaks rules is told all of them at once', async () => {
    const body = { tracker_id: 'x', provider: 'targa', type: 'oem', vehicle_type: 'boat', object_id: { vin: 1 } };
    const answer = await api.ask('POST', '/v1/trackers/register', { key, body });
    expect(answer).toMatchObject({ status: 400, body: { err_code: 9900 } });
    expect(answer.body['problems']).toHaveLength(4);
  });

  test('keeps any metadata', async () => {
    const objectId = { make: 'Seat', doors: 5, tags: ['a', { b: null }], nested: { deep: [true] } };
    const oid = await register(1, { object_id: objectId });
    expect((await api.ask('GET', `/v1/trackers/${oid}`, { key })).body['object_id']).toEqual(objectId);
  });

  test('keeps the odometer for the validation, which Mercedes-Benz asks for', async () => {
    const fields = { provider: 'mercedes-benz', type: 'oem' };
    const bare = { ...fields, tracker_id: 'WDB1111111A111111' };
    await register(1, bare);
    const refused = await api.ask('POST', '/v1/trackers/validate', {
      key,
      body: { tracker_id: bare.tracker_id, provider: fields.provider },
    });
    expect(refused.body).toMatchObject({ err_code: 102, msg: expect.stringContaining('odo') as string });
    const oid = await register(2, { ...fields, tracker_id: 'WDB2222222A222222', odo_value: 12_345.6 });
    expect((await api.ask('GET', `/v1/trackers/${oid}`, { key })).body['odo_value']).toBe(12_345.6);
    const body = { tracker_id: 'WDB2222222A222222', provider: 'mercedes-benz' };
    expect((await api.ask('POST', '/v1/trackers/validate', { key, body })).body).toMatchObject({
      validation_status: 'pending_validation',
    });
  });

  test('of a disconnected id is a new tracker', async () => {
    const first = await register(1);
    await api.ask('POST', `/v1/trackers/${first}/cancel`, { key });
    expect(await register(1)).not.toBe(first);
  });
});

describe('an update', () => {
  test('changes what is given and nothing else', async () => {
    const oid = await register(1, { object_id: { make: 'Honda' } });
    expect((await update(oid, { vehicle_type: 'van' })).body).toMatchObject({
      vehicle_type: 'van',
      object_id: { make: 'Honda' },
      tracker_id: imei(1),
    });
    expect((await update(oid, { vehicle_type: null, object_id: {} })).body).toMatchObject({
      vehicle_type: null,
      object_id: {},
    });
    expect((await update(oid, { foreign_tracker_id: 'box' })).body['foreign_tracker_id']).toBe('box');
    expect((await update(oid, {})).body).toMatchObject({ err_code: 9900 });
  });

  test('corrects a wrong id, which can be validated again then', async () => {
    const oid = await register(1);
    await moveTracker(api.store, oid, 'id_rejected', 'Targa does not know it', () => api.now);
    expect((await update(oid, { tracker_id: imei(2) })).body).toMatchObject({
      tracker_id: imei(2),
      validation_status: 'pending',
    });
    const { body } = await api.ask('GET', `/v1/trackers/${oid}/transitions`, { key });
    expect((body['items'] as { trigger: string }[]).map(({ trigger }) => trigger)).toEqual([
      'register',
      'id_rejected',
      'id_corrected',
    ]);
  });
});

describe('a deleted tracker', () => {
  test('is gone from everywhere, and its id is free', async () => {
    const oid = await register(1);
    expect((await api.ask('DELETE', `/v1/trackers/${oid}`, { key })).body).toMatchObject({
      validation_status: 'disconnected',
      end_date: expect.any(String) as string,
    });
    expect((await api.ask('GET', `/v1/trackers/${oid}`, { key })).status).toBe(404);
    expect((await api.ask('DELETE', `/v1/trackers/${oid}`, { key })).status).toBe(404);
    expect(await oids('')).toEqual([]);
    await register(1);
  });
});

describe('an asset', () => {
  const good = {
    provider: 'targa',
    installation_order: false,
    registration_country: 'ESP',
    id: 'WF0AXXWPMAJB43745',
    type: 'CANbus',
    packages: [],
    model_year: 2024,
  };
  const asset = (fields: object) => api.ask('POST', '/v2/assets/register', { key, body: { ...good, ...fields } });
  const vin = 'WDB1111111A111111';

  test.each([
    ['an order without address and person', { installation_order: true }, ['company_address_oid', 'contact_person']],
    [
      'an order where nobody fits boxes',
      { provider: 'astrata', type: 'obd', id: '359632104952350', installation_order: true },
      ['installation_order'],
    ],
    ['Mercedes-Benz without odometer', { provider: 'mercedes-benz', type: 'oem', id: vin }, ['odo_value']],
    ['Cartrack without credentials', { provider: 'cartrack' }, ['credentials']],
    ['a country there is not', { registration_country: 'XXX' }, ['registration_country']],
    ['two things', { registration_country: 'XXX', type: 'oem' }, ['registration_country', 'type']],
  ])('%s is refused', async (_what, fields, named) => {
    const { status, body } = await asset(fields);
    expect([status, body['err_code']]).toEqual([400, 9900]);
    const problems = body['problems'] as string[];
    expect(problems).toHaveLength(named.length);
    for (const [i, name] of named.entries()) expect(problems[i]).toContain(name);
  });

  test('is registered with its credentials, which are kept once', async () => {
    const credentials = { username: 'FLEET00123', token: 'secret' };
    const first = await asset({ provider: 'cartrack', credentials });
    expect(first.body).toMatchObject({ tracker: { object_id: { vin: good.id, registration_country: 'ESP' }, type: 'canbus' } });
    expect(JSON.stringify(first.body)).not.toContain('secret');
    await asset({ provider: 'cartrack', credentials, id: 'WF0AXXWPMAJB43746' });
    expect((await api.ask('GET', '/v1/credentials', { key })).body['items']).toHaveLength(1);
  });
});
