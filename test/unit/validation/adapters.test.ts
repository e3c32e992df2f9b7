/** Each provider's validation against a stand-in of its cloud, over real HTTP. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cartrackCloud } from '../../../src/simulate/clouds/cartrack.ts';
import { ClearanceCloud } from '../../../src/simulate/clouds/clearance.ts';
import { CloudServer, type CloudHandler } from '../../../src/simulate/clouds/cloud-server.ts';
import { silenceCloud } from '../../../src/simulate/clouds/silence.ts';
import { StellantisCloud } from '../../../src/simulate/clouds/stellantis.ts';
import { validationOf } from '../../../src/validation/document.ts';
import { IMEI, ValidationBench, VIN } from '../../support/validation-bench.ts';

let cloud: CloudServer;
let bench: ValidationBench;

async function open(handler: CloudHandler, settings: (url: string) => Record<string, unknown>): Promise<void> {
  cloud = await CloudServer.start(handler);
  bench = new ValidationBench(settings(cloud.url));
}

afterEach(async () => {
  await bench.close();
  await cloud.close();
});

describe('cartrack', () => {
  const vehicles = [
    { vehicle_id: 1, registration: 'AB-123', chassis_number: VIN },
    { vehicle_id: 2, registration: '6666KKK', chassis_number: 'WF0AXXWPMAJB43746' },
  ];
  const account = { username: 'ACME001', token: 'secret' };

  beforeEach(async () => {
    await open(cartrackCloud({ ...account, vehicles }), (url) => ({
      providers: { cartrack: { api: { url: `${url}/rest/` } } },
    }));
    bench.credentials.set('cartrack', account);
  });

  test.each([
    ['a VIN', VIN],
    ['a plate as it stands there', 'AB-123'],
    ['a plate written with a blank', '6666 KKK'],
  ])('a vehicle that the account has is validated by %s', async (_by, trackerId) => {
    const oid = await bench.register('cartrack', trackerId);
    await bench.validate(oid);
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data', validatedAt: bench.now });
    expect(bench.last(oid)[1]).toMatch(/Cartrack has a vehicle with the (registration|chassis number)/);
  });

  test('one it does not have is a wrong tracker id, also where a part of it matches', async () => {
    const oid = await bench.register('cartrack', 'AB-12');
    await bench.validate(oid);
    expect(await bench.finish(oid)).toMatchObject({ status: 'wrong_tracker_id' });
    expect(bench.last(oid)[1]).toMatch(/no vehicle with the registration "AB-12" in this account: correct the tracker id/);
  });

  test('refused, absent or foreign credentials are told apart, and can be mended', async () => {
    bench.credentials.delete('cartrack');
    const oid = await bench.begin('cartrack');
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual(['error_credentials', expect.stringMatching(/no account at Cartrack is registered/)]);
    for (const [credentials, words] of [
      [{ ...account, token: 'wrong' }, /answers 401 \(Authentication is required.\): it refuses the credentials/],
      [{ ...account, url: 'https://attacker.example/rest' }, /not one of Cartrack \(https:\/\/ at \*\.cartrack\.com\)/],
      [{ ...account, url: 'https://cartrack.com.attacker.example/rest' }, /not one of Cartrack/],
      [{ ...account, url: 'http://fleetapi-es.cartrack.com/rest' }, /not one of Cartrack/],
    ] as const) {
      bench.credentials.set('cartrack', credentials);
      await bench.validate(oid);
      await bench.finish(oid);
      expect(bench.last(oid)).toEqual(['error_credentials', expect.stringMatching(words)]);
    }
    bench.credentials.set('cartrack', account);
    await bench.validate(oid);
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    expect(cloud.requests.every(({ path }) => path === '/rest/vehicles')).toBe(true);
  });

  test('an address that is none of a Fleet API is the fault of the credentials, too', async () => {
    cloud.plan({ status: 200, body: 'welcome' });
    const oid = await bench.begin('cartrack');
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual(['error_credentials', expect.stringMatching(/not a list of vehicles: check the url/)]);
  });
});

describe('bmw', () => {
  let owners: ClearanceCloud;
  beforeEach(async () => {
    owners = new ClearanceCloud('secret');
    await open(owners.handle, (url) => ({ providers: { bmw: { api: { url, pollMs: 60_000 } } } }));
    bench.credentials.set('bmw', { token: 'secret' });
  });

  test('the clearance is requested once, waited for and approved', async () => {
    const oid = await bench.begin('bmw');
    await bench.step();
    expect(owners.requested).toEqual([VIN]);
    expect(await validationOf(bench.store.documents, oid)).toMatchObject({
      waitingFor: expect.stringMatching(/the owner's answer to the clearance request/),
      lastAnswer: 'the clearance service says pending',
      lastAnswerAt: bench.now,
    });
    owners.decide(VIN, 'approved');
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    expect(cloud.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test.each([
    ['rejected', undefined, 'error_rejected', /ask the owner to accept the request/],
    ['rejected', 'vehicle lacks the capability', 'error_capability', /have the capability activated/],
    ['error', 'VIN is not eligible', 'error_capability', /not eligible/],
    ['revoked', undefined, 'error_rejected', /says revoked/],
    ['canceled', undefined, 'error_rejected', /says canceled/],
  ] as const)('an owner who makes it %s (%s) leads to %s', async (status, words, expected, cause) => {
    const oid = await bench.begin('bmw');
    await bench.step();
    owners.decide(VIN, status, words);
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual([expected, expect.stringMatching(cause)]);
    // The owner is asked again by the next validation, whatever was answered to the last.
    await bench.validate(oid);
    await bench.step();
    owners.decide(VIN, 'approved');
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
  });

  test('an id the service does not take is wrong, refused credentials are refused', async () => {
    const oid = await bench.begin('bmw');
    cloud.plan({ status: 422, body: { errors: [{ title: 'Invalid input', detail: 'vin is invalid' }] } });
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual(['wrong_tracker_id', expect.stringMatching(/422 \(vin is invalid\)/)]);
    bench.credentials.set('bmw', { token: 'old' });
    const other = await bench.register('bmw', 'WBADT43452G296404');
    await bench.validate(other);
    await bench.finish(other);
    expect(bench.last(other)[0]).toBe('error_credentials');
  });

  test('what was granted is looked at, and its end is error_revoke', async () => {
    owners.answerAll('approved');
    const oid = await bench.begin('bmw');
    await bench.finish(oid);
    bench.now += 2 * 3_600_000;
    await bench.step();
    expect(bench.tracker(oid).status).toBe('pending_for_data');
    owners.decide(VIN, 'revoked');
    bench.now += 2 * 3_600_000;
    await bench.step();
    expect(bench.last(oid)).toEqual(['error_revoke', expect.stringMatching(/the owner has withdrawn the access/)]);
  });

  test('a MINI is requested as one', async () => {
    const oid = await bench.register('bmw', VIN, { make: 'MINI' });
    await bench.validate(oid);
    await bench.step();
    expect(cloud.requests[0]?.body).toEqual({ vehicles: [{ vin: VIN, brand: 'mini' }] });
  });

  test('without a service the operator is waited for', async () => {
    bench.credentials.clear();
    const oid = await bench.begin('bmw');
    await bench.step();
    expect(await validationOf(bench.store.documents, oid)).toMatchObject({ waitingFor: expect.stringMatching(/by hand/) });
    expect(cloud.requests).toEqual([]);
  });
});

describe('silence', () => {
  beforeEach(async () => {
    const scooters = [{ imei: IMEI, frameNo: 'S02-000417' }];
    await open(silenceCloud({ token: 'secret', scooters }), (url) => ({
      providers: { silence: { api: { url: `${url}/api/v1` } } },
    }));
  });

  test('without the token of an owner its id is enough, and nobody is asked', async () => {
    const oid = await bench.begin('silence');
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    expect(cloud.requests).toEqual([]);
  });

  test('with a token the scooter must be in the account', async () => {
    bench.credentials.set('silence', { token: 'secret' });
    for (const [id, status] of [
      ['s02-000417', 'pending_for_data'],
      ['S02-000418', 'wrong_tracker_id'],
    ] as const) {
      const oid = await bench.register('silence', id);
      await bench.validate(oid);
      expect(await bench.finish(oid)).toMatchObject({ status });
    }
    bench.credentials.set('silence', { token: 'old' });
    const oid = await bench.begin('silence');
    expect(await bench.finish(oid)).toMatchObject({ status: 'error_credentials' });
  });
});

describe('stellantis', () => {
  let stellantis: StellantisCloud;
  const fleet = { fleet_id: 'f-1', client_id: 'c-1', username: 'MZP000001', password: 'secret' };
  beforeEach(async () => {
    const account = {
      fleetId: 'f-1',
      clientId: 'c-1',
      username: 'MZP000001',
      password: 'secret',
      vehicles: [VIN, 'VF3ABCDE0FG123456'],
    };
    stellantis = new StellantisCloud(account);
    await open(stellantis.handle, (url) => ({
      providers: { stellantis: { api: { url: `${url}/connectedcar/v3` } } },
      validation: { publicUrl: 'https://gateway.example/' },
    }));
    bench.credentials.set('stellantis', fleet);
  });

  test('the vehicles of a fleet share one monitor, whose address nobody can guess', async () => {
    for (const id of [VIN, 'VF3ABCDE0FG123456']) {
      const oid = await bench.register('stellantis', id);
      await bench.validate(oid);
      expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    }
    expect(stellantis.monitors).toHaveLength(1);
    expect(stellantis.monitors[0]?.target).toMatch(/^https:\/\/gateway\.example\/push\/[\w-]{43}$/);
    expect(stellantis.monitors[0]?.asked).toMatchObject({ label: 'odograph acme', triggerParam: { boolExp: 'driven' } });
  });

  test('what is not in the fleet is a wrong id', async () => {
    const oid = await bench.register('stellantis', 'VF3ABCDE0FG123457');
    await bench.validate(oid);
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual([
      'wrong_tracker_id',
      expect.stringMatching(/no vehicle "VF3ABCDE0FG123457" in this fleet/),
    ]);
  });

  test('who may not ask has wrong credentials', async () => {
    const oid = await bench.register('stellantis');
    for (const [credentials, words] of [
      [{ ...fleet, password: 'wrong' }, /answers 401/],
      [{ ...fleet, client_id: 'other' }, /answers 401/],
      [{ ...fleet, fleet_id: 'other' }, /answers 404 \(Fleet not found\)/],
      [null, /no account at Stellantis is registered/],
    ] as const) {
      if (credentials === null) bench.credentials.clear();
      else bench.credentials.set('stellantis', credentials);
      await bench.validate(oid);
      await bench.finish(oid);
      expect(bench.last(oid)).toEqual(['error_credentials', expect.stringMatching(words)]);
    }
  });
});

test('without a public address Stellantis has nowhere to post to: it is said, with the alternative', async () => {
  const account = { fleetId: 'f', clientId: 'c', username: 'u', password: 'p', vehicles: [VIN] };
  await open(new StellantisCloud(account).handle, (url) => ({
    providers: { stellantis: { api: { url: `${url}/connectedcar/v3` } } },
  }));
  bench.credentials.set('stellantis', { fleet_id: 'f', client_id: 'c', username: 'u', password: 'p' });
  const oid = await bench.begin('stellantis');
  await bench.finish(oid);
  expect(bench.last(oid)).toEqual([
    'error_validating',
    expect.stringMatching(/the operator sets validation.publicUrl.*a hardware box is the alternative/),
  ]);
});
