import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
let admin: string;
let operator: string;
beforeAll(async () => {
  api = await TestApi.open();
  // What a ClickHouse that has nothing answers.
  api.rows = { rows: () => Promise.resolve([]) };
  admin = await api.keyOf('acme');
  operator = await api.keyOf('', 'operator');
});
afterAll(() => api.close());

const ANY_NUMBER = expect.any(Number) as number;

/** Names that routes know, so that random bodies get past the first check. */
const NAMES =
  `tracker_id provider type vehicle_type foreign_tracker_id object_id odo_value credentials name slug email id packages
  model_year installation_order registration_country oid max_trackers url events since protocol ident proof role company_oid
  grace_hours expires_in_days`.split(/\s+/);
const PLAIN = 'targa bmw cartrack mercedes-benz html5 oem canbus obd car ESP read 359632104952350 WF0AXXWPMAJB43745 __proto__';
const WORDS = [...PLAIN.split(' '), 'https://example.com/', '\u0000', '\uD800', '😀', ''];
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 40 }));
const value = fc.oneof(
  word,
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4 }),
);
const body = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 9 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.string() },
);
const query = fc.dictionary(
  fc.constantFrom('cursor', 'limit', 'text', 'group', 'status', 'category', 'from', 'to', 'x'),
  word,
  {
    maxKeys: 3,
  },
);

test('no request whatever makes the gateway fail, and every refusal has the one form', async () => {
  const routes = api.app.routeTable;
  await fc.assert(
    fc.asyncProperty(fc.nat(routes.length - 1), body, query, word, async (index, sent, asked, parameter) => {
      const route = routes[index];
      if (route === undefined) throw new Error('no route');
      const key = route.access === 'operator' ? operator : admin;
      const path = route.url.replaceAll(/:\w+/g, encodeURIComponent(parameter.toWellFormed()) || 'x');
      const wellFormed = Object.entries(asked).map(([name, text]): [string, string] => [name, text.toWellFormed()]);
      const search = new URLSearchParams(wellFormed).toString();
      const answer = await api.ask(route.method, `${path}?${search}`, {
        key,
        ...(route.takesBody ? { body: sent, headers: { 'content-type': 'application/json' } } : {}),
      });
      expect(answer.status).toBeLessThan(500);
      const isRefused = answer.status >= 400 && !route.url.startsWith('/push/');
      const form = isRefused ? { err_code: ANY_NUMBER, http_code: answer.status } : {};
      expect(answer.body).toMatchObject(form);
    }),
    { numRuns: 1_500 },
  );
  expect(api.failures).toEqual([]);
}, 120_000);

test('a body nested without end is refused', async () => {
  const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
  const text = `{"tracker_id":"a","provider":"html5","type":"oem","object_id":{"a":${deep}}}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await api.ask('POST', '/v1/trackers/register', { key: admin, body: text, headers });
  expect(answer.body).toMatchObject({ err_code: 9900, msg: expect.stringContaining('nested') as string });
});
