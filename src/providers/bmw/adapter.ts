/**
 * BMW and MINI: the owner clears the request in the ConnectedDrive portal. BMW publishes no interface by which a third party asks for
 * that, so it goes through a clearance service as High Mobility documents one (Fleet Clearance API 1.0): vehicles are registered by VIN
 * and brand, and are `pending` until they are `approved` or `rejected`; later they may be `revoked`. Without such a service the
 * operator tells what the owner has answered.
 */
import type { ApiAnswer, Ask, ProviderAdapter, Standing, ValidationContext, Verdict } from '../adapter.ts';
import { failed, isSameId, NOT_ASKED, part, poll, records, releasedBy, spoken, trialOf, wordsOf } from '../answers.ts';

const WHO = 'the clearance service';
const CLEARANCE = "the owner's answer to the clearance request in the BMW ConnectedDrive portal";
/** How often to look where nobody can be asked and only a person will tell, ms. */
const BY_HAND_MS = 3_600_000;

export const BMW: ProviderAdapter = {
  credentialFields: { required: ['token'], optional: [] },
  tryAccount: async ({ credentials: { token = '' }, settings: { url }, connect }) => {
    if (url === null) return NOT_ASKED;
    return trialOf(await authorised(connect({ url }), token)({ method: 'GET', path: 'v1/fleets/vehicles' }), WHO);
  },
  validate: async (context) => {
    const { credentials, settings, at } = context;
    const { token } = credentials ?? {};
    if (token === undefined || settings.url === null) {
      return { kind: 'wait', for: `${CLEARANCE}, which the operator reports by hand`, retryAt: at + BY_HAND_MS };
    }
    return clear(context, authorised(context.connect({ url: settings.url }), token));
  },
  standing: async (context) => {
    const { credentials, settings } = context;
    const { token } = credentials ?? {};
    if (token === undefined || settings.url === null) return null;
    return standing(context, authorised(context.connect({ url: settings.url }), token));
  },
  // An approved clearance becomes `revoking`, a pending one `canceling`.
  release: async ({ credentials, settings, connect, tracker, at }) => {
    const { token } = credentials ?? {};
    if (token === undefined || settings.url === null) return null;
    const ask = authorised(connect({ url: settings.url }), token);
    return releasedBy(await ask({ method: 'DELETE', path: pathOf(tracker.trackerId) }), WHO, at);
  },
};

type AskAs = (request: Parameters<Ask>[0]) => ReturnType<Ask>;

function authorised(ask: Ask, bearer: string): AskAs {
  return (request) => ask({ ...request, bearer });
}

const pathOf = (vin: string): string => `v1/fleets/vehicles/${encodeURIComponent(vin)}`;

/**
 * Requests the clearance once in each validation, whatever came of an earlier request, and then looks what became of it. Requesting
 * what is pending or approved already changes nothing.
 */
async function clear(context: ValidationContext, ask: AskAs): Promise<Verdict> {
  const { tracker, memory, at } = context;
  if (memory['requested'] === undefined) {
    const brand = isSameId(tracker.objectId['make'], 'mini') ? 'mini' : 'bmw';
    const json = { vehicles: [{ vin: tracker.trackerId, brand }] };
    const heard = spoken(await ask({ method: 'POST', path: 'v1/fleets/vehicles', json }), WHO, at);
    if (heard.wait !== null) return heard.wait;
    const { status, body } = heard.answer;
    if (status !== 200) return refusal(context, heard.answer);
    const mine = records(part(body, 'vehicles')).find(({ vin }) => isSameId(vin, tracker.trackerId));
    const verdict = verdictOn(context, mine);
    return verdict.kind === 'wait' ? { ...verdict, memory: { requested: 'yes' } } : verdict;
  }
  const heard = spoken(await ask({ method: 'GET', path: pathOf(tracker.trackerId) }), WHO, at);
  if (heard.wait !== null) return heard.wait;
  if (heard.answer.status !== 200) return refusal(context, heard.answer);
  return verdictOn(context, part(heard.answer, 'body') as Readonly<Record<string, unknown>> | undefined);
}

function verdictOn(context: ValidationContext, vehicle: Readonly<Record<string, unknown>> | undefined): Verdict {
  const status = part(vehicle, 'status');
  const words = wordsOf(part(vehicle, 'description'));
  const answer = `${WHO} says ${typeof status === 'string' ? status : 'nothing of this vehicle'}${words}`;
  switch (status) {
    case 'approved':
      return { kind: 'validated', cause: `the owner has approved the clearance request${words}`, watch: true };
    case 'rejected':
    case 'error':
      return isAboutCapability(words)
        ? failed('capability_missing', `${answer}: have the capability activated in the vehicle, then validate again`)
        : failed('clearance_rejected', `${answer}: ask the owner to accept the request, then validate again`);
    case 'revoked':
    case 'canceled':
      return failed('clearance_rejected', `${answer}: ask the owner to accept the request, then validate again`);
    default:
      return poll(context, CLEARANCE, answer);
  }
}

/** The service tells in free words that a vehicle cannot give data. */
function isAboutCapability(words: string): boolean {
  return /capabilit|eligib|not supported|not equipped/i.test(words);
}

function refusal({ tracker }: ValidationContext, { status, body }: ApiAnswer): Verdict {
  const [error] = records(part(body, 'errors'));
  const words = wordsOf(error?.['detail'], error?.['title']);
  if (status === 401 || status === 403) {
    const cause = `${WHO} answers ${status}${words}: it refuses the credentials. Register a valid token, then validate again`;
    return failed('credentials_refused', cause);
  }
  if (status === 404 || status === 422) {
    const cause = `${WHO} answers ${status}${words}: it does not know "${tracker.trackerId}". Correct the tracker id, then validate again`;
    return failed('id_rejected', cause);
  }
  return failed('validation_failed', `${WHO} answers ${status}${words}: tell the operator, then validate again`);
}

async function standing({ tracker, at }: ValidationContext, ask: AskAs): Promise<Standing | null> {
  const heard = spoken(await ask({ method: 'GET', path: pathOf(tracker.trackerId) }), WHO, at);
  if (heard.wait !== null || heard.answer.status !== 200) return null;
  const status = part(heard.answer.body, 'status');
  if (status !== 'revoked' && status !== 'revoking') return { kind: 'stands' };
  return { kind: 'ended', trigger: 'access_revoked', cause: `${WHO} says ${status}: the owner has withdrawn the access` };
}
