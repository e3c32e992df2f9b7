/** Sessions of the console: what their cookie opens, and for whom. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodProofs } from '../../../src/app-sign-in.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { TestApi, type Answer } from '../../support/api.ts';

const CONSOLE = { 'x-odograph-console': '1' };
const OWN = { ...CONSOLE, 'sec-fetch-site': 'same-origin' };

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme', 'owner');
});
afterAll(() => api.close());

const signIn = (by: string, headers: Readonly<Record<string, string>> = OWN): Promise<Answer> =>
  api.ask('POST', '/console/session', { body: { key: by }, headers });
const cookieIn = ({ headers }: Answer): string => String(headers['set-cookie']).split(';')[0] ?? '';
const make = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
  api.ask('POST', '/v1/api-keys', { body: { name: 'made' }, headers });

test('a key opens a session whose cookie no script can read and no other site makes use of', async () => {
  const answer = await signIn(key);
  expect(answer).toMatchObject({ status: 201, body: { role: 'owner', company: { oid: 'acme' } } });
  expect(String(answer.headers['set-cookie'])).toMatch(
    /^odograph-session=[\w-]{43}; Path=\/; Expires=.*; HttpOnly; SameSite=Strict$/,
  );
  expect(JSON.stringify(answer.body)).not.toContain(key);
  const cookie = cookieIn(answer);
  expect((await api.ask('GET', '/v1/gateway', { headers: { cookie } })).status).toBe(200);
  const { body } = await api.ask('GET', '/console/session', { headers: { cookie } });
  expect(body).toMatchObject({ caller: { role: 'owner', key_id: key.slice(4, 16) }, provider: null });
});

test('over TLS the cookie never goes without it', async () => {
  const behind = await TestApi.open({ trustedProxies: ['127.0.0.1'] });
  const answer = await behind.ask('POST', '/console/session', {
    body: { key: await behind.keyOf('acme') },
    headers: { ...OWN, 'x-forwarded-proto': 'https' },
  });
  expect(String(answer.headers['set-cookie'])).toMatch(/; Secure$/);
  await behind.close();
});

test('a key that is none opens no session', async () => {
  expect(await signIn(`${key.slice(0, -1)}_`)).toMatchObject({ status: 401, body: { name: 'ApiKeyInvalid' } });
  expect((await api.ask('GET', '/v1/caller', { headers: { cookie: 'odograph-session=x' } })).status).toBe(401);
  const { body } = await api.ask('GET', '/console/session', { headers: { cookie: `odograph-session=${'x'.repeat(43)}` } });
  expect(body).toEqual({ caller: null, provider: null });
});

describe('what changes something with the cookie', () => {
  let cookie: string;
  beforeAll(async () => void (cookie = cookieIn(await signIn(key))));

  test('comes from the console, as browsers of today and of yesterday tell', async () => {
    expect((await make({ cookie, ...OWN })).status).toBe(201);
    expect((await make({ cookie, ...CONSOLE, host: 'a.example', origin: 'https://a.example' })).status).toBe(201);
    expect((await make({ cookie, ...CONSOLE })).status).toBe(201);
  });

  test.each([
    ['without the header of the console', { 'sec-fetch-site': 'same-origin' }],
    ['from a page of another site', { ...CONSOLE, 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour on the same site', { ...CONSOLE, 'sec-fetch-site': 'same-site' }],
    ['from another origin', { ...CONSOLE, host: 'a.example', origin: 'https://b.example' }],
    ['from no origin that can be told', { ...CONSOLE, origin: 'null' }],
  ])('is refused %s', async (_name, headers) => {
    expect(await make({ cookie, ...headers })).toMatchObject({ status: 403, body: { name: 'ApiForbidden' } });
    expect((await signIn(key, headers)).status).toBe(403);
  });

  test('needs none of that with a key', async () => {
    expect((await make({ 'x-api-key': key, cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(201);
  });
});

test('a live stream that was opened with a session goes on as long as it, and one that was opened with a key as long as that', async () => {
  const { documents } = api.store;
  const { keys } = api.services;
  const isGood = goodProofs({ config: configSchema.parse({}), documents, keys, now: () => api.now });
  const other = await api.keyOf('acme', 'read');
  const cookie = cookieIn(await signIn(other));
  const { sessionId } = (await api.services.sessions.find(cookie.split('=')[1] ?? '')) ?? { sessionId: '' };
  const ask = () => Promise.all([isGood('acme', `session:${sessionId}`), isGood('acme', other.slice(4, 16))]);
  expect(await ask()).toEqual([true, true]);
  expect((await api.ask('GET', '/v1/stream', { headers: { cookie } })).status).toBe(200);
  await api.ask('DELETE', '/console/session', { headers: { cookie, ...OWN } });
  expect(await ask()).toEqual([false, true]);
  expect((await api.ask('GET', '/v1/stream', { headers: { cookie } })).status).toBe(401);
  await api.services.keys.revoke('acme', other.slice(4, 16));
  expect(await ask()).toEqual([false, false]);
});

test('a session ends with its time, with its key, and when somebody signs out', async () => {
  const admin = await api.keyOf('acme', 'admin');
  const [one, two, three] = [cookieIn(await signIn(admin)), cookieIn(await signIn(key)), cookieIn(await signIn(key))];
  const statuses = async () =>
    Promise.all([one, two, three].map(async (cookie) => (await api.ask('GET', '/v1/company', { headers: { cookie } })).status));
  expect(await statuses()).toEqual([200, 200, 200]);
  await api.services.keys.revoke('acme', admin.slice(4, 16));
  expect(await statuses()).toEqual([401, 200, 200]);
  const out = await api.ask('DELETE', '/console/session', { headers: { cookie: two, ...OWN } });
  expect(out.status).toBe(204);
  expect(String(out.headers['set-cookie'])).toContain('Expires=Thu, 01 Jan 1970');
  expect(await statuses()).toEqual([401, 401, 200]);
  api.laterMs = 13 * 3_600_000;
  expect(await statuses()).toEqual([401, 401, 401]);
  // The next one that is opened has those that ended forgotten.
  await signIn(key);
  expect(api.store.documents.due('console_sessions', api.now, 10)).toEqual([]);
  api.laterMs = 0;
});
