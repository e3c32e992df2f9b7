/** Links of the tracker page: opened once, by the page that asks first, until they are ended or their tracker is. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestApi, type Answer } from '../../support/api.ts';

const HOUR_MS = 3_600_000;
const secretOf = () => randomBytes(32).toString('base64url');

let api: TestApi;
let key: string;
let oid: string;

beforeEach(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
  oid = await register('van 7');
});
afterEach(() => api.close());

async function register(trackerId: string): Promise<string> {
  const body = { tracker_id: trackerId, provider: 'html5', type: 'oem' };
  return (await api.ask('POST', '/v1/trackers/register', { key, body })).body['oid'] as string;
}

async function link(of = oid, body: object = {}): Promise<{ id: string; url: string; token: string; svg: string }> {
  const { status, body: made } = await api.ask('POST', `/v1/trackers/${of}/html5-links`, { key, body });
  expect(status).toBe(201);
  const url = made['url'] as string;
  return { id: (made['link'] as { id: string }).id, url, token: url.split('#')[1] ?? '', svg: made['qr_svg'] as string };
}

const open = (token: string, secret: string): Promise<Answer> =>
  api.ask('POST', '/v1/html5/open', { body: { link: token, secret } });

async function opened(token: string, secret: string): Promise<string> {
  const { status, body } = await open(token, secret);
  expect(status).toBe(200);
  return body['address'] as string;
}

const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } });
const standing = (address: string, secret: string) => api.ask('GET', `/v1/html5/pages/${address}`, bearer(secret));
const fix = (seq: number) => ({
  id: `f${seq}`,
  seq,
  timestamp: api.now - 60_000 + seq * 1_000,
  coords: { latitude: 41.4, longitude: 2.2, accuracy: 8 },
});
const push = (address: string, secret: string, ...fixes: object[]) =>
  api.ask('POST', `/push/${address}`, { ...bearer(secret), body: { batch: 1, fixes } });

describe('a link', () => {
  test('leads to the page under the address the caller asked at, with its token behind the #, and shows it this once', async () => {
    const made = await link();
    expect(made.url).toMatch(/^http:\/\/localhost:80\/track\/#[\w-]{43}$/);
    expect(made.svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    const { body } = await api.ask('GET', `/v1/trackers/${oid}/html5-links`, { key });
    expect(body['items']).toMatchObject([{ id: made.id, opened_at: null }]);
    expect(JSON.stringify(body)).not.toContain(made.token);
  });

  test('is opened once; the page that opened it may ask again, for its answer may have been lost', async () => {
    const { token, id } = await link();
    const secret = secretOf();
    const address = await opened(token, secret);
    expect(await opened(token, secret)).toBe(address);
    const late = await open(token, secretOf());
    expect(late.body).toMatchObject({ http_code: 410, name: 'PageLinkUsed' });
    expect(late.body['msg']).toBe('this link was opened before, and works only once: ask for a new one');
    const { body } = await api.ask('GET', `/v1/trackers/${oid}/html5-links`, { key });
    expect(body['items']).toMatchObject([{ id, opened_at: new Date(api.now).toISOString() }]);
  });

  test('has a time, after which nobody opens it and whoever has goes on', async () => {
    const [early, late] = [await link(oid, { expires_in_minutes: 60 }), await link(oid, { expires_in_minutes: 60 })];
    const secret = secretOf();
    const address = await opened(early.token, secret);
    api.laterMs += HOUR_MS;
    expect((await open(late.token, secretOf())).body).toMatchObject({ name: 'PageLinkExpired' });
    expect(await opened(early.token, secret)).toBe(address);
    expect((await standing(address, secret)).status).toBe(200);
    // A month later it is forgotten, when the next one is made.
    api.laterMs += 31 * 24 * HOUR_MS;
    await link();
    expect((await open(late.token, secretOf())).body).toMatchObject({ name: 'PageLinkNotFound' });
    expect((await standing(address, secret)).status).toBe(200);
  });

  test('is of two pages that open it at once the one’s or the other’s', async () => {
    const { token } = await link();
    const answers = await Promise.all(Array.from({ length: 5 }, () => open(token, secretOf())));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 410)).toHaveLength(4);
  });

  test('makes the same secret another page for another tracker', async () => {
    const secret = secretOf();
    const other = await register('van 8');
    const first = await opened((await link()).token, secret);
    const second = await opened((await link(other)).token, secret);
    expect((await standing(first, secret)).body['tracker_id']).toBe('van 7');
    expect((await standing(second, secret)).body['tracker_id']).toBe('van 8');
  });

  test('is made for trackers of html5 that are not disconnected', async () => {
    const body = { tracker_id: '356307042441013', provider: 'targa', type: 'canbus' };
    const box = (await api.ask('POST', '/v1/trackers/register', { key, body })).body['oid'] as string;
    const refused = await api.ask('POST', `/v1/trackers/${box}/html5-links`, { key, body: {} });
    expect(refused.body).toMatchObject({ http_code: 400, msg: expect.stringContaining('only trackers of html5') as string });
    await api.ask('POST', `/v1/trackers/${oid}/cancel`, { key });
    expect((await api.ask('POST', `/v1/trackers/${oid}/html5-links`, { key, body: {} })).body['msg']).toContain('disconnected');
  });

  test('is not made in any number', async () => {
    for (let i = 0; i < 100; i++) await api.services.pageLinks.create('acme', oid, HOUR_MS);
    const refused = await api.ask('POST', `/v1/trackers/${oid}/html5-links`, { key, body: {} });
    expect(refused.body).toMatchObject({ http_code: 400, msg: expect.stringContaining('100 links') as string });
  });

  test('cannot be guessed for long from one address', async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 40; i++) statuses.add((await open(`guess ${i}`, secretOf())).status);
    expect([...statuses]).toEqual([404, 429]);
    const refused = await open('guess', secretOf());
    expect(refused.body).toMatchObject({ name: 'ApiRateExceeded' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('an opened page', () => {
  test('pushes fixes of its tracker, and hears which batch is durable and through which number', async () => {
    const secret = secretOf();
    const address = await opened((await link()).token, secret);
    const answer = await push(address, secret, fix(1), fix(2));
    expect([answer.status, answer.body]).toEqual([200, { accepted: ['f1', 'f2'], rejected: [], batch: 1, through: 2 }]);
    expect(api.spool.committedSeq).toBe(1);
    // Its answer was lost: the same again is taken once.
    expect((await push(address, secret, fix(1), fix(2))).body['through']).toBe(2);
    expect(api.spool.committedSeq).toBe(1);
    const mixed = await push(address, secret, fix(3), { ...fix(4), coords: {} });
    expect([mixed.status, mixed.body['accepted'], mixed.body['through']]).toEqual([200, ['f3'], 4]);
    expect(mixed.body['rejected']).toMatchObject([{ id: 'f4', reason: expect.stringContaining('this is no fix') as string }]);
  });

  test('needs its secret for either', async () => {
    const secret = secretOf();
    const address = await opened((await link()).token, secret);
    expect((await push(address, secretOf(), fix(1))).status).toBe(401);
    expect((await standing(address, secretOf())).body).toMatchObject({ name: 'PageEnded' });
    expect((await standing('elsewhere', secret)).body).toMatchObject({ name: 'PageEnded' });
    expect((await standing(address, secret)).body).toEqual({
      tracker_id: 'van 7',
      validation_status: 'pending',
      metres: 0,
      needed_metres: 500,
    });
  });

  test.each([
    ['its link', async ({ id }: { id: string }) => api.ask('DELETE', `/v1/trackers/${oid}/html5-links/${id}`, { key }), 404],
    ['all links', async () => api.ask('DELETE', `/v1/trackers/${oid}/html5-links`, { key }), 404],
    ['its tracker', async () => api.ask('POST', `/v1/trackers/${oid}/cancel`, { key }), 410],
    ['its tracker for good', async () => api.ask('DELETE', `/v1/trackers/${oid}`, { key }), 404],
  ])('ends with %s', async (_what, end, status) => {
    const secret = secretOf();
    const made = await link();
    const address = await opened(made.token, secret);
    const seen = api.spool.committedSeq;
    expect((await end(made)).status).toBeLessThan(300);
    expect((await push(address, secret, fix(1))).status).toBe(status);
    expect(api.spool.committedSeq).toBe(seen);
    expect((await standing(address, secret)).body).toMatchObject({ name: 'PageEnded', http_code: 410 });
    expect((await open(made.token, secret)).body).toMatchObject({ name: 'PageLinkNotFound' });
  });

  test('speaks for the id its tracker has by now', async () => {
    const secret = secretOf();
    const address = await opened((await link()).token, secret);
    await api.ask('POST', `/v1/trackers/${oid}/update`, { key, body: { tracker_id: 'van 77' } });
    const answer = await push(address, secret, fix(1));
    expect(answer.status).toBe(200);
    expect((await standing(address, secret)).body['tracker_id']).toBe('van 77');
  });
});

describe('the page', () => {
  test('is at an address with a slash at its end, and brings a policy that lets it talk to nobody else', async () => {
    expect((await api.ask('GET', '/track')).headers.location).toBe('track/');
    const { status, headers } = await api.ask('GET', '/track/');
    expect([status, headers['content-type'], headers['referrer-policy']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-referrer',
    ]);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
    expect(headers['permissions-policy']).toMatch(/^geolocation=\(self\)/);
  });

  test('is told to whoever has it already', async () => {
    const { headers } = await api.ask('GET', '/track/main.ts');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    const again = await api.ask('GET', '/track/main.ts', { headers: { 'if-none-match': String(headers.etag) } });
    expect(again.status).toBe(304);
  });

  test.each(['nothing.ts', 'tsconfig.json', 'index.html', '..%2Ffiles.ts', '%00', 'constructor'])('has no %s', async (name) => {
    expect((await api.ask('GET', `/track/${name}`)).body).toMatchObject({ name: 'ApiEntityNotFound' });
  });
});
