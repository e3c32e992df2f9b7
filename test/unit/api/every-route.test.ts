import { findGatewayError } from '#errors/gateway-error';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_ERRORS, type ApiErrorName } from '../../../src/api/errors.ts';
import type { RouteFacts } from '../../../src/api/route-table.ts';
import { TestApi, UPLOAD_BYTES, type Answer } from '../../support/api.ts';
import { ROUTE_CASES } from '../../support/api-cases/all.ts';
import type { CaseRequest, RouteCase, World } from '../../support/api-cases/route-case.ts';
import { SECRET } from '../../support/api-cases/things.ts';

// The table is needed before any test is: what is asked of each route hangs on it.
const table = await TestApi.open();
const ROUTES: readonly (RouteFacts & { name: string })[] = table.app.routeTable.map((route) => ({
  ...route,
  name: `${route.method} ${route.url}`,
}));
await table.close();

/** Errors that every route has for the same reasons, with what provokes them; they are asked for below, not in the cases. */
const COMMON: ReadonlySet<ApiErrorName> = new Set([
  'ApiKeyMissing',
  'ApiKeyInvalid',
  'ApiForbidden',
  'ApiAttributeException',
  'ApiAttributeMissing',
  'ApiBodyTooLarge',
  'ApiMediaTypeUnsupported',
  'ApiRateExceeded',
  'ApiInternal',
  'ApiStoreAway',
  // Needs two requests at once; has a test of its own.
  'ApiIdempotencyKeyBusy',
]);

let api: TestApi;
/** An API whose registry cannot be reached. */
let away: { api: TestApi; key: string; operatorKey: string };
let count = 0;
const fresh = () => ++count;

async function newWorld(): Promise<World> {
  const companyId = `a${fresh()}`;
  const otherId = `b${fresh()}`;
  const [key, readKey] = [await api.keyOf(companyId), await api.keyOf(companyId, 'read')];
  const [otherKey, operatorKey] = [await api.keyOf(otherId), await api.keyOf('', 'operator')];
  return { api, companyId, key, readKey, otherId, otherKey, operatorKey, fresh };
}

function ask({ method, url }: RouteFacts, { params = {}, query = '', ...asking }: CaseRequest, key?: string): Promise<Answer> {
  const address = url.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? '0123456789ab'));
  return api.ask(method, address + query, { ...asking, ...(key === undefined ? {} : { key }) });
}

const caseOf = (name: string): RouteCase => ROUTE_CASES[name] as RouteCase;
/** The key that may make the request of a case. */
const goodKey = ({ access }: RouteFacts, { key, operatorKey }: World) => (access === 'operator' ? operatorKey : key);

function expectError(answer: Answer, name: ApiErrorName): void {
  const { errCode, httpCode } = API_ERRORS[name];
  expect(answer.body).toMatchObject({ err_code: errCode, http_code: httpCode, name, msg: expect.any(String) as string });
  expect(answer.status).toBe(httpCode);
}

beforeAll(async () => {
  api = await TestApi.open();
  const broken = await TestApi.open();
  away = { api: broken, key: await broken.keyOf('acme'), operatorKey: await broken.keyOf('', 'operator') };
  broken.store.close();
});
afterAll(async () => {
  // What is away without a fault of the API's is asked for by cases.
  const provoked = new Set(['sink_unreachable', 'provider_unreachable']);
  const unprovoked = api.failures.filter((failure) => !provoked.has(findGatewayError(failure)?.code ?? ''));
  if (unprovoked.length > 0) throw new AggregateError(unprovoked, 'the API failed to answer');
  await api.close();
  await away.api.app.close();
});

test('every route has a case, and every case a route', () => {
  expect(ROUTES.length).toBeGreaterThan(30);
  expect(Object.keys(ROUTE_CASES).sort()).toEqual(ROUTES.map(({ name }) => name).sort());
});

test('every error of the table belongs to a route, and no two share a number', () => {
  const own = new Set(ROUTES.flatMap(({ errors }) => errors));
  const anywhere = new Set(['ApiEntityNotFound', 'ApiMethodNotAllowed', 'ApiSecretsUnreadable']);
  expect(Object.keys(API_ERRORS).filter((name) => !own.has(name as ApiErrorName) && !anywhere.has(name))).toEqual([]);
  const numbers = Object.values(API_ERRORS).map(({ errCode }) => errCode);
  expect(new Set(numbers).size).toBe(numbers.length);
});

describe.each(ROUTES)('$name', (route) => {
  const { request, status, tenancy, errors = {} } = caseOf(route.name);
  const isOpen = route.access === 'public';

  test('answers', async () => {
    const world = await newWorld();
    const answer = await ask(route, await request(world), goodKey(route, world));
    expect(answer.body).not.toHaveProperty('err_code');
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
  });

  test.runIf(isOpen)('asks for no key', async () => {
    expect((await ask(route, await request(await newWorld()))).status).toBe(status);
  });

  test.runIf(!isOpen)('asks for a good key before anything else', async () => {
    const world = await newWorld();
    const asked = await ask(route, { body: '{', headers: { 'content-type': 'x/y' } });
    expectError(asked, 'ApiKeyMissing');
    expect(asked.headers['www-authenticate']).toBe('Bearer');
    const key = goodKey(route, world);
    for (const bad of ['x', key.slice(0, -1), `${key}x`, key.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))]) {
      expectError(await ask(route, {}, bad), 'ApiKeyInvalid');
    }
  });

  test.runIf(!isOpen)('refuses keys of another role', async () => {
    const { readKey, key, operatorKey } = await newWorld();
    const wrong = {
      public: [],
      any: [],
      read: [operatorKey],
      admin: [readKey, operatorKey],
      keys: [readKey],
      operator: [readKey, key],
    }[route.access];
    for (const each of wrong) expectError(await ask(route, {}, each), 'ApiForbidden');
  });

  test.runIf(tenancy !== "nobody's")('shows and changes nothing of another company', async () => {
    const world = await newWorld();
    const made = await request(world);
    // A registration is made first, so that its id is in use.
    if (status === 201 && (await ask(route, made, world.key)).status !== 201) throw new Error('the request itself is wrong');
    const answer = await ask(route, made, world.otherKey);
    const judge = typeof tenancy === 'function' ? tenancy : () => expectError(answer, tenancy as ApiErrorName);
    await judge(answer, world);
    // What the company itself gets is as if nobody had asked; what was registered, it would find registered.
    const again = status === 201 ? status : (await ask(route, made, world.key)).status;
    expect(again).toBe(status);
  });

  const own = route.errors.filter((name) => !COMMON.has(name));
  test('has a case for each of its errors', () => {
    expect(Object.keys(errors).sort()).toEqual([...own].sort());
  });

  test.each(own)('answers %s', async (name) => {
    const world = await newWorld();
    const provoke = errors[name];
    if (provoke === undefined) throw new Error('no case');
    const { key = world.key, ...asking } = await provoke(world);
    expectError(await ask(route, asking, key), name);
  });

  test.runIf(route.takesBody)('takes no body but its own', async () => {
    const world = await newWorld();
    const key = goodKey(route, world);
    const { body, ...good } = await request(world);
    const json = { 'content-type': 'application/json' };
    expectError(
      await ask(route, { ...good, body: '<a/>', headers: { 'content-type': 'text/xml' } }, key),
      'ApiMediaTypeUnsupported',
    );
    if (body instanceof Uint8Array) {
      const long = new Uint8Array(UPLOAD_BYTES + 1);
      expectError(await ask(route, { ...good, body: long }, key), 'ApiBodyTooLarge');
      expectError(await ask(route, { ...good, body: '{}', headers: json }, key), 'ApiAttributeException');
      return;
    }
    expectError(await ask(route, { ...good, body: ' '.repeat(300_000), headers: json }, key), 'ApiBodyTooLarge');
    for (const text of ['{', '', '[]', 'null', '"a"', '{"__proto__":{}}', '\u0000']) {
      const answer = await ask(route, { ...good, body: text, headers: json }, key);
      expect([text, answer.status, answer.body['err_code']]).toEqual([text, 400, 9_900]);
    }
    const foreign = await ask(route, { ...good, body: { ...(body as object), 'no such thing': 1 } }, key);
    expectError(foreign, 'ApiAttributeException');
    expect(foreign.body['msg']).toContain('no such thing');
  });

  test.runIf(!isOpen)('answers 503 while the registry is away', async () => {
    const key = route.access === 'operator' ? away.operatorKey : away.key;
    const address = route.url.replaceAll(/:\w+/g, '0123456789ab');
    const asked = await away.api.ask(route.method, address, { key });
    expectError(asked, 'ApiStoreAway');
    expect(asked.headers['retry-after']).toBe('2');
  });
});
