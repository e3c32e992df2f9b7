/** Mercedes-Benz: the odometer as the proof, and the maker's cloud where there is an account for it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MercedesBenzCloud } from '../../../src/simulate/clouds/mercedes-benz.ts';
import { CloudServer } from '../../../src/simulate/clouds/cloud-server.ts';
import { validationOf } from '../../../src/validation/document.ts';
import { ValidationBench, VIN } from '../../support/validation-bench.ts';

const HOUR_MS = 3_600_000;

let bench: ValidationBench;
afterEach(() => bench.close());

describe('the odometer', () => {
  beforeEach(() => {
    bench = new ValidationBench({ validation: { odometerToleranceKm: 10, odometerMaxAgeMs: '6h' } });
  });

  test('must be given', async () => {
    const oid = await bench.register('mercedes-benz');
    await expect(bench.validate(oid)).rejects.toThrow(/odo_value is needed with mercedes-benz.*\[tracker_invalid\]/);
    await expect(bench.validate(oid, -1)).rejects.toThrow(/from 0 to 10000000.*\[tracker_invalid\]/);
    await expect(bench.validate(oid, Number.NaN)).rejects.toThrow('[tracker_invalid]');
    expect(bench.tracker(oid)).toMatchObject({ status: 'pending', revision: 1 });
  });

  test.each([0, 9.9, -10])('that differs by %d km is right', async (difference) => {
    const oid = await bench.begin('mercedes-benz', 50_000);
    await bench.step();
    expect(bench.tracker(oid).status).toBe('pending_validation');
    expect(await validationOf(bench.store.documents, oid)).toMatchObject({
      waitingFor: 'the odometer of the vehicle, to compare it with the 50000 km that were given',
      lastAnswer: 'no odometer has come from the vehicle yet',
    });
    await bench.hearOdometer(oid, 50_000 + difference);
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    expect(bench.last(oid)[1]).toMatch(/^the odometer agrees: the vehicle says \d+ km, 50000 km were given$/);
  });

  test.each([10.1, -10.1, 40_000])(
    'that differs by %d km is an error with both numbers, what to do and the alternative',
    async (d) => {
      const oid = await bench.begin('mercedes-benz', 50_000);
      await bench.hearOdometer(oid, 50_000 + d);
      expect(await bench.finish(oid)).toMatchObject({ status: 'error_validating' });
      expect(bench.last(oid)[1]).toMatch(
        /the vehicle says \d+ km, 50000 km were given, and they may be 10 km apart.*validate again.*hardware box is the alternative/,
      );
      // The next validation needs a reading of its own.
      await bench.validate(oid, 50_000 + d);
      await bench.step();
      expect(bench.tracker(oid).status).toBe('pending_validation');
      await bench.hearOdometer(oid, 50_000 + d);
      expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    },
  );

  test('that was read long before the validation is waited over', async () => {
    const oid = await bench.begin('mercedes-benz', 50_000);
    await bench.hearOdometer(oid, 1, bench.now - 7 * HOUR_MS);
    await bench.step();
    expect(await validationOf(bench.store.documents, oid)).toMatchObject({
      lastAnswer: 'the odometer that came was read too long ago',
    });
    await bench.hearOdometer(oid, 50_000, bench.now - 5 * HOUR_MS);
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
  });

  test('that never comes ends the validation after the time for it', async () => {
    const oid = await bench.begin('mercedes-benz', 50_000);
    await bench.step();
    bench.now += 28 * 24 * HOUR_MS + 1;
    expect(await bench.finish(oid)).toMatchObject({ status: 'error_validating' });
    expect(bench.last(oid)[1]).toMatch(/nothing has come of it in 28 days, it still waited for the odometer of the vehicle/);
  });
});

describe("the maker's cloud", () => {
  const account = { clientId: 'id', clientSecret: 'secret', vehicles: [VIN], withheld: ['WDD2130481A123456'] };
  let server: CloudServer;
  let cloud: MercedesBenzCloud;

  beforeEach(async () => {
    cloud = new MercedesBenzCloud(account);
    server = await CloudServer.start(cloud.handle);
    const api = { url: `${server.url}/api`, tokenUrl: `${server.url}/v1/token`, services: ['1001', '1002'], pollMs: 60_000 };
    bench = new ValidationBench({ providers: { 'mercedes-benz': { api } } });
    bench.credentials.set('mercedes-benz', { client_id: 'id', client_secret: 'secret' });
  });
  afterEach(() => server.close());

  test('gets the vehicle and the order of its services, and then the odometer decides', async () => {
    cloud.activation = 'ACTIVATION_PENDING';
    const oid = await bench.begin('mercedes-benz', 50_000);
    await bench.hearOdometer(oid, 50_000);
    await bench.step();
    await bench.step();
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/token',
      'POST /api/v1/accounts/vehicles',
      'POST /api/v2/accounts/vehicles/services',
      'POST /v1/token',
      `GET /api/v2/accounts/vehicles/${VIN}/services`,
    ]);
    expect(server.requests[0]?.body).toEqual({ grant_type: 'client_credentials', scope: 'openid' });
    expect(await validationOf(bench.store.documents, oid)).toMatchObject({
      waitingFor: 'the services 1001, 1002 to be activated in the vehicle',
      lastAnswer: "Mercedes-Benz' cloud says ACTIVATION_PENDING of 1001, ACTIVATION_PENDING of 1002",
    });
    for (const service of ['1001', '1002']) cloud.set(VIN, service, 'ACTIVE');
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
  });

  test.each([
    ['ACTIVATION_FAILED', 'error_access', /the activation of service 1001 failed: have the vehicle released/],
    ['NOT_AVAILABLE', 'error_validating', /service 1001 is not available for this vehicle.*hardware box/],
  ] as const)('services that are %s lead to %s', async (activation, status, cause) => {
    cloud.activation = activation;
    const oid = await bench.begin('mercedes-benz', 50_000);
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual([status, expect.stringMatching(cause)]);
  });

  test.each([
    ['WDD2130481A123456', 'error_access', /answers 403 \(Request contains blacklisted vehicle\(s\)\)/],
    ['WDD2130481A123457', 'wrong_tracker_id', /answers 400 \(VIN is not a valid VIN\)/],
  ])('the vehicle %s leads to %s', async (vin, status, cause) => {
    const oid = await bench.register('mercedes-benz', vin);
    await bench.validate(oid, 50_000);
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual([status, expect.stringMatching(cause)]);
  });

  test('refuses wrong credentials', async () => {
    bench.credentials.set('mercedes-benz', { client_id: 'id', client_secret: 'old' });
    const oid = await bench.begin('mercedes-benz', 50_000);
    await bench.finish(oid);
    expect(bench.last(oid)).toEqual(['error_credentials', expect.stringMatching(/answers 401 \(Invalid client credentials\)/)]);
  });

  test.each([
    ['a service that is switched off', () => cloud.set(VIN, '1002', 'INACTIVE'), /says that service 1002 is inactive/],
    ['a vehicle that is taken away', () => cloud.withdraw(VIN), /answers 404: this account no longer has the vehicle/],
  ])('is asked later on: %s is error_access', async (_what, withdraw, cause) => {
    const oid = await bench.begin('mercedes-benz', 50_000);
    await bench.hearOdometer(oid, 50_000);
    await bench.finish(oid);
    server.plan({ status: 503 });
    for (const _ of [1, 2]) {
      bench.now += 2 * HOUR_MS;
      await bench.step();
      expect(bench.tracker(oid).status).toBe('pending_for_data');
    }
    withdraw();
    bench.now += 2 * HOUR_MS;
    await bench.step();
    expect(bench.last(oid)).toEqual(['error_access', expect.stringMatching(cause)]);
  });
});
