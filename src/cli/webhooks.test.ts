import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { aTracker, registered } from '../store/samples.ts';
import { PAYLOAD_SHAPES } from '../app-webhooks.ts';
import { announce } from '../webhooks/announce.ts';
import { deliveriesOf } from '../webhooks/backlog.ts';
import { settled, type Delivery } from '../webhooks/delivery.ts';
import { isSecret } from '../webhooks/signature.ts';
import { odograph, type Ran } from './cli-fixture.ts';

const LISTENERS = 'listeners=[{"name":"a","port":1,"protocols":["teltonika"]}]';
const URL = 'https://hooks.example.com/';
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-webhooks-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const webhooks = (...words: string[]): Promise<Ran> => odograph('webhooks', ...words, '--data-dir', dir, '--set', LISTENERS);

async function json<Answer>(...words: string[]): Promise<Answer> {
  const { code, out, err } = await webhooks(...words, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Answer;
}

interface Made {
  endpoint: { id: string };
  secret: string;
}

const make = async (...words: string[]) => {
  const { endpoint, secret } = await json<Made>('create', URL, ...words);
  return { id: endpoint.id, secret };
};

/** Makes the delivery of a tracker's registration, as a gateway does. */
async function deliver(status: 'pending' | 'failed'): Promise<void> {
  const store = openSqliteStore(join(dir, 'odograph.sqlite'));
  store.register(registered(aTracker('t1', { registeredAt: Date.now() })));
  await announce(store, store.documents, { most: 9, keepMs: 1_000, shapes: PAYLOAD_SHAPES, now: Date.now() });
  if (status === 'failed') {
    const [endpoint] = store.documents.documents('webhooks', { companyId: 'default', most: 1 });
    const collection = deliveriesOf(endpoint?.id ?? '');
    const [delivery] = store.documents.documents<Delivery>(collection, { companyId: 'default', most: 1 });
    if (delivery !== undefined)
      store.documents.replace(collection, settled(delivery, 'failed', 'answered 500', Date.now(), 1_000));
  }
  store.close();
}

describe('webhooks', () => {
  test('are created, with a secret that is said this once, listed, shown, changed and deleted', async () => {
    const { id, secret } = await make('-s', 'connected', 'error_data', '-p', 'bmw', '--description', 'ours');
    expect(isSecret(secret)).toBe(true);
    const { out } = await webhooks('list');
    expect(out).toMatch(new RegExp(`${id} +${URL} +ours +no`));
    expect(await json('show', id)).toMatchObject({
      filter: { types: [], statuses: ['connected', 'error_data'], providers: ['bmw'] },
    });
    expect(await json('update', id, '--url', `${URL}2`, '-s', 'connected')).toMatchObject({
      url: `${URL}2`,
      description: 'ours',
      filter: { statuses: ['connected'], providers: ['bmw'] },
    });
    expect((await webhooks('show', id)).out).toMatch(/statuses +connected\n.*providers +bmw\n/);
    expect((await webhooks('delete', id)).out).toBe(`deleted ${id} (${URL}2)\n`);
    expect(await webhooks('show', id)).toMatchObject({ code: 1, err: expect.stringContaining('[webhook_unknown]') });
    const again = await webhooks('create', URL);
    expect(again.out).toMatch(/secret, shown this once: whsec_/);
  });

  test('are those of one company', async () => {
    const { id } = await make('--company', 'acme');
    expect(await json('list')).toEqual([]);
    expect(await json('list', '--company', 'acme')).toMatchObject([{ id, companyId: 'acme' }]);
    expect((await webhooks('show', id)).code).toBe(1);
  });

  test('are disabled and enabled, and get a new secret', async () => {
    const { id, secret } = await make();
    expect((await webhooks('disable', id, '--reason', 'moving')).out).toMatch(/disabled +since .*: moving/);
    expect((await webhooks('list')).out).toContain('moving');
    expect((await webhooks('enable', id)).out).toMatch(/disabled +no/);
    const rotated = await json<Made>('rotate-secret', id, '--overlap', '2h');
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.endpoint).toMatchObject({ oldSecretUntil: expect.any(Number) as number });
    expect((await webhooks('rotate-secret', id, '--overlap', 'long')).code).toBe(64);
  });

  test('that are wrong end with 1 and the reason', async () => {
    const wrong = await webhooks('create', 'http://hooks.example.com/');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('begins with https:// [webhook_invalid]')]);
    expect((await webhooks('create', URL, '-s', 'online')).code).toBe(64);
  });
});

describe('deliveries', () => {
  test('are listed, shown with payload and tries, and replayed', async () => {
    const { id } = await make();
    await deliver('failed');
    const { out } = await webhooks('deliveries', id);
    expect(out).toMatch(new RegExp(`tracker.registered +t1-1_${id} +failed +0 +answered 500`));
    expect((await webhooks('deliveries', id, '-s', 'pending')).out).not.toContain('t1-1');
    expect(await json('deliveries', id, `t1-1_${id}`)).toMatchObject({ status: 'failed', attempts: [] });
    expect((await webhooks('deliveries', id, `t1-1_${id}`)).out).toContain('"type":"tracker.registered"');
    expect((await webhooks('replay', id, '--failed-for', '1h')).out).toBe('1 deliveries are sent once more\n');
    expect((await webhooks('replay', id, `t1-1_${id}`)).out).toBe(`t1-1_${id} is sent once more\n`);
    expect(await json('deliveries', id, `t1-1_${id}`)).toMatchObject({ status: 'pending' });
    expect((await webhooks('replay', id)).code).toBe(64);
  });

  test('of a ping wait for the gateway', async () => {
    const { id } = await make();
    expect((await webhooks('ping', id)).out).toMatch(/^ping-[0-9a-f]{16}_wh_[0-9a-f]+ waits for the gateway to send it\n$/);
    const waited = await webhooks('ping', id, '--wait', '1s');
    expect([waited.code, waited.err]).toEqual([69, expect.stringContaining('is it running?')]);
  });
});
