/**
 * A process of its own that holds idle connections, so that its descriptors and memory are not those of the gateway. Told
 * `{"port":…,"connections":…,"localAddress":…,"ca":…}` as its argument, it logs each in as a Teltonika box and prints how
 * many are in; at a line on its input each sends a frame, and it prints how many were acknowledged.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';

interface Task {
  port: number;
  connections: number;
  localAddress: string;
  /** Ident of the first box; the others count on. */
  firstIdent: number;
  /** File of the authority whose certificate the gateway shows; `null` in the clear. */
  caFile: string | null;
}

/** Connections that are being made at a time. */
const AT_ONCE = 250;
const { port, connections, localAddress, firstIdent, caFile } = JSON.parse(process.argv[2] ?? '{}') as Task;
const ca = caFile === null ? null : readFileSync(caFile);

async function openBox(ident: number): Promise<Socket> {
  const plain = connect({ host: '127.0.0.1', port, localAddress });
  plain.on('error', () => undefined);
  const socket = ca === null ? plain : connectTls({ socket: plain, ca, servername: 'gateway.test' });
  socket.on('error', () => undefined);
  socket.write(encodeLogin(String(ident)));
  await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => undefined);
  return socket;
}

const sockets: Socket[] = [];
for (let at = 0; at < connections; at += AT_ONCE) {
  const batch = Array.from({ length: Math.min(AT_ONCE, connections - at) }, (_, n) => openBox(firstIdent + at + n));
  sockets.push(...(await Promise.all(batch)));
}
const isIn = (socket: Socket) => socket.bytesRead > 0 && !socket.destroyed;
process.stdout.write(`${sockets.filter(isIn).length}\n`);

await once(process.stdin, 'data');
const fix = { lat: 40.4, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 0, courseDeg: 0, satellites: 9 };
const frame = encodeFrame({ codec: '8', records: [{ deviceTime: Date.now(), fix, io: [] }] });
const acks = sockets.filter(isIn).map(async (socket) => {
  socket.write(frame);
  await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => undefined);
  return !socket.destroyed;
});
const acknowledged = (await Promise.all(acks)).filter(Boolean).length;
process.stdout.write(`${acknowledged}\n`);
process.exit(0);
