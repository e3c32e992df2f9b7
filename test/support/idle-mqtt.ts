import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { formatCredential, hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { COLLECTING, heldBytes } from './held-memory.ts';
import { until } from './waiting.ts';
import { removeFolder } from './remove-folder.ts';

/** Connections that are being made at a time. */
const AT_ONCE = 200;
/** Clients that are there before anything is measured: the first pay for what belongs to none. */
const FIRST = 1_000;
const PASSWORD = 'secret';

export interface IdleReport {
  clients: number;
  /** Memory of the gateway for each of them, bytes of resident set after its garbage was collected. */
  bytesPerClient: number;
  /** From the first of the others to the last CONNACK, ms. */
  connectMs: number;
  /** Clients the gateway still counted after the time they were held, but for the first. */
  held: number;
  /** PUBACKs that came when each of them published a frame at the end. */
  acknowledged: number;
}

const identOf = (client: number) => `box-${client}`;
const string = (value: string) => Buffer.concat([Buffer.of(value.length >> 8, value.length & 0xff), Buffer.from(value)]);

function packet(type: number, ...parts: Buffer[]): Buffer {
  const rest = Buffer.concat(parts);
  const length = rest.length < 128 ? [rest.length] : [(rest.length & 0x7f) | 0x80, rest.length >> 7];
  return Buffer.concat([Buffer.of(type, ...length), rest]);
}

/** MQTT 3.1.1 §3.1: name, level 4, flags user name, password and clean session, keepalive 0, client id, user name, password. */
function connectPacket(ident: string): Buffer {
  return packet(0x10, string('MQTT'), Buffer.of(4, 0xc2, 0, 0), string(ident), string(ident), string(PASSWORD));
}

/** A client that is nothing but its socket, so that its own memory does not limit how many there are. */
async function connected(port: number, ident: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.write(connectPacket(ident));
  await new Promise<void>((resolve, reject) => {
    socket.once('data', (answer) => (answer[3] === 0 ? resolve() : reject(new Error(`CONNACK says ${answer[3]}`))));
    socket.once('close', () => reject(new Error('cut off')));
  });
  return socket;
}

async function metric(gateway: GatewayProcess, name: string): Promise<number> {
  return (await gateway.metrics()).get(name) ?? Number.NaN;
}

/** Has so many clients, and a few before them, connect to a gateway in a process of its own, holds them idle, and lets each publish once. */
export async function holdIdleMqttClients(clients: number, holdMs: number, frame: Buffer): Promise<IdleReport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-idle-'));
  const credentialsFile = join(dataDir, 'devices.txt');
  const lines = Array.from({ length: FIRST + clients }, (_, client) =>
    formatCredential({ username: identOf(client), ident: identOf(client), passwordHash: hashPassword(PASSWORD) }),
  );
  writeFileSync(credentialsFile, lines.join('\n'));
  const listener = {
    name: 'mqtt',
    transport: 'mqtt',
    host: '127.0.0.1',
    port: 0,
    protocols: ['teltonika'],
    mqtt: { credentialsFile },
  };
  const settings = [`listeners=${JSON.stringify([listener])}`];
  const gateway = await GatewayProcess.start({ dataDir: join(dataDir, 'data'), settings, nodeArguments: COLLECTING });
  const sockets: Socket[] = [];
  try {
    // The first requests warm what belongs to no client.
    await gateway.query('SELECT 1');
    const connectUpTo = async (most: number) => {
      for (let next = sockets.length; next < most; next = sockets.length) {
        const batch = Array.from({ length: Math.min(AT_ONCE, most - next) }, (_, n) => identOf(next + n));
        sockets.push(...(await Promise.all(batch.map((ident) => connected(gateway.port, ident)))));
      }
    };
    await connectUpTo(FIRST);
    const before = await heldBytes(gateway);
    const began = performance.now();
    await connectUpTo(FIRST + clients);
    const connectMs = performance.now() - began;
    await pause(holdMs);
    const bytesPerClient = ((await heldBytes(gateway)) - before) / clients;
    const held = (await metric(gateway, 'odograph_connections{listener="mqtt"}')) - FIRST;
    const acknowledged = (await publishOnce(sockets, frame)) - FIRST;
    return { clients, bytesPerClient, connectMs, held, acknowledged };
  } finally {
    for (const socket of sockets) socket.destroy();
    await gateway.kill();
    removeFolder(dataDir);
  }
}

async function publishOnce(sockets: readonly Socket[], frame: Buffer): Promise<number> {
  let acknowledged = 0;
  for (const [client, socket] of sockets.entries()) {
    socket.on('data', (answer) => {
      // PUBACK of packet 7.
      if (answer.equals(Buffer.of(0x40, 2, 0, 7))) acknowledged++;
    });
    socket.write(packet(0x32, string(`odograph/v1/${identOf(client)}/teltonika`), Buffer.of(0, 7), frame));
  }
  await until('all are acknowledged', () => acknowledged === sockets.length, 60_000).catch(() => undefined);
  return acknowledged;
}
