import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { providerTable } from '../../src/providers/table.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/store.ts';
import { DnsServer } from '../support/dns-server.ts';
import { sumOf } from '../support/metrics.ts';
import { newDataDir, RunningGateway, type TestSettings } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';
import { answering, closing, hanging, WebhookReceiver, type Received } from '../support/webhook-receiver.ts';

const NO_CLICKHOUSE = { clickhouse: { mode: 'server', url: 'http://127.0.0.1:1' } };
/** Pauses are short. The time to answer is not: a loaded machine is no receiver that hangs. */
const QUICK = { allowHttp: true, retryMinMs: 50, retryMaxMs: 200, timeoutMs: 4_000 };

let dataDir: string;
let gateway: RunningGateway;
let receiver: WebhookReceiver;
let dns: DnsServer;
let store: SqliteStore;

beforeEach(async () => {
  dataDir = newDataDir();
  receiver = await WebhookReceiver.open();
  dns = await DnsServer.open();
});
afterEach(async () => {
  store.close();
  await gateway.remove();
  await receiver.close();
  dns.close();
});

/** Starts the gateway, without ClickHouse, which webhooks do not need. */
async function start(webhooks: TestSettings = {}): Promise<void> {
  const settings = { ...QUICK, allowPrivateAddresses: ['127.0.0.1'], dnsServers: [dns.address], ...webhooks };
  gateway = await RunningGateway.start({ ...NO_CLICKHOUSE, webhooks: settings }, dataDir);
  store = openSqliteStore(`${dataDir}/data/odograph.sqlite`);
}

/** Asks for something of webhooks, and gets it. */
async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await gateway.ask(method, `/v1/webhooks${path}`, body);
  expect([method, path, answer.status]).toEqual([method, path, expect.toBeOneOf([200, 201, 202])]);
  return answer.body;
}

interface Made {
  webhook: { id: string };
  secret: string;
}
interface Detail {
  id: string;
  status: string;
  outcome: string;
  attempts: { http_status: number | null; code: string | null; detail: string }[];
}

const make = async (url: string) => (await ask('POST', '', { url })) as Made;

/** Registers a box as another process does; it makes three transitions. */
async function register(trackerId: string): Promise<string> {
  const request = { trackerId, provider: 'astrata', type: 'obd', vehicleType: null, foreignTrackerId: null, objectId: {} };
  return (await registerTracker(store, providerTable(), request, Date.now)).tracker.oid;
}

const IMEIS = ['352093081452251', '356307042441013', '490154203237518'] as const;
const STATUSES = ['pending', 'pending_validation', 'pending_for_data'];

const detailOf = async (id: string, delivery: string) => (await ask('GET', `/${id}/deliveries/${delivery}`)) as Detail;

async function newest(id: string): Promise<Detail> {
  const { items } = (await ask('GET', `/${id}/deliveries?limit=1`)) as { items: Detail[] };
  return detailOf(id, items[0]?.id ?? '');
}

async function ended(id: string): Promise<Detail> {
  let detail: Detail | null = null;
  await until('the delivery ends', async () => (detail = await newest(id)).status !== 'pending', 40_000);
  return detail as unknown as Detail;
}

/** Sends a ping and gives how it ended. */
async function ping(id: string): Promise<Detail> {
  await ask('POST', `/${id}/ping`);
  return ended(id);
}

describe('a transition', () => {
  test('is pushed, in order, with a signature that the reference library accepts, through misbehaviour of the receiver', async () => {
    await start({ retryMaxMs: 1_100 });
    const { webhook, secret } = await make(receiver.url('/hook'));
    receiver.next.push(
      closing,
      answering(500),
      hanging,
      answering(302, { location: 'http://169.254.169.254/' }),
      answering(429, { 'retry-after': '1' }),
    );
    await register(IMEIS[0]);
    await receiver.heard(8);
    expect(receiver.statuses.slice(5)).toEqual(STATUSES);
    expect(new Set(receiver.received.slice(0, 6).map(({ id }) => id)).size).toBe(1);
    for (const { id, timestamp, signature, body } of receiver.received) {
      const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ data: { tracker: { tracker_id: IMEIS[0] } } });
    }
    const waited = Number(receiver.received[5]?.timestamp) - Number(receiver.received[4]?.timestamp);
    expect(waited).toBeGreaterThanOrEqual(1);
    await until('all are delivered', async () => (await newest(webhook.id)).status === 'delivered', 40_000);
    const { items } = (await ask('GET', `/${webhook.id}/deliveries`)) as { items: Detail[] };
    const first = await detailOf(webhook.id, items[2]?.id ?? '');
    expect(first.attempts.map(({ http_status, code }) => http_status ?? code)).toEqual([
      'webhook_unreachable',
      500,
      'webhook_timeout',
      302,
      429,
      204,
    ]);
    const metrics = await gateway.metrics();
    expect(sumOf(metrics, 'webhook_deliveries_total', { outcome: 'delivered' })).toBe(3);
    expect(sumOf(metrics, 'webhook_tries_total', { code: 'none' })).toBe(3);
    expect(sumOf(metrics, 'webhook_tries_total', { code: 'webhook_timeout' })).toBe(1);
    // It is looked up every ten seconds.
    const lag = async () => sumOf(await gateway.metrics(), 'webhook_oldest_undelivered_seconds');
    await until('nothing is undelivered', async () => (await lag()) === 0, 40_000);
  });

  test('reaches others while a receiver hangs, and is not sent to one that said 410', async () => {
    await start({ timeoutMs: 20_000 });
    const hangs = await WebhookReceiver.open();
    hangs.behaviour = hanging;
    const leaves = await WebhookReceiver.open();
    leaves.behaviour = answering(410);
    await make(hangs.url());
    await make(receiver.url());
    const { webhook } = await make(leaves.url());
    for (const imei of IMEIS) await register(imei);
    await receiver.heard(9);
    expect(leaves.received.length).toBeLessThanOrEqual(4);
    expect(await ask('GET', `/${webhook.id}`)).toMatchObject({
      enabled: false,
      disabled_reason: 'the receiver answered 410 Gone',
    });
    await hangs.close();
    await leaves.close();
  });

  test('that came while the gateway was down is pushed when it is back', async () => {
    await start();
    await make(receiver.url());
    await gateway.stop();
    await register(IMEIS[0]);
    store.close();
    await start();
    await receiver.heard(3);
    expect(receiver.statuses).toEqual(STATUSES);
  });
});

describe('an address that is not public', () => {
  test('is not connected to: not under a name, not after a redirect, not when the name moves there later', async () => {
    await start({ allowPrivateAddresses: ['127.0.0.2'] });
    const allowed = await WebhookReceiver.open({ host: '127.0.0.2' });
    dns.names.set('hooks.example', ['127.0.0.1']);
    dns.names.set('good.example', ['127.0.0.2']);
    const { webhook } = await make(receiver.url('/', 'hooks.example'));
    expect(await ping(webhook.id)).toMatchObject({
      status: 'failed',
      outcome: 'hooks.example must be a host on the public internet; 127.0.0.1 is of the machine itself',
      attempts: [{ http_status: null, code: 'webhook_address' }],
    });

    allowed.behaviour = answering(307, { location: receiver.url() });
    const { webhook: redirecting } = await make(allowed.url('/', 'good.example'));
    expect(await ping(redirecting.id)).toMatchObject({ status: 'failed', attempts: [{ http_status: 307 }] });
    expect(allowed.received).toHaveLength(1);

    dns.names.set('good.example', ['127.0.0.1']);
    expect(await ping(redirecting.id)).toMatchObject({ status: 'failed', attempts: [{ code: 'webhook_address' }] });
    expect(receiver.received).toEqual([]);
    await allowed.close();
  });

  test('is refused where it stands in the address itself', async () => {
    await start({ allowPrivateAddresses: [] });
    const refused = await gateway.ask('POST', '/v1/webhooks', { url: 'http://[::ffff:169.254.169.254]/latest' });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('metadata');
  });
});

test('nothing of a secret is kept in the clear, nor is there one in what the API shows later', async () => {
  await start();
  const { webhook, secret } = await make(receiver.url());
  receiver.behaviour = (response, { signature }: Received) => {
    response.writeHead(401).end(`expected ${secret}, got ${signature}`);
  };
  const { attempts } = await ping(webhook.id);
  expect(JSON.stringify(attempts)).toContain('expected [secret], got v1,');
  const dump = JSON.stringify(store.documents.documents('webhooks', { companyId: 'default', most: 9 }));
  expect(dump).toContain('v1.');
  expect(dump).not.toContain(secret.slice(6));
});

test('a ping from the command line says how the receiver answers', async () => {
  await start();
  const { webhook } = await make(receiver.url());
  const words = ['ping', webhook.id, '--wait', '30s', '--data-dir', `${dataDir}/data`];
  expect(await odograph('webhooks', ...words)).toMatchObject({
    code: 0,
    out: expect.stringContaining('delivered: answered 204'),
  });
  receiver.behaviour = answering(401);
  expect(await odograph('webhooks', ...words)).toMatchObject({ code: 1, out: expect.stringContaining('failed: answered 401') });
});
