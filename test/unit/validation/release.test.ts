/** What a validation asked for at the provider is given back once its tracker is disconnected: against stand-ins, over real HTTP. */
import { afterEach, describe, expect, test } from 'vitest';
import type { ProviderName } from '#model/tracker';
import { ClearanceCloud } from '../../../src/simulate/clouds/clearance.ts';
import { CloudServer, type CloudHandler } from '../../../src/simulate/clouds/cloud-server.ts';
import { MercedesBenzCloud } from '../../../src/simulate/clouds/mercedes-benz.ts';
import { StellantisCloud } from '../../../src/simulate/clouds/stellantis.ts';
import { cancelTracker, deleteTracker } from '../../../src/store/change.ts';
import { VALIDATIONS, validationOf, type Validation } from '../../../src/validation/document.ts';
import { releaseSoon } from '../../../src/validation/start.ts';
import { ValidationBench, VIN } from '../../support/validation-bench.ts';

const OTHER_VIN = 'WF0AXXWPMAJB43746';
const FLEET = { fleet_id: 'f', client_id: 'c', username: 'u', password: 'p' };

let cloud: CloudServer;
let bench: ValidationBench;
afterEach(async () => {
  await bench.close();
  await cloud.close();
});

async function open(handler: CloudHandler, settings: (url: string) => Record<string, unknown>): Promise<void> {
  cloud = await CloudServer.start(handler);
  bench = new ValidationBench(settings(cloud.url));
}

async function openBmw(): Promise<ClearanceCloud> {
  const clearance = new ClearanceCloud('t');
  clearance.answerAll('approved');
  await open(clearance.handle, (url) => ({ providers: { bmw: { api: { url } } } }));
  bench.credentials.set('bmw', { token: 't' });
  return clearance;
}

async function openStellantis(): Promise<StellantisCloud> {
  const account = { fleetId: 'f', clientId: 'c', username: 'u', password: 'p', vehicles: [VIN, OTHER_VIN] };
  const fleet = new StellantisCloud(account);
  await open(fleet.handle, (url) => ({
    providers: { stellantis: { api: { url: `${url}/connectedcar/v3` } } },
    validation: { publicUrl: 'https://telematics.example.com' },
  }));
  bench.credentials.set('stellantis', FLEET);
  return fleet;
}

async function validated(provider: ProviderName, trackerId = VIN): Promise<string> {
  const oid = await bench.register(provider, trackerId);
  await bench.validate(oid, 100);
  await bench.step();
  if (provider === 'mercedes-benz') await bench.hearOdometer(oid, 100);
  expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
  return oid;
}

async function cancel(oid: string): Promise<void> {
  bench.now++;
  await cancelTracker(bench.store, oid, 'sold', () => bench.now);
  await releaseSoon({ documents: bench.store.documents, clock: () => bench.now }, oid);
}
const documentOf = (oid: string) => bench.store.documents.document<Validation>(VALIDATIONS, oid);

describe('bmw', () => {
  test('gives the clearance back when its tracker is cancelled, and forgets it', async () => {
    const clearance = await openBmw();
    const oid = await validated('bmw');
    await cancel(oid);
    await bench.step();
    expect(clearance.statusOf(VIN)).toBe('revoking');
    expect(documentOf(oid)).toBeNull();
  });

  test('gives back a request that the owner has refused, or not answered, and does so when it is deleted, too', async () => {
    const clearance = await openBmw();
    clearance.answerAll('rejected');
    const refused = await bench.begin('bmw');
    expect(await bench.finish(refused)).toMatchObject({ status: 'error_rejected' });
    bench.now++;
    await deleteTracker(bench.store, refused, 'sold', () => bench.now);
    // Nobody has said so: the next look finds it.
    bench.now = Math.max(bench.now, documentOf(refused)?.dueAt ?? 0);
    await bench.step();
    expect(clearance.statusOf(VIN)).toBe('canceling');
    expect(documentOf(refused)).toBeNull();
  });

  test('tries as often as it takes, whatever dies in between', async () => {
    const clearance = await openBmw();
    const oid = await validated('bmw');
    cloud.plan({ status: 503 }, { status: 401 });
    await cancel(oid);
    await bench.step();
    expect(documentOf(oid)).toMatchObject({ body: { phase: 'releasing', lastAnswer: expect.stringContaining('503') } });
    expect(await validationOf(bench.store.documents, oid)).toBeNull();
    // Another gateway goes on.
    const other = bench.anotherRunner({ providers: { bmw: { api: { url: cloud.url } } } });
    for (const status of ['approved', 'revoking'] as const) {
      bench.now = documentOf(oid)?.dueAt ?? bench.now;
      await bench.step(other);
      expect(clearance.statusOf(VIN)).toBe(status);
    }
    expect(documentOf(oid)).toBeNull();
  });

  test('leaves it to the tracker that the company has registered for the vehicle since', async () => {
    const clearance = await openBmw();
    const oid = await validated('bmw');
    bench.now++;
    await cancelTracker(bench.store, oid, 'a new contract', () => bench.now);
    await validated('bmw');
    const asked = cloud.requests.length;
    await releaseSoon({ documents: bench.store.documents, clock: () => bench.now }, oid);
    await bench.step();
    expect([cloud.requests.length, clearance.statusOf(VIN), documentOf(oid)]).toEqual([asked, 'approved', null]);
  });

  test('asks nobody without the account, and gives up in the end', async () => {
    await openBmw();
    const oid = await validated('bmw');
    cloud.plan(...Array.from({ length: 9 }, () => ({ status: 401 })));
    await cancel(oid);
    await bench.step();
    bench.now += 29 * 86_400_000;
    await bench.step();
    expect(documentOf(oid)).toBeNull();

    bench.now++;
    const again = await bench.register('bmw', OTHER_VIN);
    cloud.plan();
    await bench.validate(again);
    bench.credentials.delete('bmw');
    await bench.step();
    const asked = cloud.requests.length;
    await cancel(again);
    await bench.step();
    expect([cloud.requests.length, documentOf(again)]).toEqual([asked, null]);
  });
});

test('mercedes-benz has the services of the vehicle switched off, also after a validation that failed', async () => {
  const makers = new MercedesBenzCloud({ clientId: 'i', clientSecret: 's', vehicles: [VIN] });
  await open(makers.handle, (url) => ({
    providers: { 'mercedes-benz': { api: { url: `${url}/api`, tokenUrl: `${url}/v1/token`, services: ['1001', '1005'] } } },
  }));
  bench.credentials.set('mercedes-benz', { client_id: 'i', client_secret: 's' });
  const oid = await bench.begin('mercedes-benz', 100);
  await bench.step();
  await bench.hearOdometer(oid, 9_000);
  expect(await bench.finish(oid)).toMatchObject({ status: 'error_validating' });
  expect(makers.stateOf(VIN, '1001')).toBe('ACTIVE');
  cloud.plan({ status: 401 });
  await cancel(oid);
  await bench.step();
  expect(documentOf(oid)).toMatchObject({ body: { phase: 'releasing' } });
  bench.now = documentOf(oid)?.dueAt ?? bench.now;
  await bench.step();
  expect(['1001', '1005'].map((service) => makers.stateOf(VIN, service))).toEqual(['INACTIVE', 'INACTIVE']);
  expect(documentOf(oid)).toBeNull();
});

describe('stellantis', () => {
  test('ends the monitor of the fleet with the last of its trackers', async () => {
    const fleet = await openStellantis();
    const [first, second] = [await validated('stellantis'), await validated('stellantis', OTHER_VIN)];
    expect(fleet.monitors).toHaveLength(1);
    await cancel(first);
    await bench.step();
    expect([fleet.monitors.length, documentOf(first)]).toEqual([1, null]);
    await cancel(second);
    cloud.plan({ status: 500 });
    await bench.step();
    expect(fleet.monitors).toHaveLength(1);
    bench.now = documentOf(second)?.dueAt ?? bench.now;
    await bench.step();
    expect([fleet.monitors.length, documentOf(second)]).toEqual([0, null]);
  });

  test('subscribes again where another tracker was validated while the monitor was being ended', async () => {
    const fleet = await openStellantis();
    const oid = await validated('stellantis');
    await cancel(oid);
    const listed = cloud.requests.length;
    // The other one is registered and finds the monitor still there, just before it is ended.
    const other = await bench.register('stellantis', OTHER_VIN);
    cloud.latencyMs = 50;
    const releasing = bench.step();
    while (cloud.requests.length === listed) await new Promise((resolve) => void setTimeout(resolve, 5));
    await bench.validate(other);
    await releasing;
    cloud.latencyMs = 0;
    expect([fleet.monitors.length, fleet.monitors[0]?.monitorId, documentOf(oid)]).toEqual([1, 'monitor-2', null]);
    expect(await bench.finish(other)).toMatchObject({ status: 'pending_for_data' });
    expect(fleet.monitors).toHaveLength(1);
  });
});
