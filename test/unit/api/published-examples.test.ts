/** The examples of the documentation this API follows, each mended where it was no JSON: `=` stood for `:`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestApi } from '../../support/api.ts';

const OBJECT_ID = `"object_id": { "vin": "WF0AXXWPMAJB43745", "license_plate": "6666KKK", "make": "Honda", "model": "Civic" }`;

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
});
afterAll(() => api.close());

/** The examples, in the order in which a reader meets them. */
const EXAMPLES: readonly [what: string, method: 'POST' | 'GET', url: string, body: string | null, status: number][] = [
  [
    'registering a tracker',
    'POST',
    '/v1/trackers/register',
    `{ "tracker_id": "359632104952350", "provider": "targa", "type": "canbus", "vehicle_type": "car", ${OBJECT_ID} }`,
    201,
  ],
  [
    'registering with Cartrack',
    'POST',
    '/v1/trackers/register',
    `{ "tracker_id": "WF0AXXWPMAJB43745", "provider": "cartrack", "type": "canbus", "vehicle_type": "car",
       "foreign_tracker_id": "6666KKK", ${OBJECT_ID} }`,
    201,
  ],
  [
    'registering with Astrata',
    'POST',
    '/v1/trackers/register',
    `{ "tracker_id": "356307042441013", "provider": "astrata", "type": "obd", "vehicle_type": "car", ${OBJECT_ID} }`,
    201,
  ],
  [
    'registering with Mercedes-Benz',
    'POST',
    '/v1/trackers/register',
    `{ "tracker_id": "WDB1111111A111111", "provider": "mercedes-benz", "type": "oem", "vehicle_type": "car" }`,
    201,
  ],
  [
    'validating',
    'POST',
    '/v1/trackers/validate',
    `{ "tracker_id": "359632104952350", "provider": "targa", "type": "canbus" }`,
    200,
  ],
  [
    'validating with the odometer',
    'POST',
    '/v1/trackers/validate',
    `{ "tracker_id": "WDB1111111A111111", "provider": "mercedes-benz", "odo_value": 12345 }`,
    200,
  ],
  ['making a key', 'POST', '/v1/api-keys', `{ "company_oid": "acme" }`, 201],
  ['listing by company', 'GET', '/v2/trackers/list?company_oid=acme&validation_status=pending', null, 200],
  [
    'registering an asset',
    'POST',
    '/v2/assets/register',
    `{ "provider": "targa", "installation_order": true, "company_address_oid": "a1", "contact_person": "Ana",
       "registration_country": "ESP", "id": "WF0AXXWPMAJB43746", "type": "CANbus", "packages": ["p1"],
       "license_plate": "6666KKL", "model_year": 2022, "tank_size": 45, "color": "dark grey" }`,
    201,
  ],
];

test.each(EXAMPLES)('%s', async (_what, method, url, body, status) => {
  const headers = { 'X-BOTON-APIKEY': key, ...(body === null ? {} : { 'content-type': 'application/json' }) };
  const answer = await api.ask(method, url, { headers, ...(body === null ? {} : { body }) });
  expect(answer.body['problems'] ?? answer.body['msg']).toBeUndefined();
  expect(answer.status).toBe(status);
});

test('a tracker can be polled at the published address, with its slash', async () => {
  const list = await api.ask('GET', '/v1/trackers?provider=targa', { key });
  const [first] = list.body['items'] as { oid: string }[];
  const detail = await api.ask('GET', `/v1/trackers/${first?.oid}/`, { key });
  expect(detail.body).toMatchObject({ oid: first?.oid, next: expect.any(String) as string });
});
