/**
 * Mercedes-Benz and Smart: ownership is shown by the odometer, which is a rule of ours; the maker's cloud has none. Where an account for
 * its Vehicle Management API v1 is registered, the vehicle is added to it first and its services are activated, since without them no data
 * would come: 201 for the vehicle, 202 for the services, whose states are then asked for.
 */
import type { ApiAnswer, Ask, Credentials, ProviderAdapter, Standing, ValidationContext, Verdict } from '../adapter.ts';
import { failed, isSameId, NOT_ASKED, part, poll, records, releasedBy, spoken, trialOf, wordsOf } from '../answers.ts';
import { compareOdometers } from './odometer.ts';

const WHO = "Mercedes-Benz' cloud";

export const MERCEDES_BENZ: ProviderAdapter = {
  credentialFields: { required: ['client_id', 'client_secret'], optional: [] },
  tryAccount: async ({ credentials, settings: { url, tokenUrl }, connect }) => {
    if (url === null || tokenUrl === null) return NOT_ASKED;
    return trialOf(await connect({ url })(tokenRequest(tokenUrl, credentials)), WHO);
  },
  missing: ({ odoKm }) =>
    odoKm === null ? 'odo_value is needed with mercedes-benz: the odometer of the dashboard, in km' : null,
  validate: async (context) => {
    const session = await openSession(context);
    if (session === null) return compareOdometers(context);
    if ('verdict' in session) return session.verdict;
    const verdict = (await activate(context, session.ask)) ?? compareOdometers(context);
    return verdict.kind === 'validated' ? { ...verdict, watch: true } : verdict;
  },
  standing: async (context) => {
    const session = await openSession(context);
    if (session === null || 'verdict' in session) return null;
    return servicesStanding(context, session.ask);
  },
  release: async (context) => {
    const session = await openSession(context);
    if (session === null) return null;
    if (!('verdict' in session)) return releasedBy(await session.ask(orderOf(context, 'INACTIVE')), WHO, context.at);
    const { verdict } = session;
    if (verdict.kind === 'wait') return verdict;
    return { kind: 'wait', for: 'credentials that work', retryAt: null, answer: verdict.cause };
  },
};

/** Orders the services that the data comes by, or gives them up. */
function orderOf({ tracker, settings }: ValidationContext, desiredStatus: 'ACTIVE' | 'INACTIVE') {
  const services = settings.services.map((serviceId) => ({ serviceId, desiredStatus }));
  return { method: 'POST' as const, path: 'v2/accounts/vehicles/services', json: [{ vin: tracker.trackerId, services }] };
}

/** Gets a token for an hour and asks with it; `null` where the company has no account there. */
async function openSession(context: ValidationContext): Promise<{ ask: Ask } | { verdict: Verdict } | null> {
  const { credentials, settings, connect, at } = context;
  if (credentials === null || settings.url === null || settings.tokenUrl === null) return null;
  const ask = connect({ url: settings.url });
  const heard = spoken(await ask(tokenRequest(settings.tokenUrl, credentials)), WHO, at);
  if (heard.wait !== null) return { verdict: heard.wait };
  const bearer = part(heard.answer.body, 'access_token');
  if (heard.answer.status !== 200 || typeof bearer !== 'string') {
    const words = wordsOf(part(heard.answer.body, 'error_description'), part(heard.answer.body, 'error'));
    return { verdict: refusedCredentials(heard.answer.status, words) };
  }
  return { ask: (request) => ask({ ...request, bearer }) };
}

function tokenRequest(path: string, { client_id: username = '', client_secret: password = '' }: Credentials) {
  const form = { grant_type: 'client_credentials', scope: 'openid' };
  return { method: 'POST' as const, path, form, basic: { username, password } };
}

/** Adds the vehicle and activates its services. `null` once they are active. Both may be done again: they are then as they were. */
async function activate(context: ValidationContext, ask: Ask): Promise<Verdict | null> {
  const { tracker, settings, memory, at } = context;
  const { trackerId: vin } = tracker;
  if (memory['ordered'] === undefined) {
    const orders = [{ method: 'POST' as const, path: 'v1/accounts/vehicles', json: [{ vin }] }, orderOf(context, 'ACTIVE')];
    for (const order of orders) {
      const heard = spoken(await ask(order), WHO, at);
      if (heard.wait !== null) return heard.wait;
      if (heard.answer.status >= 300) return refusal(context, heard.answer);
    }
    return {
      kind: 'wait',
      for: waitedFor(settings.services),
      retryAt: at,
      answer: `${WHO} has taken the order`,
      memory: { ordered: 'yes' },
    };
  }
  const heard = spoken(await ask(statesOf(vin)), WHO, at);
  if (heard.wait !== null) return heard.wait;
  if (heard.answer.status !== 200) return refusal(context, heard.answer);
  return verdictOn(context, statuses(heard.answer, settings.services));
}

const statesOf = (vin: string) => ({
  method: 'GET' as const,
  path: `v2/accounts/vehicles/${encodeURIComponent(vin)}/services`,
});
const waitedFor = (services: readonly string[]): string => `the services ${services.join(', ')} to be activated in the vehicle`;

/** The status of each service that is wanted; empty texts where the cloud tells none. */
function statuses({ body }: ApiAnswer, wanted: readonly string[]): { id: string; status: string }[] {
  const listed = records(part(body, 'services'));
  return wanted.map((id) => {
    const status = listed.find(({ serviceId }) => isSameId(serviceId, id))?.['status'];
    return { id, status: typeof status === 'string' ? status : '' };
  });
}

function verdictOn(context: ValidationContext, services: readonly { id: string; status: string }[]): Verdict | null {
  const failing = services.find(({ status }) => status === 'ACTIVATION_FAILED');
  if (failing !== undefined) {
    const cause = `the activation of service ${failing.id} failed: have the vehicle released for this account in the maker's portal, then validate again`;
    return failed('access_refused', cause);
  }
  const absent = services.find(({ status }) => status === 'NOT_AVAILABLE');
  if (absent !== undefined) {
    const cause = `service ${absent.id} is not available for this vehicle: ask Mercedes-Benz whether another equipment has it`;
    return failed('validation_failed', cause);
  }
  const open = services.filter(({ status }) => status !== 'ACTIVE');
  if (open.length === 0) return null;
  const answer = `${WHO} says ${open.map(({ id, status }) => `${status || 'nothing'} of ${id}`).join(', ')}`;
  return poll(context, waitedFor(open.map(({ id }) => id)), answer);
}

function refusal({ tracker }: ValidationContext, { status, body }: ApiAnswer): Verdict {
  const [error] = records(part(body, 'validationErrors'));
  const words = wordsOf(error?.['message'], part(body, 'detail'), part(body, 'title'));
  if (status === 401) return refusedCredentials(status, words);
  if (status === 403) {
    const cause = `${WHO} answers 403${words}: this account may not have the vehicle. Have it released in the maker's portal, then validate again`;
    return failed('access_refused', cause);
  }
  if (status === 400 || status === 404) {
    const cause = `${WHO} answers ${status}${words}: it does not know "${tracker.trackerId}". Correct the tracker id, then validate again`;
    return failed('id_rejected', cause);
  }
  return failed('validation_failed', `${WHO} answers ${status}${words}: tell the operator, then validate again`);
}

function refusedCredentials(status: number, words: string): Verdict {
  const cause = `${WHO} answers ${status}${words}: it refuses the credentials. Register valid ones (client_id, client_secret), then validate again`;
  return failed('credentials_refused', cause);
}

async function servicesStanding({ tracker, settings, at }: ValidationContext, ask: Ask): Promise<Standing | null> {
  const heard = spoken(await ask(statesOf(tracker.trackerId)), WHO, at);
  if (heard.wait !== null) return null;
  const { status } = heard.answer;
  if (status === 403 || status === 404) {
    return {
      kind: 'ended',
      trigger: 'access_refused',
      cause: `${WHO} answers ${status}: this account no longer has the vehicle`,
    };
  }
  if (status !== 200) return null;
  const ended = statuses(heard.answer, settings.services).find((each) => each.status === 'INACTIVE');
  if (ended === undefined) return { kind: 'stands' };
  return { kind: 'ended', trigger: 'access_refused', cause: `${WHO} says that service ${ended.id} is inactive` };
}
