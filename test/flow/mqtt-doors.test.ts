/** The ways to the embedded broker: plain, TLS, WebSocket, with stock clients. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { Certificates } from '../../src/listen/certificates.ts';
import { Authority, type IssuedFiles } from '../support/authority.ts';
import { haveMosquitto, mosquittoPub } from '../support/mosquitto.ts';
import { DEVICES, MQTT_LIMITS, MqttGateway, teltonikaGolden, until } from '../support/mqtt-gateway.ts';
import { until as waitUntil } from '../support/waiting.ts';

const FRAME = teltonikaGolden('codec8-spec-1');
const [IDENT, OTHER] = DEVICES;
const TOPIC = `odograph/v1/${IDENT}/teltonika`;
const LOGIN = { username: IDENT, password: `secret-${IDENT}` };

let authority: Authority;
let port: IssuedFiles;
let box: IssuedFiles;
let gateway: MqttGateway;
let clients: MqttClient[] = [];

/** The certificate of the port, which asks clients for theirs. */
function certificates(): Certificates {
  return new Certificates({
    ...port,
    clientCaFile: authority.certFile,
    requireClientCert: false,
    onFault: () => undefined,
    lookEveryMs: 20,
  });
}

async function publishOver(scheme: string, options: IClientOptions): Promise<void> {
  const client = await connectAsync(`${scheme}://127.0.0.1:${gateway.port}`, { reconnectPeriod: 0, ...options }, false);
  clients.push(client);
  await client.publishAsync(TOPIC, FRAME, { qos: 1 });
}

/** Fingerprint of what the port shows. */
async function shownCertificate(): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: gateway.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

async function expectStoredOnce(): Promise<void> {
  expect((await gateway.durable()).map(({ ident, frame }) => [ident, toHex(frame)])).toEqual([[IDENT, toHex(FRAME)]]);
}

beforeAll(() => {
  authority = new Authority();
  port = authority.issue('gateway.test');
  box = authority.issue(IDENT);
});
afterAll(() => authority.remove());
afterEach(async () => {
  for (const client of clients) client.end(true);
  clients = [];
  await gateway.stop();
});

describe('the embedded broker', () => {
  it('takes frames over TLS, from a device that has a password', async () => {
    gateway = await MqttGateway.start({ certificates: certificates() });
    await publishOver('mqtts', { ...LOGIN, ca: readFileSync(authority.certFile) });
    await expectStoredOnce();
  });

  it('takes frames over TLS, from the device its certificate names', async () => {
    gateway = await MqttGateway.start({ certificates: certificates() });
    await publishOver('mqtts', {
      ca: readFileSync(authority.certFile),
      cert: readFileSync(box.certFile),
      key: readFileSync(box.keyFile),
    });
    await expectStoredOnce();
  });

  it('believes no certificate of another authority, whatever it says', async () => {
    gateway = await MqttGateway.start({ certificates: certificates() });
    const stranger = new Authority();
    const forged = stranger.issue(IDENT);
    const options = {
      ca: readFileSync(authority.certFile),
      cert: readFileSync(forged.certFile),
      key: readFileSync(forged.keyFile),
    };
    await expect(publishOver('mqtts', options)).rejects.toMatchObject({ code: 4 });
    stranger.remove();
  });

  it.each([false, true])('shows a certificate that was renewed to new connections, over WebSocket: %s', async (webSocket) => {
    gateway = await MqttGateway.start({ certificates: certificates(), webSocket });
    const before = await shownCertificate();
    const renewed = authority.issue('gateway.test');
    copyFileSync(renewed.certFile, port.certFile);
    copyFileSync(renewed.keyFile, port.keyFile);
    await waitUntil('the renewed one is shown', async () => (await shownCertificate()) !== before);
    await publishOver(webSocket ? 'wss' : 'mqtts', { ...LOGIN, ca: readFileSync(authority.certFile) });
    await expectStoredOnce();
  });

  it('takes frames over WebSocket, in the clear and over TLS', async () => {
    gateway = await MqttGateway.start({ webSocket: true });
    await publishOver('ws', LOGIN);
    await expectStoredOnce();
    await gateway.stop();
    gateway = await MqttGateway.start({ webSocket: true, certificates: certificates() });
    await publishOver('wss', { ...LOGIN, ca: readFileSync(authority.certFile) });
    await expectStoredOnce();
  });

  it('sends no PUBACK over WebSocket either while the sync is held', async () => {
    gateway = await MqttGateway.start({ webSocket: true });
    gateway.disk.holdSyncs();
    let acked = false;
    const published = publishOver('ws', LOGIN).then(() => (acked = true));
    await until(() => gateway.received === 1);
    await new Promise((resolve) => void setTimeout(resolve, 150));
    expect(acked).toBe(false);
    gateway.disk.releaseSyncs();
    await published;
  });

  it('counts handshakes that fail, and tells plain HTTP that it wants an upgrade', async () => {
    gateway = await MqttGateway.start({ certificates: certificates() });
    connectSocket({ host: '127.0.0.1', port: gateway.port })
      .end('no TLS at all')
      .on('error', () => undefined);
    await until(() => gateway.closed.length > 0);
    expect(gateway.closed).toEqual(['listener_tls']);
    await gateway.stop();
    gateway = await MqttGateway.start({ webSocket: true });
    const response = await fetch(`http://127.0.0.1:${gateway.port}/`);
    expect(response.status).toBe(426);
  });

  it.each([
    ['TLS', false, true, 'listener_tls'],
    ['WebSocket', true, false, null],
    ['WebSocket over TLS', true, true, 'listener_tls'],
  ] as const)('ends a connection that does not get to MQTT in time, over %s', async (_way, webSocket, secure, reason) => {
    const limits = { ...MQTT_LIMITS, handshakeDeadlineMs: 200 };
    gateway = await MqttGateway.start({ webSocket, limits, certificates: secure ? certificates() : null });
    connectSocket({ host: '127.0.0.1', port: gateway.port }).on('error', () => undefined);
    await until(() => gateway.closed.length > 0);
    expect(gateway.closed).toEqual([reason]);
  });

  it('refuses connections above its limit, and takes one when there is room again', async () => {
    gateway = await MqttGateway.start({ limits: { ...MQTT_LIMITS, connections: 1 } });
    await publishOver('mqtt', LOGIN);
    await expect(publishOver('mqtt', LOGIN)).rejects.toThrow(/./);
    expect(gateway.closed).toEqual(['listener_limit']);
    for (const client of clients) client.end(true);
    await until(() => gateway.connections === 0);
    await publishOver('mqtt', LOGIN);
  });
});

describe.skipIf(!haveMosquitto)('mosquitto_pub', () => {
  const words = ['-u', IDENT, '-P', `secret-${IDENT}`];

  it('publishes a frame and hears that it is durable', async () => {
    gateway = await MqttGateway.start();
    await mosquittoPub(gateway.port, TOPIC, FRAME, ...words);
    await expectStoredOnce();
  });

  it('publishes over TLS, with a password or a certificate', async () => {
    gateway = await MqttGateway.start({ certificates: certificates() });
    await mosquittoPub(gateway.port, TOPIC, FRAME, ...words, '--cafile', authority.certFile);
    const certificate = ['--cafile', authority.certFile, '--cert', box.certFile, '--key', box.keyFile];
    await mosquittoPub(gateway.port, TOPIC, FRAME, ...certificate);
    expect((await gateway.durable()).map(({ ident }) => ident)).toEqual([IDENT, IDENT]);
  });

  it('is told of a wrong password, and of a version that is not spoken', async () => {
    gateway = await MqttGateway.start();
    const wrong = mosquittoPub(gateway.port, TOPIC, FRAME, '-u', IDENT, '-P', 'guess');
    await expect(wrong).rejects.toMatchObject({ stderr: expect.stringContaining('bad user name or password') as string });
    const five = mosquittoPub(gateway.port, TOPIC, FRAME, ...words, '-V', '5');
    await expect(five).rejects.toThrow(/./);
    expect(gateway.closed).toEqual(['session_credentials', 'session_malformed']);
    expect(await gateway.durable()).toEqual([]);
  });

  it('gets no PUBACK under another device’s topic', async () => {
    gateway = await MqttGateway.start();
    const foreign = promisify(execFile)(
      'timeout',
      ['1', 'mosquitto_pub', '-h', '127.0.0.1', '-p', String(gateway.port), '-t', `odograph/v1/${OTHER}/teltonika`].concat([
        '-q',
        '1',
        '-m',
        'x',
        ...words,
      ]),
    );
    await expect(foreign).rejects.toMatchObject({ code: expect.any(Number) as number });
    expect(gateway.refused).toContain('session_foreign_topic');
    expect(await gateway.durable()).toEqual([]);
  });
});
