/** What a company may learn of another's devices and secrets: nothing, by whichever way it asks. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CompanyView } from '../../../src/registry/company-view.ts';
import { SealedBox } from '../../../src/secrets/sealed-box.ts';
import { Credentials } from '../../../src/registry/credentials.ts';
import { aLiveness, noChanges } from '../../../src/store/samples.ts';
import { TestApi } from '../../support/api.ts';

const IMEI = '359632104952350';
const SECRET = 'the-secret-of-the-fleet';

let api: TestApi;
let mine: string;
let theirs: string;
beforeEach(async () => {
  api = await TestApi.open();
  [mine, theirs] = [await api.keyOf('acme'), await api.keyOf('other')];
});
afterEach(() => api.close());

async function register(key: string, body: Record<string, unknown>): Promise<string> {
  const answer = await api.ask('POST', '/v1/trackers/register', { key, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body['oid'] as string;
}

/** Acme's box is heard; the other company claims its IMEI as a foreign id, with another provider, and as a serial number. */
async function claimed(): Promise<string[]> {
  const oid = await register(mine, { tracker_id: IMEI, provider: 'targa', type: 'canbus' });
  const heard = aLiveness(IMEI, { trackerOid: oid, peer: '203.0.113.7:4711' });
  await api.store.commit({ ...noChanges(), heard: [heard] });
  return [
    await register(theirs, { tracker_id: IMEI, provider: 'astrata', type: 'obd' }),
    await register(theirs, { tracker_id: 'WF0AXXWPMAJB43745', provider: 'targa', type: 'canbus', foreign_tracker_id: IMEI }),
    await register(theirs, { tracker_id: 'box', provider: 'html5', type: 'oem', object_id: { serial_number: IMEI } }),
  ];
}

describe('a device that another company has', () => {
  test('is not explained to a company that claims its ident', async () => {
    for (const oid of await claimed()) {
      const why = await api.ask('GET', `/v1/trackers/${oid}/why`, { key: theirs });
      expect(why.body).toMatchObject({ last_heard: null, last_accepted_fix: null });
      expect(JSON.stringify(why.body)).not.toMatch(/203\.0\.113\.7|4711/);
    }
  });

  test('is explained to its owner', async () => {
    await claimed();
    const { body } = await api.ask('GET', '/v1/trackers', { key: mine });
    const [own] = body['items'] as { oid: string }[];
    const why = await api.ask('GET', `/v1/trackers/${own?.oid}/why`, { key: mine });
    expect(why.body).toMatchObject({ last_heard: { ident: IMEI, peer: '203.0.113.7:4711' } });
  });

  test('is not testified of by a gateway either', async () => {
    await claimed();
    const asked: string[] = [];
    const witness = {
      signsOf: (idents: readonly (readonly string[])[]) => {
        asked.push(...idents.flat());
        return null;
      },
    };
    await new CompanyView(api.store, 'other').witness(witness).signsOf([[IMEI, 'mine']]);
    expect(asked).toEqual(['mine']);
    await new CompanyView(api.store, 'acme').witness(witness).signsOf([[IMEI]]);
    expect(asked).toEqual(['mine', IMEI]);
  });

  test('cannot be written through the view of another company', async () => {
    const oid = await register(mine, { tracker_id: IMEI, provider: 'targa', type: 'canbus' });
    const tracker = api.store.trackerByOid(oid);
    if (tracker === null) throw new Error('no tracker');
    const view = new CompanyView(api.store, 'other');
    const change = { tracker, transitions: [], outbox: [] };
    await expect(view.update(change, 1)).rejects.toThrow('is not of company other');
    await expect(view.register(change)).rejects.toThrow('is not of company other');
    expect([await view.trackerByOid(oid), await view.transitionsOf(oid), await view.evidenceOf(oid)]).toEqual([null, [], null]);
    expect([await view.tripOf(oid), await view.trackersCalled(IMEI), await view.activeTrackersOf('acme')]).toEqual([
      null,
      [],
      0,
    ]);
  });

  test('is refused to whoever registers its id, without a word of whose it is', async () => {
    const oid = await register(mine, { tracker_id: IMEI, provider: 'targa', type: 'canbus' });
    const body = { tracker_id: IMEI, provider: 'targa', type: 'canbus' };
    const foreign = await api.ask('POST', '/v1/trackers/register', { key: theirs, body });
    expect(foreign.body).toMatchObject({ err_code: 103, http_code: 403 });
    expect(JSON.stringify(foreign.body)).not.toMatch(new RegExp(`${oid}|acme|pending`));
    const own = await api.ask('POST', '/v1/trackers/register', { key: mine, body });
    expect(own.body['msg']).toContain(oid);
  });
});

describe('credentials', () => {
  const values = { username: 'FLEET00123', token: SECRET };
  const keep = (body: object = { provider: 'cartrack', credentials: values }) =>
    api.ask('POST', '/v1/credentials/register', { key: mine, body });

  test('come out for the provider alone, the newest of them', async () => {
    await keep();
    api.laterMs += 1_000;
    await keep({ provider: 'cartrack', credentials: { ...values, username: 'FLEET2' } });
    const { credentials } = api.services;
    expect(await credentials.of('acme', 'cartrack')).toEqual({ ...values, username: 'FLEET2' });
    expect([await credentials.of('acme', 'stellantis'), await credentials.of('other', 'cartrack')]).toEqual([null, null]);
  });

  test('stand in the registry sealed, and open with no other key', async () => {
    const { body } = await keep();
    const stored = api.store.documents.document('credentials', body['id'] as string);
    expect(JSON.stringify(stored)).not.toContain(SECRET);
    const wrong = new Credentials({
      documents: api.store.documents,
      box: new SealedBox([new Uint8Array(32).fill(9)]),
      fieldsOf: () => null,
      tryAccount: () => Promise.resolve({ ok: true }),
      now: () => api.now,
    });
    await expect(wrong.of('acme', 'cartrack')).rejects.toThrow(/not in the key file.*\[secrets_unreadable\]/);
  });

  test('that are wrong are not repeated in the refusal', async () => {
    for (const credentials of [{ token: SECRET }, { ...values, tokn: SECRET }, { ...values, token: SECRET.repeat(1_000) }]) {
      const { status, body } = await keep({ provider: 'cartrack', credentials });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(body)).not.toContain(SECRET);
    }
    expect((await keep({ provider: 'targa', credentials: {} })).body).toMatchObject({ err_code: 9900 });
  });
});

describe('a registration document', () => {
  test('comes back to its owner as it was, and stands in the registry sealed', async () => {
    const oid = await register(mine, { tracker_id: IMEI, provider: 'targa', type: 'canbus' });
    const url = `/v1/trackers/${oid}/registration-document`;
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('the owner is Ana')]);
    const put = await api.ask('PUT', url, { key: mine, body: png, headers: { 'content-type': 'image/png; a=b' } });
    expect(put.body).toMatchObject({ content_type: 'image/png', size_bytes: png.length });
    const got = await api.app.inject({ url, headers: { 'x-api-key': mine } });
    expect(got.headers).toMatchObject({ 'content-type': 'image/png', 'x-content-type-options': 'nosniff' });
    expect(got.rawPayload.equals(png)).toBe(true);
    const stored = JSON.stringify(api.store.documents.document('registration_documents', oid));
    expect(stored).not.toContain(Buffer.from('the owner is Ana').toString('base64').slice(4, 12));
    await api.ask('DELETE', `/v1/trackers/${oid}`, { key: mine });
    expect(api.store.documents.document('registration_documents', oid)).toBeNull();
  });
});
