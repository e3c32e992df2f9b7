import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { astraTelematics } from '../../protocols/astra-telematics/index.ts';
import { teltonika } from '../../protocols/teltonika/index.ts';
import { Certificates } from '../../src/listen/certificates.ts';
import { Authority, haveOpenssl, type IssuedFiles } from '../support/authority.ts';
import { golden } from '../support/goldens.ts';
import { StreamDevice, StreamGateway } from '../support/stream-gateway.ts';
import { until } from '../support/waiting.ts';

const LOGIN = golden('teltonika', 'login-spec');
const FRAME = golden('teltonika', 'codec8-spec-1');
const OF_ASTRA = golden('astra-telematics', 'k-basic');
const LOGIN_ACK = '01';
const FRAME_ACK = '00000001';
const IDENT = '356307042441013';
/** Long enough for a loopback answer that should not come. */
const SILENCE_MS = 150;

const numberOf = (one: StreamDevice) => (one.socket as TLSSocket).getPeerCertificate().serialNumber;

describe.skipIf(!haveOpenssl)('a TLS port (skipped without openssl)', () => {
  let authority: Authority;
  let server: IssuedFiles;
  let gateway: StreamGateway;
  let certificates: Certificates;
  let devices: StreamDevice[] = [];
  let faults: unknown[] = [];

  beforeAll(() => {
    authority = new Authority();
    server = authority.issue('gateway.test');
  });
  afterAll(() => authority.remove());

  async function start(clients: 'none' | 'believed' | 'required' = 'none', files = server, handshakeDeadlineMs = 5_000) {
    certificates = new Certificates({
      ...files,
      clientCaFile: clients === 'none' ? undefined : authority.certFile,
      requireClientCert: clients === 'required',
      onFault: (error) => void faults.push(error),
    });
    const limits = { connections: 100, connectionsPerAddress: 100, handshakeDeadlineMs };
    gateway = await StreamGateway.start([teltonika, astraTelematics], { certificates, limits });
  }

  /** Connects and waits for the handshake, or for its failure. */
  async function device(files?: IssuedFiles, options: ConnectionOptions = {}): Promise<StreamDevice> {
    const socket = connect({ ...tlsOptions(files), port: gateway.port, ...options });
    const one = new StreamDevice(socket);
    devices.push(one);
    await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined);
    return one;
  }

  function tlsOptions(files?: IssuedFiles): ConnectionOptions {
    const own = files === undefined ? {} : { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
    return { host: '127.0.0.1', ca: readFileSync(authority.certFile), servername: 'gateway.test', ...own };
  }

  const frames = async () => (await gateway.durable()).map(({ frame }) => toHex(frame));

  afterEach(async () => {
    for (const one of devices) one.leave();
    devices = [];
    faults = [];
    await gateway.stop();
  });

  it('sends no ack while the sync is held, and sends it when it has succeeded', async () => {
    await start();
    gateway.disk.holdSyncs();
    const three = await Promise.all([device(), device(), device()]);
    for (const one of three) one.say(LOGIN, FRAME);
    await until('all acks are owed', () => gateway.listener.owed === 6);
    await pause(SILENCE_MS);
    expect(three.map(({ heard }) => heard)).toEqual(['', '', '']);
    gateway.disk.releaseSyncs();
    await until('all are acked', () => three.every(({ heard }) => heard === LOGIN_ACK + FRAME_ACK));
  });

  it('sends no ack for a frame whose sync failed: the device is cut off, and its resend is acked', async () => {
    await start();
    const first = await device();
    first.say(LOGIN);
    await until('the login is acked', () => first.heard === LOGIN_ACK);
    gateway.disk.failNextSync();
    first.say(FRAME);
    await until('it is cut off', () => first.ended && gateway.closed.length > 0);
    expect([first.heard, gateway.closed]).toEqual([LOGIN_ACK, ['spool_io']]);
    await until('the disk is well', () => gateway.spool.accepting);
    const second = await device();
    second.say(LOGIN, FRAME);
    await until('the resend is acked', () => second.heard === LOGIN_ACK + FRAME_ACK);
    expect(await frames()).toEqual([LOGIN, LOGIN, FRAME].map(toHex));
  });

  it('still sends what it owes to a device that has said goodbye', async () => {
    await start();
    gateway.disk.holdSyncs();
    const one = await device();
    one.say(LOGIN, FRAME);
    one.socket.end();
    await until('the acks are owed', () => gateway.listener.owed === 2);
    await pause(SILENCE_MS);
    gateway.disk.releaseSyncs();
    await until('it is acked', () => one.ended);
    expect(one.heard).toBe(LOGIN_ACK + FRAME_ACK);
  });

  it('takes many protocols, and leaves connections unread while the disk refuses', async () => {
    await start();
    const [box, dongle] = await Promise.all([device(), device()]);
    dongle.say(OF_ASTRA);
    await until('the dongle is acked', () => dongle.heard === '06');
    gateway.disk.failWrites('ENOSPC');
    dongle.say(OF_ASTRA);
    await until('the disk refuses', () => !gateway.spool.accepting);
    box.say(LOGIN, FRAME);
    await pause(SILENCE_MS);
    expect(box.heard).toBe('');
    gateway.disk.failWrites(null);
    await until('the box is acked', () => box.heard === LOGIN_ACK + FRAME_ACK);
    const records = await gateway.durable();
    expect(records.map(({ protocol }) => protocol)).toEqual(['astra-telematics', 'teltonika', 'teltonika']);
  });

  it('speaks with openssl s_client', async () => {
    await start();
    const words = ['s_client', '-connect', `127.0.0.1:${gateway.port}`, '-CAfile', authority.certFile, '-quiet'];
    const client = spawn('openssl', [...words, '-verify_return_error'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let heard = '';
    client.stdout.on('data', (chunk: Buffer) => {
      heard += toHex(chunk);
    });
    client.stdin.write(LOGIN);
    client.stdin.write(FRAME);
    await until('it is acked', () => heard === LOGIN_ACK + FRAME_ACK);
    client.kill();
    await once(client, 'exit');
    expect(await frames()).toEqual([LOGIN, FRAME].map(toHex));
  });

  it('takes a renewed certificate for new connections and keeps those there are', async () => {
    const files = { certFile: join(authority.directory, 'live.pem'), keyFile: join(authority.directory, 'live.key') };
    const renewed = authority.issue('gateway.test');
    copyFileSync(server.certFile, files.certFile);
    copyFileSync(server.keyFile, files.keyFile);
    await start('none', files);
    const before = await device();
    copyFileSync(renewed.certFile, files.certFile);
    // The key is not there yet: what was read before stays.
    certificates.look();
    expect(faults).toHaveLength(1);
    expect(certificates.options.cert).toEqual(readFileSync(server.certFile));
    const between = await device();
    copyFileSync(renewed.keyFile, files.keyFile);
    certificates.look();
    const after = await device();
    expect(numberOf(between)).toBe(numberOf(before));
    expect(numberOf(after)).not.toBe(numberOf(before));
    before.say(LOGIN);
    await until('the first connection lives on', () => before.heard === LOGIN_ACK);
    expect(faults).toHaveLength(1);
  });

  it('lets nobody in without a certificate of its authorities, where it asks for one, and counts them', async () => {
    await start('required');
    const strangers = new Authority();
    const stranger = await device(strangers.issue(IDENT));
    strangers.remove();
    const nobody = await device();
    await until('both are cut off', () => stranger.ended && nobody.ended);
    expect(gateway.closed).toEqual(['listener_tls', 'listener_tls']);
    const known = await device(authority.issue(IDENT));
    known.say(LOGIN, FRAME);
    await until('the known one is acked', () => known.heard === LOGIN_ACK + FRAME_ACK);
    expect(gateway.clientNames).toEqual([IDENT]);
    expect((await gateway.durable()).map(({ ident }) => ident)).toEqual([IDENT, IDENT]);
  });

  it('takes a device for the one its certificate names, and turns away frames that name another', async () => {
    await start('believed');
    const thief = await device(authority.issue('356307042441014'));
    thief.say(LOGIN, FRAME);
    await until('it is turned away', () => thief.ended && gateway.closed.length > 0);
    expect([thief.heard, gateway.closed]).toEqual(['00', ['session_foreign_ident']]);
    const strangers = new Authority();
    const open = await Promise.all([device(), device(strangers.issue(IDENT))]);
    strangers.remove();
    for (const one of open) one.say(LOGIN);
    await until('the others are acked', () => open.every(({ heard }) => heard === LOGIN_ACK));
    expect(gateway.clientNames).toEqual(['356307042441014', null, null]);
  });

  it('cuts off what does not speak TLS, or does not come to its end, each for its own reason', async () => {
    await start('none', server, 1_500);
    const plain = new StreamDevice(connectPlain({ host: '127.0.0.1', port: gateway.port }));
    plain.say(LOGIN, FRAME);
    await until('it is cut off', () => plain.ended && gateway.closed.length > 0);
    expect(gateway.closed).toEqual(['listener_tls']);
    const silent = new StreamDevice(connectPlain({ host: '127.0.0.1', port: gateway.port }));
    await until('it is cut off', () => silent.ended && gateway.closed.length > 1);
    expect(gateway.closed).toEqual(['listener_tls', 'listener_handshake_timeout']);
    expect([gateway.listener.connections, gateway.clientNames, await frames()]).toEqual([0, [], []]);
  });

  it('closes with handshakes under way', async () => {
    await start();
    const silent = new StreamDevice(connectPlain({ host: '127.0.0.1', port: gateway.port }));
    await until('it is there', () => gateway.listener.connections === 1);
    await gateway.listener.close();
    await until('it is cut off', () => silent.ended);
    expect([gateway.listener.connections, gateway.closed]).toEqual([0, ['listener_tls']]);
  });
});
