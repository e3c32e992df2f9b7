/**
 * Peers that are broken or mean no good, on real sockets: each costs bounded memory and time, each is counted under its reason,
 * and a device beside them is not disturbed.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, encodeLogin } from '#protocols/teltonika/encode';
import { TcpListener } from '../../src/listen/tcp.ts';
import { sumOf } from '../support/metrics.ts';
import { PlainClient } from '../support/plain-client.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { until } from '../support/waiting.ts';

const SECOND = 1_000;
const GROWTH_BYTES = 256 * 2 ** 20;
const LOGIN_ACK = '01';
const REFUSAL = '00';
const FRAME = encodeFrame({ codec: '8', records: [{ deviceTime: Date.UTC(2026, 5, 15), fix: null }] });

/** Deadlines as short as deadlines may be; a listener for each test, so that each finds its own counts. */
const LIMITS = { loginDeadlineMs: SECOND, frameDeadlineMs: SECOND, idleTimeoutMs: 60 * SECOND };
const BOTH = ['teltonika', 'astra-telematics'];
const LISTENERS: Record<string, object> = {
  trackers: { protocols: BOTH },
  claims: { protocols: ['teltonika'] },
  unknown: { protocols: BOTH },
  logins: { protocols: BOTH },
  slow: { protocols: BOTH },
  idle: { protocols: BOTH, limits: { idleTimeoutMs: SECOND } },
  random: { protocols: BOTH },
  pinned: { protocols: ['teltonika'] },
  many: { protocols: BOTH },
  half: { protocols: BOTH },
  reset: { protocols: BOTH },
  registered: { protocols: BOTH, unregistered: 'refuse' },
  few: { protocols: BOTH, limits: { connections: 5, loginDeadlineMs: 60 * SECOND } },
};

let gateway: RunningGateway;
let good: SteadyDevice;
let rssBefore = 0;

beforeAll(async () => {
  const listeners = Object.entries(LISTENERS).map(([name, rest]) => ({ name, host: '127.0.0.1', port: 0, ...rest }));
  gateway = await RunningGateway.start({ listeners, limits: LIMITS, clickhouse: { batchAgeMs: 50 } });
  await gateway.gateway.sinkUp;
  good = await SteadyDevice.connect(gateway.port(), '001010010000052');
  rssBefore = process.memoryUsage.rss();
  good.keepSending(20);
});
afterAll(async () => {
  good.leave();
  await gateway.remove();
});

const connect = (listener: string): Promise<PlainClient> => PlainClient.connect(gateway.port(listener));
const login = (number: number): Uint8Array => encodeLogin(`0010100100${String(number).padStart(5, '0')}`);

/** Connections of a listener that ended so far, by reason. */
async function closedAt(listener: string): Promise<Record<string, number>> {
  const reasons: Record<string, number> = {};
  for (const [series, value] of await gateway.metrics()) {
    const found = /^odograph_connections_closed_total\{listener="([^"]+)",code="([^"]+)"\}$/.exec(series);
    if (found?.[1] === listener) reasons[found[2] as string] = value;
  }
  return reasons;
}

async function refusedAt(listener: string, code: string): Promise<number> {
  return sumOf(await gateway.metrics(), 'frames_refused_total', { listener, code });
}

/** Waits until the gateway closes a connection, and closes the other side of it as any client would. */
async function closed(client: PlainClient): Promise<void> {
  await until('the gateway closes the connection', () => client.ended);
  client.leave();
}

/** Waits until so many connections of a listener have ended, and gives them by reason. */
async function endedAt(listener: string, connections: number): Promise<Record<string, number>> {
  const ended = async (): Promise<number> => sumOf(await gateway.metrics(), 'connections_closed_total', { listener });
  await until(`${connections} connections of ${listener} have ended`, async () => (await ended()) >= connections);
  return closedAt(listener);
}

describe.concurrent('a peer that', () => {
  it('claims four gigabytes is refused on the length, buffers nothing, and is cut off after eight faults', async () => {
    const client = await connect('claims');
    const claim = Buffer.from('00000000ffffffff08ff', 'hex');
    client.say(login(100), Buffer.concat([claim, Buffer.alloc(1_000_000, 0x55)]));
    await closed(client);
    expect(client.heard.toString('hex')).toBe(LOGIN_ACK);
    expect(await endedAt('claims', 1)).toEqual({ session_faults: 1 });
    await gateway.stored();
    const kept = await gateway.rows<{ code: string; bytes: number }>(
      "SELECT code, toInt32(length(frame)) AS bytes FROM odograph.quarantine WHERE listener = 'claims' ORDER BY spool_seq",
    );
    expect(kept[0]).toEqual({ code: 'wire_length', bytes: 8 });
    expect(Math.max(...kept.map(({ bytes }) => bytes))).toBeLessThanOrEqual(1_024);
    expect(kept).toHaveLength(8);
  });

  it('claims them before any login is no device', async () => {
    const client = await connect('unknown');
    client.say(Buffer.from('00000000ffffffff08ff', 'hex'));
    await closed(client);
    const scanners = [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'CONNECT x:443 HTTP/1.1\r\n\r\n',
      'KILL\r\n',
      'SSH-2.0-x\r\n',
      '\u0016\u0003',
    ];
    for (const text of scanners) {
      const scanner = await connect('unknown');
      scanner.say(Buffer.from(text, 'latin1'));
      await closed(scanner);
      expect(scanner.heardBytes, text).toBe(0);
      expect(scanner.error, text).toBeNull();
    }
    expect(await endedAt('unknown', 1 + scanners.length)).toEqual({ wire_unknown: 1 + scanners.length });
    expect(await refusedAt('unknown', 'wire_unknown')).toBe(1 + scanners.length);
  });

  it('never ends its login is cut off, however it goes about it', async () => {
    const [cut, endless, silent] = [await connect('logins'), await connect('logins'), await connect('logins')];
    cut.say(login(101).subarray(0, 9));
    endless.say(Buffer.from(`$ASTRA;${'A'.repeat(500_000)}`));
    await Promise.all([cut, endless, silent].map(closed));
    expect([cut, endless, silent].map(({ heardBytes }) => heardBytes)).toEqual([0, 0, 0]);
    expect(await endedAt('logins', 3)).toEqual({ session_login_timeout: 2, wire_unknown: 1 });
  });

  it('sends a frame byte by byte for ever is cut off at the deadline of the frame', async () => {
    const client = await connect('slow');
    client.say(login(102));
    await client.hear(1);
    for (let i = 0; !client.ended && i < FRAME.length - 1; i++) {
      client.say(FRAME.subarray(i, i + 1));
      await pause(200);
    }
    expect(client.ended).toBe(true);
    expect(client.heard.toString('hex')).toBe(LOGIN_ACK);
    expect(await endedAt('slow', 1)).toEqual({ session_slow_frame: 1 });
    expect(await refusedAt('slow', 'session_slow_frame')).toBe(1);
  });

  it('falls silent is let go after the idle timeout', async () => {
    const client = await connect('idle');
    client.say(login(103), FRAME);
    await closed(client);
    expect(client.heard.toString('hex')).toBe(`${LOGIN_ACK}00000001`);
    expect(await endedAt('idle', 1)).toEqual({ session_idle: 1 });
  });

  it('sends random bytes is cut off, whether the port is pinned to a protocol or not', async () => {
    const clients: PlainClient[] = [];
    for (const listener of ['random', 'pinned']) {
      for (let i = 0; i < 20; i++) {
        const client = await connect(listener);
        client.say(randomBytes(200_000));
        clients.push(client);
      }
    }
    await Promise.all(clients.map(closed));
    expect(clients.map(({ heardBytes }) => heardBytes)).toEqual(clients.map(() => 0));
    for (const listener of ['random', 'pinned']) {
      const reasons = await endedAt(listener, 20);
      const { wire_unknown: unknown = 0, session_faults: faults = 0, session_login_timeout: timeouts = 0 } = reasons;
      expect(unknown + faults + timeouts, JSON.stringify(reasons)).toBe(20);
    }
  });

  it('opens many connections and drips into each loses them all at the login deadline', async () => {
    const clients = await Promise.all(Array.from({ length: 200 }, () => connect('many')));
    for (let i = 0; i < 12; i++) {
      for (const [index, client] of clients.entries()) if (!client.ended) client.say(login(index).subarray(i, i + 1));
      await pause(200);
    }
    await Promise.all(clients.map(closed));
    expect(await endedAt('many', clients.length)).toEqual({ session_login_timeout: clients.length });
  });

  it('closes its sending side gets what it is owed, and costs nothing more', async () => {
    const [owed, nothing, torn] = [await connect('half'), await connect('half'), await connect('half')];
    owed.say(login(104), FRAME, FRAME);
    torn.say(login(105), FRAME.subarray(0, 20));
    const heard = await Promise.all([owed, nothing, torn].map((client) => client.finish()));
    expect(heard.map((bytes) => bytes.toString('hex'))).toEqual([`${LOGIN_ACK}0000000100000001`, '', LOGIN_ACK]);
    expect(await endedAt('half', 3)).toEqual({ none: 3 });
    expect(await refusedAt('half', 'session_unfinished')).toBe(1);
  });

  it('breaks its connection off is counted, the frame it had begun too', async () => {
    const client = await connect('reset');
    client.say(login(106), FRAME.subarray(0, 20));
    await client.hear(1);
    client.socket.resetAndDestroy();
    expect(await endedAt('reset', 1)).toEqual({ session_reset: 1 });
    expect(await refusedAt('reset', 'session_reset')).toBe(1);
  });

  it('may not come in hears so, whatever it has sent already, and nothing of it is taken', async () => {
    const client = await connect('registered');
    client.say(Buffer.concat([login(107), ...Array.from({ length: 5_000 }, () => FRAME)]));
    await until('the gateway closes the connection', () => client.ended);
    expect(client.heard.toString('hex')).toBe(REFUSAL);
    // It has not read that yet and goes on talking: a reset could take the refusal from it.
    for (let i = 0; i < 3; i++) {
      client.say(FRAME);
      await pause(50);
    }
    client.socket.end();
    await once(client.socket, 'close');
    expect(client.error).toBeNull();
    expect(await endedAt('registered', 1)).toEqual({ session_unknown_ident: 1 });
    expect(await refusedAt('registered', 'session_unknown_ident')).toBe(1);
    expect(sumOf(await gateway.metrics(), 'frames_received_total', { listener: 'registered' })).toBe(1);
  });

  it('comes when the listener is full is turned away at once', async () => {
    const inside = await Promise.all(Array.from({ length: 5 }, () => connect('few')));
    const outside = await Promise.all(Array.from({ length: 10 }, () => connect('few')));
    await Promise.all(outside.map(closed));
    expect(inside.filter(({ ended }) => ended)).toEqual([]);
    expect(await endedAt('few', 10)).toEqual({ listener_limit: 10 });
    for (const client of inside) client.leave();
  });

  it('does not read what it is sent is not read either, so that nothing piles up', async () => {
    let taken = 0;
    const valve = { accepting: true, onAccepting: () => () => undefined };
    const listener = await TcpListener.listen({
      name: 'deaf',
      host: '127.0.0.1',
      port: 0,
      limits: { connections: 1, connectionsPerAddress: 1, handshakeDeadlineMs: SECOND },
      valve,
      now: Date.now,
      opened: () => undefined,
      closed: () => undefined,
      // As if each byte were a frame with a reply of 64 KiB.
      open: (connection) => ({
        owed: 0,
        ident: null,
        frames: 0,
        push(chunk) {
          taken += chunk.length;
          for (let i = 0; i < chunk.length; i++) connection.send(Buffer.alloc(2 ** 16));
        },
        resume: () => undefined,
        end: () => undefined,
        abort: () => undefined,
        checkDeadlines: () => undefined,
      }),
    });
    const client = await PlainClient.connect(listener.port);
    client.socket.pause();
    for (let i = 0; i < 400; i++) {
      client.say(Uint8Array.of(i));
      await pause(1);
    }
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(250);
    client.socket.resume();
    await client.hear(400 * 2 ** 16);
    expect(taken).toBe(400);
    client.leave();
    await listener.close();
  });
});

describe('beside all of them', () => {
  it('a device goes on, the ledger balances, and memory stays in bounds', async () => {
    await good.rest();
    await good.allAcknowledged();
    expect(good.framesSent).toBeGreaterThan(50);
    expect(good.client.ended).toBe(false);
    await gateway.stored();
    const rows = await gateway.rows<{ at: string }>(
      `SELECT toUnixTimestamp64Milli(device_time) AS at FROM odograph.messages WHERE ident = '${good.imei}' ORDER BY at`,
    );
    expect(rows.map(({ at }) => Number(at))).toEqual(good.sent);
    const metrics = await gateway.metrics();
    expect(sumOf(metrics, 'frames_in_flight')).toBe(0);
    expect(sumOf(metrics, 'ledger_imbalance_frames')).toBe(0);
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(GROWTH_BYTES);
  });
});
