import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await TestApi.open();
  admin = await api.keyOf('acme');
});
afterAll(() => api.close());

describe('a key', () => {
  test.each(['x-api-key', 'X-BOTON-APIKEY'])('is taken from the header %s', async (name) => {
    expect((await api.ask('GET', '/v1/api-keys', { headers: { [name]: admin } })).status).toBe(200);
  });

  test('is taken from Authorization: Bearer', async () => {
    expect((await api.ask('GET', '/v1/api-keys', { headers: { authorization: `bearer ${admin}` } })).status).toBe(200);
  });

  test('is made, shown once, used, listed without its secret, and revoked', async () => {
    const made = await api.ask('POST', '/v1/api-keys', { key: admin, body: { name: 'console' } });
    expect(made).toMatchObject({ status: 201, body: { key: { name: 'console', role: 'read', last_used_at: null } } });
    const { secret, key } = made.body as { secret: string; key: { id: string } };
    expect((await api.ask('GET', '/v1/api-keys', { key: secret })).body).toMatchObject({ err_code: 9902, http_code: 403 });
    const list = await api.ask('GET', '/v1/api-keys', { key: admin });
    expect(JSON.stringify(list.body)).not.toContain(secret);
    expect(list.body).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ id: key.id })]) as unknown });
    expect((await api.ask('DELETE', `/v1/api-keys/${key.id}`, { key: admin })).status).toBe(200);
    expect((await api.ask('GET', '/v1/api-keys', { key: secret })).body).toMatchObject({ err_code: 9911, http_code: 401 });
  });
});

test('a key is rotated without a gap, by itself and without a body, for nothing in it must be given', async () => {
  const made = (await api.ask('POST', '/v1/api-keys', { key: admin, body: { name: 'shop', role: 'admin' } })).body;
  const { secret: old, key } = made as { secret: string; key: { id: string } };
  const rotated = await api.ask('POST', `/v1/api-keys/${key.id}/rotate`, { key: old });
  expect(rotated).toMatchObject({ status: 201, body: { key: { name: 'shop', role: 'admin' } } });
  const { secret: young } = rotated.body as { secret: string };
  const statuses = await Promise.all(
    [old, young].map(async (each) => (await api.ask('GET', '/v1/company', { key: each })).status),
  );
  expect(statuses).toEqual([200, 200]);
});

test('what is wrong with a request is said of its attributes', async () => {
  const register = async (body: object): Promise<unknown> =>
    (await api.ask('POST', '/v1/trackers/register', { key: admin, body })).body;
  expect(await register({ tracker_id: 359632104952350, provider: 'targa', colour: 'red' })).toMatchObject({
    err_code: 9900,
    problems: [
      'tracker_id: must be a text, and is a number',
      'type: is missing; it is a text',
      'body: there is no "colour" here',
    ],
  });
  const asked = await api.ask('GET', '/v1/trackers?limit=0&status=lost', { key: admin });
  expect(asked.body).toMatchObject({
    problems: [expect.stringMatching(/^status: must be one of "pending", "wrong_tracker_id"/), 'limit: must be at least 1'],
  });
});

test('errors have one form', async () => {
  expect((await api.ask('GET', '/v1/api-keys')).body).toMatchObject({ err_code: 9910, http_code: 401, name: 'ApiKeyMissing' });
  expect((await api.ask('GET', '/nowhere')).body).toMatchObject({ err_code: 9903, http_code: 404 });
  const wrong = await api.ask('POST', '/v1/api-keys', { key: admin, body: { name: '', colour: 1 } });
  expect(wrong.body).toMatchObject({ err_code: 9900, problems: [expect.any(String), expect.any(String)] });
  expect(
    (await api.ask('POST', '/v1/api-keys', { key: admin, body: '{', headers: { 'content-type': 'application/json' } })).status,
  ).toBe(400);
  expect(api.failures).toEqual([]);
});

test('the document is valid OpenAPI 3.1', async () => {
  const { Validator } = await import('@seriousme/openapi-schema-validator');
  const document = (await api.ask('GET', '/openapi.json')).body;
  const { valid, errors } = await new Validator().validate(document);
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

describe('the key of an owner', () => {
  let owner: string;
  beforeAll(async () => void (owner = await api.keyOf('acme', 'owner')));

  test('opens what is its company’s, and what whoever runs the gateway may see', async () => {
    const asked = ['/v1/company', '/v1/trackers', '/v1/companies', '/v1/api-keys', '/v1/api-keys?company_oid=default'];
    for (const url of asked) expect([url, (await api.ask('GET', url, { key: owner })).status]).toEqual([url, 200]);
  });

  test('is neither rotated nor revoked by an admin of the company, who would run the gateway then', async () => {
    const url = `/v1/api-keys/${owner.slice(4, 16)}`;
    for (const [method, address] of [['POST', `${url}/rotate`] as const, ['DELETE', url] as const]) {
      expect(await api.ask(method, address, { key: admin })).toMatchObject({ status: 403, body: { name: 'ApiForbidden' } });
    }
    const rotated = await api.ask('POST', `${url}/rotate`, { key: owner });
    expect(rotated).toMatchObject({ status: 201, body: { key: { role: 'owner' } } });
  });
});

test('of gateways that start at once on an empty registry one makes the first key, and none where there is any key', async () => {
  expect(await api.services.keys.areAny(['nobody'])).toBe(false);
  expect(await api.services.keys.areAny(['nobody', 'acme'])).toBe(true);
  const request = { companyId: 'default', name: 'first key', role: 'owner' } as const;
  const made = await Promise.all([1, 2, 3].map(() => api.services.keys.createFirst(request)));
  const first = made.filter((each) => each !== null);
  expect(first).toHaveLength(1);
  expect((await api.services.keys.check(first[0]?.secret ?? '')).key).toMatchObject({ companyId: 'default', role: 'owner' });
  expect(await api.services.keys.areAny([])).toBe(true);
});
