/** What the API, its push route and the admin port bear: seen from outside, on the whole gateway. */
import { copyFileSync, readFileSync } from 'node:fs';
import { Agent, request as requestTls } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../../src/api/server.ts';
import { Certificates } from '../../src/listen/certificates.ts';
import { SETTINGS, TestApi } from '../support/api.ts';
import { Authority, haveOpenssl } from '../support/authority.ts';
import { sumOf } from '../support/metrics.ts';
import { PlainClient } from '../support/plain-client.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';

const BODY = { vin: 'WBA00000000000001', data: {} };
const TEXT = { 'content-type': 'application/json' };

/** The status line that a connection ends with. */
async function lastLine(client: PlainClient): Promise<string | undefined> {
  await until('it is cut off', () => client.ended);
  return client.heard.toString('latin1').split('\r\n')[0];
}

describe('the ports that speak HTTP', () => {
  let gateway: RunningGateway;
  let clients: PlainClient[] = [];

  beforeAll(async () => {
    gateway = await RunningGateway.start({
      listeners: [],
      clickhouse: { mode: 'server', url: 'http://127.0.0.1:9' },
      api: { connections: 8, connectionsPerAddress: 6, headerBytes: 4_096, headersTimeoutMs: 500, requestTimeoutMs: 1_000 },
      push: { requestsPerSecond: 1, failuresPerMinute: 5 },
      admin: { host: '127.0.0.1', port: 0, connections: 5 },
    });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.leave();
    clients = [];
  });
  afterAll(() => gateway.remove());

  function guess(n: number): Promise<Response> {
    const url = `http://127.0.0.1:${gateway.gateway.apiPort}/push/guess-${n}`;
    return fetch(url, { method: 'POST', headers: TEXT, body: '{}' });
  }

  async function connect(port: number): Promise<PlainClient> {
    const client = await PlainClient.connect(port);
    clients.push(client);
    return client;
  }
  const refused = async (port: string, code: string): Promise<number> =>
    sumOf(await gateway.metrics(), 'http_refused_total', { port, code });

  it('cut off who does not come to the end of a head, or of a body, and answer others', async () => {
    const { apiPort } = gateway.gateway;
    const [head, body] = [await connect(apiPort), await connect(apiPort)];
    head.say(Buffer.from('GET /v1/company HTTP/1.1\r\nhost: a\r\nx-a: '));
    body.say(Buffer.from('POST /push/none HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{'));
    expect((await gateway.ask('GET', '/v1/company')).status).toBe(200);
    expect(await lastLine(head)).toBe('HTTP/1.1 408 Request Timeout');
    await until('the body is given up too', () => body.ended);
    await until('both are counted', async () => (await refused('api', 'session_slow_frame')) === 2);
  });

  it('refuse a head that is too long, and what is no HTTP at all', async () => {
    const { apiPort } = gateway.gateway;
    const [long, tls] = [await connect(apiPort), await connect(apiPort)];
    long.say(Buffer.from(`GET / HTTP/1.1\r\nhost: a\r\nx-a: ${'a'.repeat(5_000)}\r\n\r\n`));
    tls.say(Buffer.from('16030100a5010000a10303', 'hex'));
    expect(await lastLine(long)).toMatch(/^HTTP\/1.1 431 /);
    await until('the other is cut off', () => tls.ended);
    expect([await refused('api', 'wire_length'), await refused('api', 'wire_unknown')]).toEqual([1, 1]);
  });

  it('hold so many connections of one address, and the admin port its own number', async () => {
    const { apiPort, adminPort } = gateway.gateway;
    const before = await refused('api', 'listener_address_limit');
    for (let i = 0; i < 10; i++) await connect(apiPort);
    await until('those beyond are closed', () => clients.filter(({ ended }) => ended).length >= 4);
    await until('they are counted', async () => (await refused('api', 'listener_address_limit')) - before >= 4);
    for (const client of clients.splice(0)) client.leave();
    for (let i = 0; i < 10; i++) await connect(adminPort);
    await until('the admin port closes some', () => clients.filter(({ ended }) => ended).length >= 5);
    for (const client of clients.splice(0)) client.leave();
    await until('the admin port counts them', async () => (await refused('admin', 'listener_limit').catch(() => 0)) >= 5);
    expect((await gateway.ask('GET', '/v1/company')).status).toBe(200);
  });

  it('have an endpoint that gets too much answer 429 and when to come again, and lose none of what they took', async () => {
    const made = await gateway.ask('POST', '/v1/push-endpoints', { name: 'a', protocol: 'bmw', proof: { kind: 'path' } });
    expect(made).toMatchObject({ status: 201 });
    const { path } = made.body as { path: string };
    const push = () =>
      fetch(`http://127.0.0.1:${gateway.gateway.apiPort}${path}`, {
        method: 'POST',
        headers: TEXT,
        body: JSON.stringify(BODY),
      });
    const answers: Response[] = [];
    while (answers.at(-1)?.status !== 429 && answers.length < 100) answers.push(await push());
    const last = answers.at(-1);
    expect(answers.slice(0, -1).every(({ status }) => status === 200)).toBe(true);
    expect(answers.length).toBeGreaterThan(10);
    expect([last?.status, Number(last?.headers.get('retry-after'))]).toEqual([429, 1]);
    expect(await refused('push', 'session_rate')).toBe(1);
    expect(sumOf(await gateway.metrics(), 'frames_refused_total', { listener: 'push', code: 'session_rate' })).toBe(1);
    await until('it is taken again', async () => (await push()).status === 200);
  });

  it('do not even look up who keeps guessing addresses of endpoints', async () => {
    const before = await refused('push', 'session_rate');
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await guess(i)).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
    expect((await refused('push', 'session_rate')) - before).toBe(1);
  });
});

describe.runIf(haveOpenssl)('the API over TLS (skipped without openssl)', () => {
  const authority = new Authority();
  let api: TestApi;

  beforeAll(async () => {
    api = await TestApi.open();
  });
  afterAll(async () => {
    await api.close();
    authority.remove();
  });

  async function serve(requireClientCert = false) {
    const [live, renewed] = [authority.issue('localhost'), authority.issue('localhost')];
    const files = { certFile: join(authority.directory, 'api.pem'), keyFile: join(authority.directory, 'api.key') };
    copyFileSync(live.certFile, files.certFile);
    copyFileSync(live.keyFile, files.keyFile);
    const clientCaFile = requireClientCert ? authority.certFile : undefined;
    const certificates = new Certificates({ ...files, clientCaFile, requireClientCert, onFault: () => undefined });
    const parts = { services: api.services, version: '0', report: () => undefined, certificates };
    return { files, renewed, certificates, served: await openApi({ settings: SETTINGS, ...parts }) };
  }

  /** Asks for the API's document over a connection of the agent; gives the serial number of the certificate shown. */
  async function ask(port: number, agent: Agent | false, own: { cert?: Buffer; key?: Buffer } = {}): Promise<string> {
    const ca = readFileSync(authority.certFile);
    const sent = requestTls({ host: 'localhost', family: 4, port, path: '/openapi.json', ca, agent, ...own });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const { serialNumber } = (answer.socket as TLSSocket).getPeerCertificate();
    answer.resume();
    await once(answer, 'end');
    expect(answer.statusCode).toBe(200);
    return serialNumber;
  }

  it('takes a renewed certificate for new connections and keeps those there are', async () => {
    const { files, renewed, certificates, served } = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await ask(served.port, agent);
    copyFileSync(renewed.certFile, files.certFile);
    certificates.look();
    copyFileSync(renewed.keyFile, files.keyFile);
    certificates.look();
    const after = await ask(served.port, false);
    expect(after).not.toBe(before);
    expect(await ask(served.port, agent)).toBe(before);
    agent.destroy();
    await served.close();
  });

  it('lets nobody in without a certificate of its authorities, where it requires one', async () => {
    const { served } = await serve(true);
    await expect(ask(served.port, false)).rejects.toThrow(/./);
    const { certFile, keyFile } = authority.issue('cloud.example');
    await ask(served.port, false, { cert: readFileSync(certFile), key: readFileSync(keyFile) });
    await served.close();
  });
});
