/**
 * What a scanner costs: the time from its first bytes to its end, of the session alone, and of a gateway process for the whole connection.
 *
 *     npm run bench:scanners [-- 20000]
 */
import { connect } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CODECS } from '#protocols/all';
import type { Codec } from '#protocols/codec';
import { StreamSession } from '../src/session/stream-session.ts';
import { GatewayProcess } from '../src/simulate/gateway-process.ts';
import { removeFolder } from '../test/support/remove-folder.ts';

const SCANS: Readonly<Record<string, Uint8Array>> = {
  'HTTP GET': Buffer.from('GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n'),
  'TLS hello': Buffer.from('16030100c8010000c403035b8f2f0c2ac5bd1f2c1f3a36a2e01c0b1f', 'hex'),
  'SSH banner': Buffer.from('SSH-2.0-Go\r\n'),
  RDP: Buffer.from('0300002f2ae00000000000436f6f6b69653a206d737473686173683d41646d696e697374720d0a0100080003000000', 'hex'),
};
const SESSIONS = 50_000;
/** Of so many rounds the middle one counts. */
const ROUNDS = 5;
const AT_ONCE = 50;
const IDLE_MS = 3_000;
const connections = Number(process.argv[2] ?? 5_000);

const codecs = ['teltonika', 'astra-telematics', 'ruptela'].map((name) => CODECS.get(name) as Codec);
const limits = {
  loginDeadlineMs: 30_000,
  idleTimeoutMs: 60_000,
  frameDeadlineMs: 30_000,
  faultsBeforeClose: 8,
  refusedResendsBeforeAck: 3,
};
const journal = { append: () => undefined, accepting: true, onAccepting: () => () => undefined };
const ledger = { received: () => undefined, refused: () => undefined };
const peer = { send: () => undefined, close: () => undefined };

for (const [name, bytes] of Object.entries(SCANS)) {
  const run = (count: number): number => {
    const from = performance.now();
    for (let n = 0; n < count; n++) {
      const session = new StreamSession({
        id: '0',
        listener: 'bench',
        transport: 'tcp',
        peerName: '192.0.2.1:1',
        codecs,
        limits,
        journal,
        ledger,
        admits: () => true,
        now: Date.now,
        peer,
      });
      session.push(bytes);
      session.abort();
    }
    return ((performance.now() - from) * 1_000) / count;
  };
  run(SESSIONS / ROUNDS);
  const times = Array.from({ length: ROUNDS }, () => run(SESSIONS / ROUNDS)).sort((a, b) => a - b);
  console.log(`${name}: ${(times[ROUNDS >> 1] ?? 0).toFixed(1)} µs of the session`);
}

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-scanners-'));
const gateway = await GatewayProcess.start({ dataDir });
const processorS = async (): Promise<number> =>
  (await gateway.metrics()).get('odograph_process_cpu_seconds_total') ?? Number.NaN;
const scan = (bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: gateway.port });
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
    socket.end(bytes);
  });
const kinds = Object.values(SCANS);
const scanAll = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => scan(kinds[(n + i) % kinds.length] as Uint8Array)));
  }
};
/** Seconds of the processor that the gateway takes while something is done. */
const spent = async (work: () => Promise<unknown>): Promise<number> => {
  const before = await processorS();
  await work();
  return (await processorS()) - before;
};
try {
  // Compiled by then, its engine started.
  await scanAll(connections / 5);
  await pause(IDLE_MS);
  const idle = await spent(() => pause(IDLE_MS));
  const from = performance.now();
  const busy = await spent(() => scanAll(connections));
  const own = busy - (idle * (performance.now() - from)) / IDLE_MS;
  const each = (own * 1e6) / connections;
  console.log(
    `${connections} connections: ${each.toFixed(0)} µs of the processor each, from accept to end, the kernel included ` +
      `(without what the gateway takes when nobody comes, ${((idle * 1e5) / IDLE_MS).toFixed(1)} % of a core)`,
  );
} finally {
  await gateway.kill();
  removeFolder(dataDir);
}
