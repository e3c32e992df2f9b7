/** Clouds that are away, slow, full or hostile: the tracker waits, is told why, and gets on when they are well. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cartrackCloud } from '../../../src/simulate/clouds/cartrack.ts';
import { CloudServer } from '../../../src/simulate/clouds/cloud-server.ts';
import { StellantisCloud } from '../../../src/simulate/clouds/stellantis.ts';
import { validationOf } from '../../../src/validation/document.ts';
import { Authority, haveOpenssl } from '../../support/authority.ts';
import { ValidationBench, VIN } from '../../support/validation-bench.ts';
import { readFileSync } from 'node:fs';

const ACCOUNT = { username: 'ACME001', token: 'secret' };
const VEHICLES = [{ vehicle_id: 1, registration: '6666KKK', chassis_number: VIN }];

let cloud: CloudServer;
let bench: ValidationBench;
const stateOf = (oid: string) => validationOf(bench.store.documents, oid);

beforeEach(async () => {
  cloud = await CloudServer.start(cartrackCloud({ ...ACCOUNT, vehicles: VEHICLES }));
  bench = new ValidationBench({ providers: { cartrack: { api: { url: `${cloud.url}/rest` } } } });
  bench.credentials.set('cartrack', ACCOUNT);
});
afterEach(async () => {
  await bench.close();
  await cloud.close();
});

test.each([
  ['Retry-After in seconds', { 'retry-after': '90' }, 90_000],
  ["Cartrack's own header", { 'x-ratelimit-retry-after-seconds': '15' }, 15_000],
  ['an hour at most', { 'retry-after': '999999' }, 3_600_000],
])('a cloud that is asked too often is given the time it asks for: %s', async (_how, headers, pauseMs) => {
  cloud.plan({ status: 429, headers });
  const oid = await bench.begin('cartrack');
  await bench.step();
  const state = await stateOf(oid);
  expect(state).toMatchObject({
    lastAnswer: 'Cartrack answers 429: it is asked too often',
    waitingFor: 'an answer of Cartrack',
  });
  const pause = (state?.nextTryAt ?? 0) - bench.now;
  expect(pause).toBeGreaterThanOrEqual(pauseMs);
  expect(pause).toBeLessThanOrEqual(pauseMs * 1.1);
  expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
});

test('a date in Retry-After counts from the clock', async () => {
  cloud.plan({ status: 503, headers: { 'retry-after': new Date(bench.now + 60_000).toUTCString() } });
  const oid = await bench.begin('cartrack');
  await bench.step();
  const pause = ((await stateOf(oid))?.nextTryAt ?? 0) - bench.now;
  expect(pause).toBeGreaterThan(50_000);
  expect(pause).toBeLessThan(70_000);
});

test('pauses grow while a cloud has trouble, up to a bound, and begin anew after it has answered', async () => {
  cloud.plan(...Array.from({ length: 12 }, () => ({ status: 500 })));
  const oid = await bench.begin('cartrack');
  const pauses: number[] = [];
  for (let i = 0; i < 12; i++) {
    await bench.step();
    const { nextTryAt } = (await stateOf(oid)) ?? {};
    pauses.push((nextTryAt ?? 0) - bench.now);
    bench.now = nextTryAt ?? bench.now;
  }
  for (const [i, pause] of pauses.entries()) {
    const full = Math.min(600_000, 2_000 * 2 ** i);
    expect(pause).toBeGreaterThanOrEqual(full / 2);
    expect(pause).toBeLessThanOrEqual(full);
  }
  expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
});

test('what a cloud must not do is told, and waited over', async () => {
  const answers = [
    [
      { status: 302, headers: { location: 'http://attacker.example/' } },
      /redirects \(302\) to elsewhere, which is not followed/,
    ],
    [{ status: 200, body: 'x'.repeat(5 * 2 ** 20) }, /its answer is longer than \d+ bytes/],
  ] as const;
  const oid = await bench.begin('cartrack');
  for (const [answer, words] of answers) {
    cloud.plan(answer);
    await bench.step();
    expect((await stateOf(oid))?.lastAnswer).toMatch(words);
    bench.now = (await stateOf(oid))?.nextTryAt ?? bench.now;
  }
  expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
});

test('a cloud that is slow is not waited for beyond the time it has', async () => {
  const hasty = new ValidationBench({ providers: { cartrack: { api: { url: `${cloud.url}/rest`, timeoutMs: 100 } } } });
  try {
    hasty.credentials.set('cartrack', ACCOUNT);
    cloud.latencyMs = 60_000;
    const oid = await hasty.begin('cartrack');
    await hasty.step();
    expect(await validationOf(hasty.store.documents, oid)).toMatchObject({
      lastAnswer: expect.stringMatching(/has not answered in 100 ms/),
    });
  } finally {
    await hasty.close();
  }
});

test('a cloud that is away is found again', async () => {
  const { url } = cloud;
  await cloud.close();
  const oid = await bench.begin('cartrack');
  await bench.step();
  expect((await stateOf(oid))?.lastAnswer).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  const port = Number(new URL(url).port);
  cloud = await CloudServer.start(cartrackCloud({ ...ACCOUNT, vehicles: VEHICLES }), { port });
  expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
});

test('secrets stand in no history and no state', async () => {
  bench.credentials.set('cartrack', { ...ACCOUNT, token: 'a-very-secret-token' });
  cloud.plan({ status: 500 });
  const oid = await bench.begin('cartrack');
  await bench.step();
  const state = JSON.stringify(await stateOf(oid));
  await bench.finish(oid);
  expect(state + JSON.stringify(bench.store.transitionsOf(oid))).not.toContain('a-very-secret-token');
  expect(cloud.requests).not.toEqual([]);
});

describe.skipIf(!haveOpenssl)('certificates', () => {
  let authority: Authority;
  beforeEach(() => {
    authority = new Authority();
  });
  afterEach(() => authority.remove());

  test('a cloud whose certificate nobody vouches for is not spoken to', async () => {
    const { certFile, keyFile } = authority.issue('cloud');
    const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const secure = await CloudServer.start(cartrackCloud({ ...ACCOUNT, vehicles: VEHICLES }), { tls });
    const strict = new ValidationBench({ providers: { cartrack: { api: { url: `${secure.url}/rest` } } } });
    const trusting = new ValidationBench({
      providers: { cartrack: { api: { url: `${secure.url}/rest`, caFile: authority.certFile } } },
    });
    try {
      for (const each of [strict, trusting]) each.credentials.set('cartrack', ACCOUNT);
      const refused = await strict.begin('cartrack');
      await strict.step();
      expect(await validationOf(strict.store.documents, refused)).toMatchObject({
        lastAnswer: expect.stringMatching(/cannot be reached \((SELF_SIGNED|UNABLE_TO_VERIFY|DEPTH_ZERO)/),
      });
      expect(secure.requests).toEqual([]);
      expect(await trusting.finish(await trusting.begin('cartrack'))).toMatchObject({ status: 'pending_for_data' });
    } finally {
      await strict.close();
      await trusting.close();
      await secure.close();
    }
  });

  test('Stellantis is shown the certificate of the account, else that of the configuration', async () => {
    const server = authority.issue('cloud');
    const client = authority.issue('MZP000001');
    const tls = {
      cert: readFileSync(server.certFile),
      key: readFileSync(server.keyFile),
      ca: readFileSync(authority.certFile),
      requestCert: true,
      rejectUnauthorized: true,
    };
    const fleet = { fleetId: 'f', clientId: 'c', username: 'u', password: 'p', certificateName: 'MZP000001', vehicles: [VIN] };
    const secure = await CloudServer.start(new StellantisCloud(fleet).handle, { tls });
    const account = { fleet_id: 'f', client_id: 'c', username: 'u', password: 'p' };
    const own = { certificate: readFileSync(client.certFile, 'utf8'), private_key: readFileSync(client.keyFile, 'utf8') };
    const api = { url: `${secure.url}/connectedcar/v3`, caFile: authority.certFile };
    const validation = { publicUrl: 'https://gateway.example' };
    const benches = [
      new ValidationBench({ validation, providers: { stellantis: { api } } }),
      new ValidationBench({ validation, providers: { stellantis: { api: { ...api, ...client } } } }),
    ] as const;
    benches[0].credentials.set('stellantis', { ...account, ...own });
    benches[1].credentials.set('stellantis', account);
    try {
      for (const each of benches) {
        expect(await each.finish(await each.begin('stellantis'))).toMatchObject({ status: 'pending_for_data' });
      }
    } finally {
      for (const each of benches) await each.close();
      await secure.close();
    }
  });
});
