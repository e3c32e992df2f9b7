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

test('of gateways that start at once on an empty registry one makes the first key', async () => {
  const request = { companyId: 'default', name: 'first key', role: 'admin' } as const;
  const made = await Promise.all([1, 2, 3].map(() => api.services.keys.createFirst(request)));
  const first = made.filter((each) => each !== null);
  expect(first).toHaveLength(1);
  expect((await api.services.keys.check(first[0]?.secret ?? '')).key).toMatchObject({ companyId: 'default', role: 'admin' });
});
