/** What a cloud states about the right to a vehicle's data moves the tracker: over the API, through the spool, over a restart. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PUSHED_BODIES } from '../../src/simulate/clouds/bodies.ts';
import { driveOf } from '../../src/simulate/clouds/drive.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const VIN = 'W1KZF8DB0MA000042';
const ODOMETER_KM = 48_210;
const dataDir = newDataDir();
const settings = { clickhouse: { batchAgeMs: 20 } };

let gateway: RunningGateway;
/** Of the first start; the next ones know no key. */
let key: string;
let path: string;
let oid: string;

beforeAll(async () => {
  gateway = await RunningGateway.start(settings, dataDir);
  key = gateway.gateway.firstKey?.secret ?? '';
  path = (await ask('POST', '/v1/push-endpoints', { name: 'cloud', protocol: 'mercedes-benz' }))['path'] as string;
  const registration = { tracker_id: VIN, provider: 'mercedes-benz', type: 'oem', odo_value: ODOMETER_KM };
  oid = (await ask('POST', '/v1/trackers/register', registration))['oid'] as string;
});
afterAll(async () => {
  await gateway.stop();
  removeFolder(dataDir);
});

async function ask(method: string, url: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.apiPort}${url}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Record<string, unknown>;
}

async function push(body: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.apiPort}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

async function drive(): Promise<void> {
  const states = driveOf({ until: Date.now(), minutes: 3, everyMs: 10_000, odometerKm: ODOMETER_KM });
  for (const body of PUSHED_BODIES['mercedes-benz'](VIN, states)) await push(body);
}

/** A message of the maker about the service that the data comes by. */
const stating = (messageId: string, status: string, timestamp: number) => ({
  messageId,
  vin: VIN,
  timestamp,
  messageType: 'vehicle_service_status_update',
  version: '1',
  data: { services: [{ serviceId: '1001', status }] },
});

async function history(): Promise<{ to: string; cause: string; at: string }[]> {
  return (await ask('GET', `/v1/trackers/${oid}/transitions`))['items'] as { to: string; cause: string; at: string }[];
}
const reaches = (status: string) =>
  until(`${VIN} is ${status}`, async () => (await ask('GET', `/v1/trackers/${oid}`))['validation_status'] === status, 40_000);
/** Whatever was pushed has been weighed and committed. */
const settled = async () => gateway.stored();

test('a service that is taken back ends the access, once, and one that is given again has the tracker validated again', async () => {
  await ask('POST', '/v1/trackers/validate', { tracker_id: VIN, provider: 'mercedes-benz' });
  await drive();
  await reaches('pending_for_data');
  await drive();
  await reaches('connected');
  const connected = (await history()).length;

  const withdrawnAt = Date.now();
  await push(stating('m-1', 'INACTIVE', withdrawnAt));
  await reaches('error_access');
  await push(stating('m-1', 'INACTIVE', withdrawnAt));
  await push(stating('m-2', 'INACTIVE', withdrawnAt));
  await settled();
  await gateway.stop();
  gateway = await RunningGateway.start(settings, dataDir);
  await push(stating('m-3', 'INACTIVE', withdrawnAt));
  await settled();
  const ended = await history();
  expect(ended.slice(connected)).toMatchObject([
    { to: 'error_access', cause: 'mercedes-benz reports that the access has ended: service 1001 is INACTIVE' },
  ]);

  await push(stating('m-4', 'ACTIVE', Date.now()));
  await reaches('pending_validation');
  await drive();
  await reaches('pending_for_data');
  await push(stating('m-5', 'INACTIVE', withdrawnAt));
  await settled();
  expect((await history()).slice(connected).map(({ to }) => to)).toEqual([
    'error_access',
    'pending_validation',
    'pending_for_data',
  ]);
});
