import { afterEach, expect, test } from 'vitest';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
afterEach(() => api.close());

test('a key may make so many requests a minute, and others are not hindered by it', async () => {
  api = await TestApi.open({ requestsPerMinute: 3 });
  const [key, other] = [await api.keyOf('acme'), await api.keyOf('other')];
  const ask = (by: string) => api.ask('GET', '/v1/company', { key: by });
  for (let i = 0; i < 3; i++) expect((await ask(key)).status).toBe(200);
  const refused = await ask(key);
  expect(refused.body).toMatchObject({ name: 'ApiRateExceeded', http_code: 429 });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await ask(other)).status).toBe(200);
});

test('who guesses keys is not even looked up any more', async () => {
  api = await TestApi.open({ failedKeysPerMinute: 5 });
  const good = await api.keyOf('acme');
  const guess = () => api.ask('GET', '/v1/company', { key: `odo_${'0'.repeat(12)}_${'A'.repeat(43)}` });
  for (let i = 0; i < 5; i++) expect((await guess()).status).toBe(401);
  expect((await guess()).body).toMatchObject({ name: 'ApiRateExceeded' });
  // From the same address not even a right guess is told.
  expect((await api.ask('GET', '/v1/company', { key: good })).status).toBe(429);
});

test('keys that contradict each other are none', async () => {
  api = await TestApi.open();
  const [key, other] = [await api.keyOf('acme'), await api.keyOf('other')];
  const answer = await api.ask('GET', '/v1/company', { key, headers: { authorization: `Bearer ${other}` } });
  expect(answer.body).toMatchObject({ name: 'ApiKeyInvalid', msg: expect.stringContaining('different keys') as string });
});

test('an expired key is told so, to who has it', async () => {
  api = await TestApi.open();
  await api.keyOf('acme');
  const { secret } = await api.services.keys.create({ companyId: 'acme', name: 'a', role: 'read', expiresAt: api.now + 1_000 });
  expect((await api.ask('GET', '/v1/company', { key: secret })).status).toBe(200);
  api.laterMs += 1_000;
  expect((await api.ask('GET', '/v1/company', { key: secret })).body['msg']).toMatch(/expired/);
});

test('an address names the methods it has', async () => {
  api = await TestApi.open();
  const answer = await api.ask('PUT', '/v1/trackers');
  expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
  const other = await api.ask('QUERY', '/v1/trackers/register');
  expect([other.status, other.headers['allow']]).toEqual([405, 'POST']);
});

test('an address that cannot be read is refused in the one form', async () => {
  api = await TestApi.open();
  const key = await api.keyOf('acme');
  for (const path of ['%', '%ff', 'x'.repeat(300), 'x'.repeat(3_000)]) {
    const { status, body } = await api.ask('GET', `/v1/trackers/${path}`, { key });
    expect([path.slice(0, 9), status, body['err_code']]).toEqual([path.slice(0, 9), 400, 9_900]);
  }
});

test('pages of allowed origins may call, others may not', async () => {
  api = await TestApi.open({ allowedOrigins: ['https://fleet.example'] });
  const preflight = (origin: string) =>
    api.ask('OPTIONS', '/v1/trackers', { headers: { origin, 'access-control-request-method': 'GET' } });
  expect((await preflight('https://fleet.example')).headers['access-control-allow-origin']).toBe('https://fleet.example');
  expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
});

test('of two registrations at once only one takes the last place', async () => {
  api = await TestApi.open();
  const key = await api.keyOf('acme');
  await api.services.companies.update('acme', { maxTrackers: 1 });
  const register = (id: string) =>
    api.ask('POST', '/v1/trackers/register', { key, body: { tracker_id: id, provider: 'targa', type: 'canbus' } });
  const answers = await Promise.all([register('359632104952350'), register('356307042441013')]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 403]);
  expect(answers.find(({ status }) => status === 403)?.body).toMatchObject({ name: 'TrackerCouldNotBeCreatedMaxNumber' });
});
