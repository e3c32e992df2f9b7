import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { astraTelematics } from '../../protocols/astra-telematics/index.ts';
import { teltonika } from '../../protocols/teltonika/index.ts';
import { AddressRanges } from '../../src/listen/addresses.ts';
import { Certificates } from '../../src/listen/certificates.ts';
import type { TcpListenerOptions } from '../../src/listen/tcp.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { Authority, haveOpenssl, runs } from '../support/authority.ts';
import { golden } from '../support/goldens.ts';
import { StreamDevice, StreamGateway } from '../support/stream-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const LOGIN = golden('teltonika', 'login-spec');
const FRAME = golden('teltonika', 'codec8-spec-1');
const ACKS = '0100000001';
/** The load balancer's own address, and one nobody has declared. */
const BALANCER = '127.0.0.9';
const ELSEWHERE = '127.0.0.8';

const v1 = (address: string, port: number) => Buffer.from(`PROXY TCP4 ${address} 192.0.2.1 ${port} 5027\r\n`);
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
/** Version 2 for 203.0.113.9:40122. */
const V2 = Buffer.concat([SIGNATURE, Buffer.from('2111000ccb007109c00002019cba13a3', 'hex')]);
const HEALTH_CHECK = Buffer.concat([SIGNATURE, Buffer.from('20000000', 'hex')]);

/** A wall clock that somebody sets. A listener asks for the time whenever it looks at deadlines. */
class JumpingClock {
  byMs = 0;
  #asked = 0;
  readonly now = (): number => {
    this.#asked++;
    return Date.now() + this.byMs;
  };

  async askedAgain(times: number): Promise<void> {
    const before = this.#asked;
    await until('deadlines are looked at', () => this.#asked >= before + times);
  }
}

let gateway: StreamGateway;
let devices: StreamDevice[] = [];

async function start(changes: Partial<TcpListenerOptions> = {}): Promise<void> {
  const loadBalancers = new AddressRanges([`${BALANCER}/32`]);
  gateway = await StreamGateway.start([teltonika, astraTelematics], { loadBalancers, ...changes });
}

/** Connects from an address of this machine. */
function from(localAddress: string, port = gateway.port): StreamDevice {
  const one = new StreamDevice(connect({ host: '127.0.0.1', port, localAddress, noDelay: true }));
  devices.push(one);
  return one;
}

const peers = async () => (await gateway.durable()).map(({ peer }) => peer);

afterEach(async () => {
  for (const one of devices) one.leave();
  devices = [];
  await gateway.stop();
});

describe('behind a load balancer', () => {
  it('a connection is that of the device the header names, in either version, however the bytes arrive', async () => {
    await start();
    const [first, second, third] = [from(BALANCER), from(BALANCER), from(BALANCER)];
    first.say(Buffer.concat([v1('198.51.100.7', 1_234), LOGIN, FRAME]));
    second.say(Buffer.concat([V2, LOGIN, FRAME]));
    for (const byte of Buffer.concat([V2, LOGIN, FRAME])) {
      third.say(Uint8Array.of(byte));
      await pause(0);
    }
    await until('all are acked', () => [first, second, third].every(({ heard }) => heard === ACKS));
    const expected = ['198.51.100.7:1234', '203.0.113.9:40122', '203.0.113.9:40122'].flatMap((peer) => [peer, peer]);
    expect((await peers()).toSorted()).toEqual(expected);
  });

  it('limits count for the device’s address, not for the load balancer’s', async () => {
    await start({ limits: { connections: 3, connectionsPerAddress: 1, handshakeDeadlineMs: 5_000 } });
    const held = ['198.51.100.1', '198.51.100.2'].map((address) => {
      const one = from(BALANCER);
      one.say(Buffer.concat([v1(address, 1), LOGIN]));
      return one;
    });
    await until('both are in', () => held.every(({ heard }) => heard === '01'));
    const twin = from(BALANCER);
    twin.say(Buffer.concat([v1('198.51.100.1', 2), LOGIN]));
    await until('the twin is refused', () => twin.ended);
    expect([twin.heard, gateway.closed]).toEqual(['', ['listener_address_limit']]);
    held[0]?.leave();
    await until('it has left', () => gateway.listener.connections === 1);
    const next = from(BALANCER);
    next.say(Buffer.concat([v1('198.51.100.1', 3), LOGIN]));
    await until('its place is free', () => next.heard === '01');
    // Without a header a connection counts for the listener from the beginning.
    from(BALANCER);
    await until('it is there', () => gateway.listener.connections === 3);
    const beyond = from(BALANCER);
    await until('one more is refused', () => beyond.ended);
  });

  it('a header is asked for, in time, and exactly: others are cut off and counted, health checks are not', async () => {
    await start({ limits: { connections: 100, connectionsPerAddress: 100, handshakeDeadlineMs: 1_500 } });
    const [plain, wrong, cut, silent] = Array.from({ length: 4 }, () => from(BALANCER)) as Quartet;
    plain.say(LOGIN, FRAME);
    wrong.say(Buffer.from('PROXY TCP4 198.51.100.7 192.0.2.1 99999 5027\r\n'), LOGIN);
    cut.say(V2.subarray(0, 20));
    cut.socket.end();
    await until('three are cut off', () => [plain, wrong, cut].every(({ ended }) => ended));
    expect(gateway.closed).toEqual(Array(3).fill('listener_proxy_header'));
    await until('the silent one is cut off', () => silent.ended);
    expect(gateway.closed.slice(3)).toEqual(['listener_handshake_timeout']);
    const [check, probe] = [from(BALANCER), from(BALANCER)];
    check.say(HEALTH_CHECK);
    check.socket.end();
    probe.socket.end();
    await until('both have ended', () => check.ended && probe.ended);
    expect(gateway.closed.slice(4)).toEqual([null, null]);
    expect([[plain, wrong, cut, silent].map(({ heard }) => heard).join(''), gateway.listener.connections]).toEqual(['', 0]);
  });

  it('what comes before the first byte is timed by a clock that does not jump: one set ahead cuts nobody off', async () => {
    const jumping = new JumpingClock();
    await start({ now: jumping.now, limits: { connections: 100, connectionsPerAddress: 100, handshakeDeadlineMs: 60_000 } });
    const slow = from(BALANCER);
    await until('it is there', () => gateway.listener.connections === 1);
    jumping.byMs = 24 * 3_600_000;
    await jumping.askedAgain(2);
    expect([slow.ended, gateway.closed]).toEqual([false, []]);
    slow.say(Buffer.concat([V2, LOGIN, FRAME]));
    await until('it is acked', () => slow.heard === ACKS);
  });

  it('nor does one set back give anybody more time', async () => {
    const jumping = new JumpingClock();
    await start({ now: jumping.now, limits: { connections: 100, connectionsPerAddress: 100, handshakeDeadlineMs: 200 } });
    const silent = from(BALANCER);
    await until('it is there', () => gateway.opened === 1);
    jumping.byMs = -24 * 3_600_000;
    await until('it is cut off', () => silent.ended);
    expect(gateway.closed).toEqual(['listener_handshake_timeout']);
  });

  it('a header from an address that is not declared is not believed; devices there may connect as they are', async () => {
    await start();
    const liar = from(ELSEWHERE);
    liar.say(Buffer.concat([v1('198.51.100.7', 1), LOGIN, FRAME]));
    await until('the liar is cut off', () => liar.ended);
    expect([liar.heard, gateway.closed]).toEqual(['', ['wire_unknown']]);
    const honest = from(ELSEWHERE);
    honest.say(LOGIN, FRAME);
    await until('the honest one is acked', () => honest.heard === ACKS);
    expect((await peers()).every((peer) => peer.startsWith(`${ELSEWHERE}:`))).toBe(true);
  });

  it('connections that come in while the disk refuses are left unread, and served when it does not', async () => {
    await start();
    gateway.disk.failWrites('ENOSPC');
    const first = from(BALANCER);
    first.say(Buffer.concat([V2, LOGIN]));
    await until('the disk refuses', () => !gateway.spool.accepting);
    const second = from(BALANCER);
    second.say(Buffer.concat([V2, LOGIN, FRAME]));
    await pause(150);
    expect(second.heard).toBe('');
    gateway.disk.failWrites(null);
    await until('it is acked', () => second.heard === ACKS);
  });

  it.skipIf(!haveOpenssl)('the header comes before the TLS handshake (skipped without openssl)', async () => {
    const authority = new Authority();
    const files = authority.issue('gateway.test');
    const certificates = new Certificates({ ...files, requireClientCert: false, onFault: () => undefined });
    await start({ certificates });
    const ca = readFileSync(authority.certFile);
    authority.remove();
    const socket = connect({ host: '127.0.0.1', port: gateway.port, localAddress: BALANCER });
    socket.write(V2);
    const one = new StreamDevice(connectTls({ socket, ca, servername: 'gateway.test' }));
    devices.push(one);
    one.say(LOGIN, FRAME);
    await until('it is acked', () => one.heard === ACKS);
    expect(await peers()).toEqual(['203.0.113.9:40122', '203.0.113.9:40122']);
  });
});

type Quartet = [StreamDevice, StreamDevice, StreamDevice, StreamDevice];

const haveHaproxy = runs('haproxy', '-v');

describe.skipIf(!haveHaproxy)('behind HAProxy (skipped without haproxy)', () => {
  let haproxy: ChildProcess | null = null;

  afterEach(async () => {
    if (haproxy?.exitCode === null) {
      haproxy.kill();
      await once(haproxy, 'exit');
    }
    haproxy = null;
  });

  /** Starts it before the gateway's port and gives its own. */
  async function balance(sending: 'send-proxy' | 'send-proxy-v2'): Promise<number> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'odograph-haproxy-'));
    const file = join(directory, 'haproxy.cfg');
    const lines = [
      'defaults',
      '  mode tcp',
      '  timeout connect 5s',
      '  timeout client 1m',
      '  timeout server 1m',
      'listen trackers',
      `  bind 127.0.0.1:${port}`,
      `  source ${BALANCER}`,
      `  server gateway 127.0.0.1:${gateway.port} ${sending} check inter 200ms`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    haproxy = spawn('haproxy', ['-db', '-q', '-f', file], { stdio: 'ignore' });
    await until('haproxy listens', () => isListening(port));
    removeFolder(directory);
    return port;
  }

  it.each(['send-proxy', 'send-proxy-v2'] as const)('with %s devices are stored with their own addresses', async (sending) => {
    await start();
    const port = await balance(sending);
    const three = [1, 2, 3].map((n) => from(`127.0.1.${n}`, port));
    for (const one of three) one.say(LOGIN, FRAME);
    await until('all are acked', () => three.every(({ heard }) => heard === ACKS));
    const expected = three.flatMap(({ socket: { localAddress, localPort } }) =>
      Array<string>(2).fill(`${localAddress}:${localPort}`),
    );
    expect((await peers()).toSorted()).toEqual(expected.toSorted());
    // Its health checks come all the while.
    const opened = gateway.opened;
    await until('a health check', () => gateway.opened > opened);
    expect(gateway.closed.filter((code) => code === 'listener_proxy_header')).toEqual([]);
    expect((await gateway.durable()).map(({ frame }) => toHex(frame)).toSorted()).toEqual(
      [LOGIN, LOGIN, LOGIN, FRAME, FRAME, FRAME].map(toHex).toSorted(),
    );
  });
});

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
