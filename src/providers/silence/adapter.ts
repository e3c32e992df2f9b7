/**
 * Silence has no interface for third parties. What its app asks is known from clients of it: `GET /me/scooters` with the owner's token.
 * Without a token, the id of the scooter is all there is to check.
 */
import type { ProviderAdapter, Verdict, ValidationContext } from '../adapter.ts';
import { failed, isSameId, NOT_ASKED, records, spoken, trialOf } from '../answers.ts';

export const SILENCE: ProviderAdapter = {
  credentialFields: { required: ['token'], optional: [] },
  tryAccount: async ({ credentials: { token = '' }, settings: { url }, connect }) => {
    if (url === null) return NOT_ASKED;
    return trialOf(await connect({ url })({ method: 'GET', path: 'me/scooters', bearer: token }), 'Silence');
  },
  validate: async (context) => {
    const { credentials, settings, tracker } = context;
    const { token } = credentials ?? {};
    if (token === undefined || settings.url === null) {
      const cause = `"${tracker.trackerId}" is right as an id of silence; without the token of its owner nobody can be asked`;
      return { kind: 'validated', cause };
    }
    return look(context, settings.url, token);
  },
};

async function look({ connect, tracker, at }: ValidationContext, url: string, bearer: string): Promise<Verdict> {
  const query = { details: 'true', dynamic: 'false' };
  const heard = spoken(await connect({ url })({ method: 'GET', path: 'me/scooters', query, bearer }), 'Silence', at);
  if (heard.wait !== null) return heard.wait;
  const { status, body } = heard.answer;
  if (status !== 200 || !Array.isArray(body)) {
    const cause = `Silence answers ${status}: it refuses the token of the owner. Register a fresh one, then validate again`;
    return failed('credentials_refused', cause);
  }
  const { trackerId } = tracker;
  const isTheirs = records(body).some(({ imei, frameNo }) => isSameId(imei, trackerId) || isSameId(frameNo, trackerId));
  if (isTheirs) return { kind: 'validated', cause: `Silence has a scooter "${trackerId}" in this account` };
  const cause = `Silence has no scooter with the IMEI or frame number "${trackerId}" in this account: correct the tracker id, then validate again`;
  return failed('id_rejected', cause);
}
