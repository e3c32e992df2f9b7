/** Accounts tried before they are relied on. */
import { afterEach, expect, test } from 'vitest';
import { CODECS } from '#protocols/all';
import { findGatewayError } from '#errors/gateway-error';
import { PROVIDERS, type ProviderName } from '#model/tracker';
import { accountTrials } from '../../../src/app-validation.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { ADAPTERS } from '../../../src/providers/all.ts';
import { CREDENTIAL_FIELDS } from '../../../src/providers/credentials.ts';
import { cartrackCloud } from '../../../src/simulate/clouds/cartrack.ts';
import { ClearanceCloud } from '../../../src/simulate/clouds/clearance.ts';
import { CloudServer, type CloudHandler } from '../../../src/simulate/clouds/cloud-server.ts';
import { MercedesBenzCloud } from '../../../src/simulate/clouds/mercedes-benz.ts';
import { silenceCloud } from '../../../src/simulate/clouds/silence.ts';
import { StellantisCloud } from '../../../src/simulate/clouds/stellantis.ts';
import { flagsOf } from '../../support/validation-bench.ts';

let cloud: CloudServer | null = null;
afterEach(async () => {
  await cloud?.close();
  cloud = null;
});

function trialsWith(settings: Record<string, unknown>): ReturnType<typeof accountTrials> {
  const { config } = loadConfig({ flags: flagsOf(settings), environment: {}, known: { protocols: [...CODECS.keys()] } });
  return accountTrials(config, '0', Date.now);
}

const CLOUDS: readonly [
  ProviderName,
  CloudHandler,
  (url: string) => Record<string, string>,
  Record<string, string>,
  wrong: string,
][] = [
  [
    'cartrack',
    cartrackCloud({ username: 'u', token: 't', vehicles: [] }),
    (url) => ({ url: `${url}/rest` }),
    { username: 'u', token: 't' },
    'token',
  ],
  ['bmw', new ClearanceCloud('t').handle, (url) => ({ url }), { token: 't' }, 'token'],
  ['silence', silenceCloud({ token: 't', scooters: [] }), (url) => ({ url: `${url}/api/v1` }), { token: 't' }, 'token'],
  [
    'mercedes-benz',
    new MercedesBenzCloud({ clientId: 'i', clientSecret: 's', vehicles: [] }).handle,
    (url) => ({ url: `${url}/api`, tokenUrl: `${url}/v1/token` }),
    { client_id: 'i', client_secret: 's' },
    'client_secret',
  ],
  [
    'stellantis',
    new StellantisCloud({ fleetId: 'f', clientId: 'c', username: 'u', password: 'p', vehicles: [] }).handle,
    (url) => ({ url: `${url}/connectedcar/v3` }),
    { fleet_id: 'f', client_id: 'c', username: 'u', password: 'p' },
    'password',
  ],
];

test.each(CLOUDS)(
  'an account at %s is accepted, refused, or cannot be tried',
  async (provider, handler, api, account, wrong) => {
    cloud = await CloudServer.start(handler);
    const trial = trialsWith({ providers: { [provider]: { api: api(cloud.url) } } });
    expect(await trial(provider, account)).toEqual({ ok: true });
    expect(await trial(provider, { ...account, [wrong]: 'wrong' })).toEqual({
      ok: false,
      reason: expect.stringMatching(/answers 401/),
    });
    cloud.plan({ status: 503 });
    await expect(trial(provider, account)).rejects.toThrow(/answers 503.*\[provider_unreachable\]/);
  },
);

test('every account that a validation reads has its fields in the table, and the others have none', () => {
  const tried = CLOUDS.map(([provider]) => provider);
  expect(new Set(Object.keys(CREDENTIAL_FIELDS))).toEqual(new Set(tried));
  for (const [provider, , , account] of CLOUDS) {
    expect(new Set(CREDENTIAL_FIELDS[provider]?.required)).toEqual(new Set(Object.keys(account)));
  }
  for (const provider of PROVIDERS) expect(ADAPTERS[provider].tryAccount !== undefined).toBe(tried.includes(provider));
});

test('a cloud without an address, a host that is not allowed and a provider without accounts are told', async () => {
  const trial = trialsWith({});
  const unreachable = await trial('bmw', { token: 't' }).catch((error: unknown) => findGatewayError(error)?.code);
  expect(unreachable).toBe('provider_unreachable');
  const url = 'https://attacker.example/rest';
  expect(await trial('cartrack', { username: 'u', token: 't', url })).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/not one of Cartrack/),
  });
  expect(await trial('targa', {})).toEqual({ ok: false, reason: 'targa has no accounts' });
});
