/**
 * Stellantis, by the B2B Web API 3 of the former PSA brands: the connection carries a client certificate, each request basic
 * authentication and `client_id`. A fleet has monitors, which post events of all its vehicles to a callback; 401 and 403 are about the
 * account, 202 accepts a new monitor. The callback proves itself by nothing but attributes we choose, which retries may leave out: so
 * its address itself cannot be guessed.
 */
import type {
  Account,
  ApiAnswer,
  Ask,
  Credentials,
  ProviderAdapter,
  ReleaseContext,
  ValidationContext,
  Verdict,
  Waiting,
} from '../adapter.ts';
import { failed, isSameId, NOT_ASKED, part, records, releasedBy, spoken, trialOf, wordsOf } from '../answers.ts';

const WHO = 'Stellantis';
/** Data whose changes are posted, and what is posted with each. The documentation names few data; this one follows their pattern. */
const TRIGGER_DATA = 'vehicle.odometer.mileage';
const EXTENSIONS = ['vehicle.position', 'vehicle.telemetry', 'vehicle.alerts', 'vehicle.status'];

export const STELLANTIS: ProviderAdapter = {
  credentialFields: {
    required: ['fleet_id', 'client_id', 'username', 'password'],
    optional: ['certificate', 'private_key'],
  },
  tryAccount: async ({ credentials, settings: { url }, connect }) => {
    if (url === null) return NOT_ASKED;
    const fleet = fleetOf(connect(accountOf(url, credentials)), credentials);
    return trialOf(await fleet({ method: 'GET', path: 'monitors' }), WHO);
  },
  validate: async (context) => {
    const { credentials, settings } = context;
    if (credentials === null || settings.url === null) {
      const cause =
        'no account at Stellantis is registered: register its credentials (fleet_id, client_id, username, password, certificate, private_key), then validate again';
      return failed('credentials_refused', cause);
    }
    const fleet = fleetOf(context.connect(accountOf(settings.url, credentials)), credentials);
    return (await findVehicle(context, fleet)) ?? subscribe(context, fleet);
  },
  release: async (context) => {
    const { credentials, settings } = context;
    if (credentials === null || settings.url === null) return null;
    return unsubscribe(context, fleetOf(context.connect(accountOf(settings.url, credentials)), credentials));
  },
};

function accountOf(url: string, { certificate, private_key: privateKey }: Credentials): Account {
  return certificate === undefined || privateKey === undefined ? { url } : { url, certificate: { certificate, privateKey } };
}

/** Asks about the company's fleet. */
function fleetOf(ask: Ask, { fleet_id: fleet = '', client_id: client = '', username = '', password = '' }: Credentials): Ask {
  return ({ path, query, ...request }) =>
    ask({
      ...request,
      path: `fleets/${encodeURIComponent(fleet)}/${path}`,
      query: { ...query, client_id: client },
      basic: { username, password },
    });
}

/** `null` where the vehicle is in the fleet. */
async function findVehicle({ tracker, at }: ValidationContext, fleet: Ask): Promise<Verdict | null> {
  const { trackerId } = tracker;
  const heard = spoken(await fleet({ method: 'GET', path: 'vehicles', query: { vinPrefix: trackerId } }), WHO, at);
  if (heard.wait !== null) return heard.wait;
  if (heard.answer.status !== 200) return refusal(heard.answer);
  const vehicles = records(part(heard.answer.body, '_embedded', 'vehicles'));
  if (vehicles.some(({ vin }) => isSameId(vin, trackerId))) return null;
  const cause = `Stellantis has no vehicle "${trackerId}" in this fleet: check the vehicle id there and correct the tracker id, then validate again`;
  return failed('id_rejected', cause);
}

/** One monitor serves the whole fleet: it is made where no tracker before has made it. */
async function subscribe(context: ValidationContext, fleet: Ask): Promise<Verdict> {
  const { tracker, at } = context;
  const target = await context.callbackUrl();
  if (target === null) {
    const cause =
      'this gateway has no address that Stellantis could post to: the operator sets validation.publicUrl, then validate again';
    return failed('validation_failed', cause);
  }
  const listed = spoken(await fleet({ method: 'GET', path: 'monitors' }), WHO, at);
  if (listed.wait !== null) return listed.wait;
  if (listed.answer.status !== 200) return refusal(listed.answer);
  const monitors = monitorsTo(target, listed.answer);
  const done: Verdict = { kind: 'validated', cause: `Stellantis posts the events of "${tracker.trackerId}" to this gateway` };
  if (monitors.length > 0) return done;
  const made = spoken(await fleet({ method: 'POST', path: 'monitors', json: newMonitor(tracker.companyId, target) }), WHO, at);
  if (made.wait !== null) return made.wait;
  return made.answer.status < 300 ? done : refusal(made.answer);
}

/** The monitors that post to an address. */
function monitorsTo(target: string, { body }: ApiAnswer): readonly Readonly<Record<string, unknown>>[] {
  const monitors = records(part(body, '_embedded', 'monitors'));
  return monitors.filter((monitor) => part(monitor, 'subscribeParam', 'callback', 'webhook', 'target') === target);
}

/** Ends the monitor with the last tracker of the fleet. One that is validated meanwhile gets it back. */
async function unsubscribe(context: ReleaseContext, fleet: Ask): Promise<Waiting | null> {
  const { at } = context;
  const target = await context.callbackUrl();
  if (target === null || !(await context.isLast())) return null;
  const answer = await fleet({ method: 'GET', path: 'monitors' });
  const listed = spoken(answer, WHO, at);
  if (listed.wait !== null) return listed.wait;
  if (listed.answer.status !== 200) return releasedBy(answer, WHO, at);
  for (const { id } of monitorsTo(target, listed.answer)) {
    const wait = releasedBy(await fleet({ method: 'DELETE', path: `monitors/${encodeURIComponent(String(id))}` }), WHO, at);
    if (wait !== null) return wait;
  }
  if (await context.isLast()) return null;
  const again = await subscribe(context, fleet);
  return again.kind === 'wait' ? again : null;
}

function newMonitor(companyId: string, target: string): object {
  return {
    label: `odograph ${companyId}`,
    subscribeParam: {
      refreshEvent: 600,
      retryPolicy: { policy: 'Always' },
      callback: { webhook: { target, name: 'odograph', attributes: [] } },
    },
    extendedEventParam: EXTENSIONS,
    triggerParam: {
      triggers: [{ name: 'driven', data: { data: TRIGGER_DATA, op: 'onChange', value: [] } }],
      boolExp: 'driven',
    },
  };
}

function refusal({ status, body }: ApiAnswer): Verdict {
  const words = wordsOf(part(body, 'message'), part(body, 'code'));
  if (status === 401 || status === 403 || status === 404) {
    const cause = `Stellantis answers ${status}${words}: it refuses the credentials for this fleet. Register valid ones, then validate again`;
    return failed('credentials_refused', cause);
  }
  return failed('validation_failed', `Stellantis answers ${status}${words}: tell the operator, then validate again`);
}
