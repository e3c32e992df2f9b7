/**
 * Distinctive secrets stand in every place that may hold one, a gateway is run at `trace` through success and failure, and none of
 * them is found in what it says: log, error answers, metrics, status, captures, command line.
 */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectMqtt } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { readAdminAddress, INSTANCE_HEADER } from '../../src/observe/admin-address.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { until } from '../support/waiting.ts';

/** What must not be found, by where it stands. */
const planted = new Map<string, string>();
let count = 0;

/** Makes a secret and remembers it. */
function plant(place: string): string {
  const secret = `planted${String(++count).padStart(2, '0')}Zq7xW2vK9mTr4`;
  planted.set(place, secret);
  return secret;
}

/** Remembers a secret that the gateway has made. */
function remember(place: string, secret: string): string {
  expect([place, secret.length > 15]).toEqual([place, true]);
  planted.set(place, secret);
  return secret;
}

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-secrets-'));
const IDENT = '356307042441013';
const BODY = JSON.stringify({ vin: 'WBA00000000000001', timestamp: '2026-05-15T00:00:00Z', data: {} });
const MAIN = join(import.meta.dirname, '../../src/main.ts');
let gateway: GatewayProcess;
/** A cloud and a receiver of webhooks that refuses all it is asked. */
let refusing: Server;
let settings: string[];
/** All that was answered and is not the one answer that shows a secret to its owner. */
const answers: string[] = [];
let adminKey: string;

beforeAll(async () => {
  refusing = createServer((request, response) => {
    request.resume();
    response.writeHead(500).end('{"error":"refused"}');
  });
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  const cloud = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  const mqttPort = await freePort();
  const credentials = [{ username: IDENT, passwordHash: hashPassword(plant('MQTT password of a device')) }];
  const listeners = [
    { name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika'] },
    { name: 'broker', transport: 'mqtt', host: '127.0.0.1', port: mqttPort, protocols: ['teltonika'], mqtt: { credentials } },
  ];
  const subscription = { name: 'cloud', url: 'mqtt://127.0.0.1:9', topics: ['a/{ident}'], protocols: ['bmw'] };
  const subscriptions = [{ ...subscription, username: 'u', password: plant('password of a subscription') }];
  const secretFile = join(dataDir, 'oidc-secret');
  writeFileSync(secretFile, plant('client secret in a file'));
  settings = [
    'log.level=trace',
    `listeners=${JSON.stringify(listeners)}`,
    `subscriptions=${JSON.stringify(subscriptions)}`,
    `clickhouse.password=${plant('password of ClickHouse')}`,
    `store.password=${plant('password of Redis')}`,
    `signIn.oidc.issuer=${cloud}`,
    'signIn.oidc.clientId=odograph',
    `signIn.oidc.rules=${JSON.stringify([{ claim: 'sub', role: 'read', company: 'default' }])}`,
    `signIn.oidc.clientSecretFile=${secretFile}`,
    'signIn.oidc.redirectUrl=http://127.0.0.1/console/oidc/callback',
    `providers.bmw.api.url=${cloud}`,
    'providers.bmw.api.pollMs=100',
  ];
  gateway = await GatewayProcess.start({ dataDir, settings });
  adminKey = remember('first key', readFileSync(join(dataDir, 'admin-key'), 'utf8').trim());
}, 120_000);
afterAll(async () => {
  await gateway.kill();
  refusing.close();
  removeFolder(dataDir);
});

interface Asking {
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** The answer shows its owner a secret, this once. */
  shows?: boolean;
}

async function ask(method: string, path: string, { key = adminKey, body, headers = {}, shows = false }: Asking = {}) {
  const response = await fetch(`http://127.0.0.1:${gateway.apiPort}${path}`, {
    method,
    headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await response.text();
  if (!shows) answers.push(`${method} ${response.status} ${text}`);
  return { status: response.status, headers: response.headers, text, json: safeJson(text) };
}

function safeJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Runs a command to its end, and gives all it has written. */
function command(...words: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...words], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

/** Makes an endpoint with a proof, and pushes to it with the right proof and with none. */
async function pushWith(proof: { kind: string } & Record<string, unknown>, right: (body: string) => Record<string, string>) {
  const made = await ask('POST', '/v1/push-endpoints', { body: { name: proof.kind, protocol: 'bmw', proof }, shows: true });
  expect([proof.kind, made.status]).toEqual([proof.kind, 201]);
  const path = String(made.json['path']);
  remember(`address of the ${proof.kind} endpoint`, path.replace('/push/', ''));
  expect([proof.kind, (await ask('POST', path, { body: BODY, headers: right(BODY) })).status]).toEqual([proof.kind, 200]);
  await ask('POST', path, { body: '{', headers: right('{') });
  const wrong = plant(`wrong ${proof.kind}`);
  const refused = await ask('POST', path, { body: BODY, headers: { authorization: `Bearer ${wrong}`, 'x-proof': wrong } });
  expect([proof.kind, refused.status]).toEqual([proof.kind, proof.kind === 'path' ? 200 : 401]);
}

/** Logs in over MQTT and leaves; `false` where it was refused. */
async function overMqtt(password: string): Promise<boolean> {
  const port = gateway.log.map((line) => safeJson(line)).find(({ listener }) => listener === 'broker')?.['port'];
  const client = connectMqtt(`mqtt://127.0.0.1:${String(port)}`, { username: IDENT, password, reconnectPeriod: 0 });
  const came = await new Promise<boolean>((resolve) => {
    client.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  client.end(true);
  return came;
}

it('says none of its secrets, whatever goes well or wrong', { timeout: 600_000 }, async () => {
  const capturing = new AbortController();
  const captured: Buffer[] = [];
  const capture = await fetch(`http://127.0.0.1:${gateway.adminPort}/capture`, { signal: capturing.signal });
  void (async () => {
    for await (const part of capture.body as unknown as AsyncIterable<Uint8Array>) captured.push(Buffer.from(part));
  })().catch(() => undefined);

  // Keys: made, used, wrong, revoked.
  const made = await ask('POST', '/v1/api-keys', { body: { name: 'a', role: 'read' }, shows: true });
  const key = remember('an API key', String(made.json['secret'] ?? made.json['key']));
  await ask('GET', '/v1/company', { key });
  await ask('POST', '/v1/companies', { key, body: {} });
  await ask('GET', '/v1/company', { key: `odo_000000000000_${plant('a wrong key')}` });
  const session = await ask('POST', '/console/session', { body: { key }, headers: { 'x-odograph-console': '1' } });
  const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  if (cookie !== '') remember('a session', cookie.split('=')[1] ?? '');
  await ask('GET', '/console/session', { headers: { cookie } });
  await ask('GET', '/console/session', { headers: { cookie: `session=${plant('a wrong session')}` } });
  await ask('GET', '/console/oidc');
  await ask('GET', `/console/oidc/callback?code=${plant('a code of the identity provider')}&state=x`);

  // Pushes: each proof, right and wrong, and bodies that are none.
  const [header, bearer, basic, hmac] = ['header', 'bearer', 'basic', 'hmac'].map((kind) => plant(`secret of ${kind}`)) as [
    string,
    string,
    string,
    string,
  ];
  await pushWith({ kind: 'path' }, () => ({}));
  await pushWith({ kind: 'header', header: 'x-proof', secrets: [header] }, () => ({ 'x-proof': header }));
  await pushWith({ kind: 'bearer', secrets: [bearer] }, () => ({ authorization: `Bearer ${bearer}` }));
  const login = `user:${basic}`;
  const encoded = remember('basic, encoded', Buffer.from(login).toString('base64'));
  await pushWith({ kind: 'basic', secrets: [login] }, () => ({ authorization: `Basic ${encoded}` }));
  await pushWith({ kind: 'hmac', header: 'x-proof', secrets: [hmac] }, (body) => ({
    'x-proof': createHmac('sha256', hmac).update(body).digest('hex'),
  }));
  await ask('POST', `/push/${plant('an address that is none')}`, { body: BODY });

  // Accounts at providers, whose cloud answers 500; webhooks whose receiver does; and a link of the tracker page.
  const account = { token: plant('account at a provider') };
  await ask('POST', '/v1/credentials/register', { body: { provider: 'bmw', credentials: account } });
  await ask('POST', '/v1/credentials/register', {
    body: { provider: 'bmw', credentials: { tokn: plant('misspelt account') } },
  });
  await ask('POST', '/v1/trackers/register', { body: { tracker_id: 'WBA00000000000001', provider: 'bmw', type: 'oem' } });
  const url = `https://receiver.invalid/hook/${plant('path of a webhook')}`;
  const hook = await ask('POST', '/v1/webhooks', { body: { url }, shows: true });
  const hookId = String((hook.json['webhook'] as { id?: string } | undefined)?.id ?? hook.json['id']);
  remember('secret of a webhook', String(hook.json['secret']));
  await ask('POST', `/v1/webhooks/${hookId}/ping`, {});
  const driver = await ask('POST', '/v1/trackers/register', {
    body: { tracker_id: 'a driver', provider: 'html5', type: 'oem' },
  });
  const { oid } = driver.json as { oid: string };
  const link = await ask('POST', `/v1/trackers/${oid}/html5-links`, { body: {}, shows: true });
  const token = remember('a link of the page', String(link.json['url']).split('#')[1] ?? '');
  const opening = { link: token, secret: plant('secret of the page').padEnd(43, 'p') };
  planted.set('secret of the page', opening.secret);
  await ask('POST', '/v1/html5/open', { body: opening });
  await ask('POST', '/v1/html5/open', { body: { ...opening, secret: 'q'.repeat(43) } });

  // MQTT, right and wrong.
  expect(await overMqtt(planted.get('MQTT password of a device') ?? '')).toBe(true);
  expect(await overMqtt(plant('a wrong MQTT password'))).toBe(false);

  // Lists show what there is, and no secret of it; addresses of webhooks are the owner's to read.
  for (const path of ['push-endpoints', 'credentials', 'api-keys', 'trackers']) await ask('GET', `/v1/${path}`);
  await pause(1_500);
  const address = readAdminAddress(dataDir);
  const metrics = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  const status = await (
    await fetch(`http://127.0.0.1:${gateway.adminPort}/ask/status`, {
      method: 'POST',
      headers: { [INSTANCE_HEADER]: address?.instance ?? '', 'content-type': 'application/json' },
      body: '{}',
    })
  ).text();
  await until('something was captured', () => captured.length > 0);
  capturing.abort();
  const sets = settings.flatMap((setting) => ['--set', setting]);
  const printed = command('print-config', '--data-dir', dataDir, ...sets);
  const wrong = command('check-config', '--data-dir', dataDir, ...sets, '--set', 'store.pasword=x', '--set', 'admin.port=x');
  const lists = ['keys', 'trackers', 'webhooks'].map((what) => command(what, 'list', '--data-dir', dataDir)).join('\n');
  const exit = await gateway.stop();
  expect(exit).toBe(0);

  // Each of these has said something: a test that saw nothing has found nothing.
  const said = {
    log: gateway.log.join('\n'),
    answers: answers.join('\n'),
    metrics,
    status,
    captured: Buffer.concat(captured).toString('latin1'),
    printed,
    wrong,
    lists: lists.replaceAll(url, ''),
  };
  expect(planted.size).toBeGreaterThan(25);
  for (const [where, text] of Object.entries(said)) expect([where, text.length > 50]).toEqual([where, true]);
  expect(said.log).toContain('"level":"info"');
  expect(said.captured).toContain('WBA00000000000001');
  expect(said.answers).toMatch(/ 401 .* 404 /s);
  const found = Object.entries(said).flatMap(([where, text]) =>
    [...planted].filter(([, secret]) => text.includes(secret)).map(([place]) => `${place} in ${where}`),
  );
  expect(found).toEqual([]);
});
