/** Sign-in at an identity provider, which is a real one in this process, and what does not get anybody in. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SIGN_IN_MS } from '../../../src/sign-in/oidc.ts';
import { TestApi, type Answer } from '../../support/api.ts';
import { CLIENT, IdentityProvider, resaid } from '../../support/identity-provider.ts';

const REDIRECT = 'http://gateway.example/console/oidc/callback';
const FROM_CONSOLE = { 'x-odograph-console': '1', 'sec-fetch-site': 'same-origin' };

let provider: IdentityProvider;
let api: TestApi;
beforeAll(async () => {
  provider = await IdentityProvider.start(REDIRECT);
  const rules = [
    { claim: 'groups', value: 'fleet-admins', role: 'admin', company: 'acme' },
    { claim: 'groups', value: 'gateway', role: 'operator' },
  ];
  const oidc = {
    name: 'Acme',
    issuer: provider.issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    redirectUrl: REDIRECT,
    rules,
  };
  // Clocks of the gateway and of the library that checks times are one where a session is proven.
  api = await TestApi.open({}, '0', { signIn: { oidc } });
  await api.keyOf('acme');
});
afterEach(() => {
  delete provider.mischief.tokens;
  api.laterMs = 0;
});
afterAll(async () => {
  await api.close();
  await provider.close();
});

/** The cookies an answer sets, as they are sent back. */
function cookiesOf({ headers }: Answer): string {
  const set = [headers['set-cookie']].flat().map(String);
  return set.map((cookie) => cookie.split(';')[0] ?? '').join('; ');
}

async function begin(): Promise<{ url: string; cookie: string }> {
  const begun = await api.ask('GET', '/console/oidc');
  expect(begun.status).toBe(303);
  expect(String(begun.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Lax$/);
  return { url: String(begun.headers['location']), cookie: cookiesOf(begun) };
}

const back = (address: string, cookie: string): Promise<Answer> =>
  api.ask('GET', `/console/oidc/callback${new URL(address).search}`, { headers: { cookie } });

async function signedIn(login: string): Promise<Answer> {
  const { url, cookie } = await begin();
  return back(await provider.signIn(url, login), cookie);
}

function expectNobody(answer: Answer, why: string): void {
  expect(answer.status).toBe(303);
  expect(answer.headers['location']).toBe(`.././#/?sign_in=${why}`);
  expect(cookiesOf(answer)).not.toMatch(/odograph-session=\S/);
}

describe('whom the provider knows', () => {
  test('gets the role and company that the rules give, for as long as the session lasts', async () => {
    const answer = await signedIn('ana');
    expect(answer.headers['location']).toBe('../');
    const cookie = cookiesOf(answer);
    const who = async () => (await api.ask('GET', '/v1/caller', { headers: { cookie } })).body;
    expect(await who()).toMatchObject({ key_id: '', name: 'ana@acme.example', role: 'admin', company: { oid: 'acme' } });
    expect((await api.ask('GET', '/v1/gateway', { headers: { cookie } })).status).toBe(403);
    api.laterMs = 13 * 3_600_000;
    expect(await who()).toMatchObject({ name: 'ApiKeyInvalid' });
  });

  test('may run the gateway, and then belongs to no company', async () => {
    const cookie = cookiesOf(await signedIn('otto'));
    expect((await api.ask('GET', '/v1/caller', { headers: { cookie } })).body).toMatchObject({
      role: 'operator',
      company: null,
    });
    expect((await api.ask('GET', '/v1/gateway', { headers: { cookie } })).status).toBe(200);
    expect((await api.ask('GET', '/v1/trackers', { headers: { cookie } })).status).toBe(403);
  });

  test('signs out, and the cookie is good no more', async () => {
    const cookie = cookiesOf(await signedIn('otto'));
    expect((await api.ask('DELETE', '/console/session', { headers: { cookie } })).status).toBe(403);
    expect((await api.ask('DELETE', '/console/session', { headers: { cookie, ...FROM_CONSOLE } })).status).toBe(204);
    expect((await api.ask('GET', '/v1/caller', { headers: { cookie } })).status).toBe(401);
  });

  test('is nobody where no rule fits', async () => expectNobody(await signedIn('zoe'), 'nobody'));
});

describe('nobody gets in', () => {
  test('with a callback that was used before', async () => {
    const { url, cookie } = await begin();
    const address = await provider.signIn(url, 'ana');
    expect((await back(address, cookie)).headers['location']).toBe('../');
    expectNobody(await back(address, cookie), 'stale');
  });

  test('in another browser than the one that began', async () => {
    const [one, other] = [await begin(), await begin()];
    const address = await provider.signIn(one.url, 'ana');
    expectNobody(await back(address, ''), 'stale');
    expectNobody(await back(address, other.cookie), 'unproven');
  });

  test('with a state that is forged', async () => {
    const { url, cookie } = await begin();
    const address = new URL(await provider.signIn(url, 'ana'));
    address.searchParams.set('state', 'x'.repeat(43));
    expectNobody(await back(address.href, cookie), 'unproven');
  });

  test('with a code that the provider never gave', async () => {
    const { url, cookie } = await begin();
    const address = new URL(await provider.signIn(url, 'ana'));
    address.searchParams.set('code', 'x'.repeat(43));
    expectNobody(await back(address.href, cookie), 'unproven');
  });

  test('who took too long', async () => {
    const { url, cookie } = await begin();
    const address = await provider.signIn(url, 'ana');
    api.laterMs = SIGN_IN_MS;
    expectNobody(await back(address, cookie), 'stale');
  });

  test('whom the provider refuses', async () => {
    const { url, cookie } = await begin();
    const state = new URL(url).searchParams.get('state') ?? '';
    const refused = `${REDIRECT}?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`;
    expectNobody(await back(refused, cookie), 'refused');
  });

  test('unless the token is whole, which is what the following forge', async () => {
    provider.mischief.tokens = (answer) => ({ ...answer, id_token: resaid(String(answer['id_token']), {}, 'provider') });
    expect((await signedIn('ana')).headers['location']).toBe('../');
  });

  const AN_HOUR_AGO = Math.floor(Date.now() / 1_000) - 3_600;
  test.each([
    ['signed with another key', {}, 'stranger'],
    ['whose claims were changed', { groups: ['fleet-admins', 'gateway'] }, 'none'],
    ['for another client', { aud: 'another' }, 'provider'],
    ['of another issuer', { iss: 'http://127.0.0.1:9' }, 'provider'],
    ['that has expired', { exp: AN_HOUR_AGO, iat: AN_HOUR_AGO - 60 }, 'provider'],
    ['of another sign-in', { nonce: 'another' }, 'provider'],
  ] as const)('with an id token %s', async (_name, claims, signer) => {
    provider.mischief.tokens = (answer) => ({ ...answer, id_token: resaid(String(answer['id_token']), claims, signer) });
    expectNobody(await signedIn('ana'), 'unproven');
  });

  test('but clocks may differ a little', async () => {
    const now = Math.floor(Date.now() / 1_000);
    provider.mischief.tokens = (answer) => {
      return { ...answer, id_token: resaid(String(answer['id_token']), { exp: now - 10, iat: now - 70 }, 'provider') };
    };
    expect((await signedIn('ana')).headers['location']).toBe('../');
  });

  test('without an id token', async () => {
    provider.mischief.tokens = ({ id_token: _gone, ...answer }) => answer;
    expectNobody(await signedIn('ana'), 'unproven');
  });
});

test('a provider that does not answer is said to be away, and asked again the next time', async () => {
  const gone = await IdentityProvider.start(REDIRECT);
  await gone.close();
  const rules = [{ claim: 'sub', role: 'operator' }];
  const oidc = { issuer: gone.issuer, clientId: CLIENT.id, redirectUrl: REDIRECT, rules };
  const other = await TestApi.open({}, '0', { signIn: { oidc } });
  for (let i = 0; i < 2; i++) {
    expect((await other.ask('GET', '/console/oidc')).headers['location']).toBe('./#/?sign_in=away');
  }
  await other.close();
});
