/**
 * Cartrack, by its Fleet API (developer.cartrack.com): basic authentication, `GET /vehicles` with filters that match parts of a
 * plate or chassis number, `{data: [...]}`, 401 and 403 for accounts, 429 with `X-RateLimit-Retry-After-Seconds`.
 */
import { identKey } from '#model/tracker';
import { vinProblem } from '#model/vin';
import type { Ask, Credentials, ProviderAdapter, ValidationContext, Verdict } from '../adapter.ts';
import { failed, isSameId, part, records, spoken, trialOf, wordsOf } from '../answers.ts';
import { accountUrl } from '../account-url.ts';

/** Most vehicles of one answer that are looked at. */
const LIMIT = '100';

export const CARTRACK: ProviderAdapter = {
  credentialFields: { required: ['username', 'token'], optional: ['url'] },
  tryAccount: async ({ credentials, settings, connect }) => {
    const url = accountUrl('Cartrack', credentials['url'], settings);
    if (url.problem !== null) return { ok: false, reason: url.problem };
    const { username = '', token = '' } = credentials;
    const request = { method: 'GET', path: 'vehicles', query: { limit: '1' }, basic: { username, password: token } } as const;
    return trialOf(await connect({ url: url.url })(request), 'Cartrack');
  },
  validate: (context) => {
    const { credentials } = context;
    if (credentials !== null) return look(context, credentials);
    const cause = 'no account at Cartrack is registered: register its credentials (url, username, token), then validate again';
    return Promise.resolve(failed('credentials_refused', cause));
  },
};

async function look(context: ValidationContext, credentials: Credentials): Promise<Verdict> {
  const url = accountUrl('Cartrack', credentials['url'], context.settings);
  if (url.problem !== null) return failed('credentials_refused', url.problem);
  const ask = context.connect({ url: url.url });
  const { trackerId } = context.tracker;
  const isVin = vinProblem(trackerId) === null;
  const filter = isVin ? 'chassis_number' : 'registration';
  // A filter knows one way to write a plate; which, only Cartrack knows.
  for (const spelling of new Set([trackerId, identKey(trackerId)])) {
    const found = await vehiclesWith(ask, credentials, { [`filter[${filter}]`]: spelling, limit: LIMIT }, context.at);
    if ('verdict' in found) return found.verdict;
    if (found.vehicles.some((vehicle) => isSameId(vehicle[filter], trackerId))) {
      return {
        kind: 'validated',
        cause: `Cartrack has a vehicle with the ${filter.replace('_', ' ')} "${trackerId}" in this account`,
      };
    }
  }
  const cause = `Cartrack has no vehicle with the ${filter.replace('_', ' ')} "${trackerId}" in this account: correct the tracker id to what Fleetweb shows, then validate again`;
  return failed('id_rejected', cause);
}

async function vehiclesWith(
  ask: Ask,
  { username = '', token = '' }: Credentials,
  query: Readonly<Record<string, string>>,
  at: number,
): Promise<{ vehicles: ReturnType<typeof records> } | { verdict: Verdict }> {
  const heard = spoken(
    await ask({ method: 'GET', path: 'vehicles', query, basic: { username, password: token } }),
    'Cartrack',
    at,
  );
  if (heard.wait !== null) return { verdict: heard.wait };
  const { status, body } = heard.answer;
  const words = wordsOf(part(body, 'error', 'message'), part(body, 'error'));
  if (status === 401 || status === 403) {
    const cause = `Cartrack answers ${status}${words}: it refuses the credentials. Make an API password in Fleetweb, register it, then validate again`;
    return { verdict: failed('credentials_refused', cause) };
  }
  if (status !== 200 || !Array.isArray(part(body, 'data'))) {
    const cause = `Cartrack answers ${status}${words}, not a list of vehicles: check the url of the credentials, then validate again`;
    return { verdict: failed('credentials_refused', cause) };
  }
  return { vehicles: records(part(body, 'data')) };
}
