/** Peers that mean no good, each one connection: what they say, and how long they stay. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { withLuhnDigit } from '#model/ident';
import { encodeFrame, encodeLogin } from '#protocols/teltonika/encode';
import type { Random } from '../../../protocols/conformance/fuzz/random.ts';

/** Where they may knock. */
export interface Targets {
  trackers: number;
  tls: number;
  mqtt: number;
  api: number;
  /** Idents of devices that mean well: their names are no secret. */
  known: readonly string[];
}

/** What one of them does with its connection. Resolves when it is done with it. */
type Attack = (socket: Socket, random: Random, targets: Targets) => Promise<void>;

interface Kind {
  port: Exclude<keyof Targets, 'known'>;
  attack: Attack;
}

/** Longest time one stays, ms: what waits for a deadline of the gateway would take the whole run otherwise. */
const STAY_MS = 2_500;
const FRAME = encodeFrame({ codec: '8', records: [{ deviceTime: Date.UTC(2026, 5, 15), fix: null }] });
const SCANS: readonly Uint8Array[] = [
  Buffer.from('GET / HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: zgrab/0.x\r\n\r\n'),
  Buffer.from('SSH-2.0-Go\r\n'),
  // RDP: a connection request with the cookie mstshash.
  Buffer.from('0300002f2ae00000000000436f6f6b69653a206d737473686173683d41646d696e697374720d0a0100080003000000', 'hex'),
  // The first bytes of a TLS client hello.
  Buffer.from('16030100c8010000c403035b8f2f0c2ac5bd1f2c1f3a36a2e01c0b1f', 'hex'),
  Buffer.from('*1\r\n$4\r\nINFO\r\n'),
  Buffer.from('\r\n\r\n'),
];
/** An MQTT CONNECT of the user `admin` with the password `admin`. */
const MQTT_GUESS = Buffer.from('101a00044d51545404c2003c0000000561646d696e000561646d696e', 'hex');

const bytesOf = (random: Random, count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.below(256));
const imei = (random: Random): string => withLuhnDigit(`990000${String(random.below(100_000_000)).padStart(8, '0')}`);

/** Waits until the other side has ended, at most so long. */
async function untilEnded(socket: Socket, mostMs: number): Promise<void> {
  if (socket.destroyed || socket.readableEnded) return;
  const late = new AbortController();
  const end = (): void => late.abort();
  socket.once('end', end).once('close', end);
  await pause(mostMs, undefined, { signal: late.signal }).catch(() => undefined);
  socket.off('end', end).off('close', end);
}

async function say(socket: Socket, ...chunks: readonly Uint8Array[]): Promise<void> {
  for (const chunk of chunks) if (socket.writable) socket.write(chunk);
  await untilEnded(socket, STAY_MS);
}

export const KINDS = {
  scanner: { port: 'trackers', attack: (socket, random) => say(socket, random.pick(SCANS)) },
  idle: { port: 'trackers', attack: (socket) => untilEnded(socket, STAY_MS) },
  slowloris: {
    port: 'trackers',
    attack: async (socket, random) => {
      socket.write(encodeLogin(imei(random)));
      for (let at = 0; at < 10 && socket.writable; at++) {
        socket.write(FRAME.subarray(at, at + 1));
        await untilEnded(socket, STAY_MS / 10);
      }
    },
  },
  'endless logins': {
    port: 'trackers',
    attack: (socket, random) => say(socket, Buffer.concat(Array.from({ length: 50 }, () => encodeLogin(imei(random))))),
  },
  'a known name': {
    port: 'trackers',
    attack: (socket, random, { known }) => say(socket, encodeLogin(random.pick(known))),
  },
  'giant claims': {
    port: 'trackers',
    attack: async (socket, random) => {
      if (random.chance(50)) socket.write(encodeLogin(imei(random)));
      for (let n = 0; n < 12 && socket.writable; n++) {
        socket.write(Buffer.concat([Buffer.from('00000000ffffffff', 'hex'), bytesOf(random, random.pick([0, 0, 40]))]));
        await untilEnded(socket, 20);
      }
      await untilEnded(socket, STAY_MS);
    },
  },
  reset: {
    port: 'trackers',
    attack: async (socket, random) => {
      socket.write(Buffer.concat([encodeLogin(imei(random)), FRAME.subarray(0, random.below(FRAME.length))]));
      await pause(random.below(50));
      socket.resetAndDestroy();
    },
  },
  'random bytes': {
    port: 'trackers',
    attack: (socket, random) => {
      const bytes = bytesOf(random, 1 + random.below(8_000));
      // Half of them begin as a device does.
      if (random.chance(50)) bytes.set(encodeLogin(imei(random)).subarray(0, bytes.length));
      return say(socket, bytes);
    },
  },
  'TLS garbage': {
    port: 'tls',
    attack: (socket, random) => {
      const hello = Buffer.from('16030102000100', 'hex');
      return say(socket, random.chance(50) ? Buffer.concat([hello, bytesOf(random, 300)]) : bytesOf(random, 300));
    },
  },
  'TLS begun': {
    port: 'tls',
    attack: (socket) => say(socket, Buffer.from('16030100', 'hex')),
  },
  'MQTT guess': { port: 'mqtt', attack: (socket) => say(socket, MQTT_GUESS) },
  'MQTT garbage': { port: 'mqtt', attack: (socket, random) => say(socket, bytesOf(random, 1 + random.below(500))) },
  'HTTP slowloris': {
    port: 'api',
    attack: async (socket) => {
      socket.write('GET / HTTP/1.1\r\nhost: a\r\n');
      for (let at = 0; at < 5 && socket.writable; at++) {
        socket.write(`x-${at}: a\r\n`);
        await untilEnded(socket, STAY_MS / 5);
      }
    },
  },
  'push guess': {
    port: 'api',
    attack: (socket, random) =>
      say(
        socket,
        Buffer.from(`POST /push/${random.below(1e9)} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`),
      ),
  },
  'HTTP garbage': { port: 'api', attack: (socket, random) => say(socket, bytesOf(random, 1 + random.below(500))) },
} satisfies Record<string, Kind>;

export type AttackKind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as AttackKind[];

/** Makes one connection and does one thing with it. Gives what it did, and why it did not come in, `null` where it did. */
export async function attackOnce(random: Random, targets: Targets): Promise<{ kind: AttackKind; keptOut: string | null }> {
  const kind = random.pick(NAMES);
  const { port, attack }: Kind = KINDS[kind];
  const socket = connect({ host: '127.0.0.1', port: targets[port], noDelay: true });
  let keptOut: string | null = null;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (socket.connecting || socket.bytesWritten === 0) keptOut ??= error.code ?? error.message;
  });
  socket.resume();
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  if (connected) await attack(socket, random, targets);
  socket.destroy();
  return { kind, keptOut: connected ? null : (keptOut ?? 'closed') };
}
