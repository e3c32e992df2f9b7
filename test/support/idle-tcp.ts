import { execSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { Authority } from './authority.ts';
import { removeFolder } from './remove-folder.ts';

export interface IdleReport {
  /** Memory of the gateway for each connection, bytes of resident set. */
  bytesPerConnection: number;
  /** From the first connection to the last login acknowledged, ms. */
  connectMs: number;
  /** Connections the gateway still counted after the time they were held. */
  held: number;
  /** Of those, how many had a frame acknowledged at the end. */
  acknowledged: number;
}

export interface IdleOptions {
  connections: number;
  tls: boolean;
  holdMs: number;
}

/** Connections of one client process: each has as many ports of its address as the kernel hands out. */
const PER_PROCESS = 10_000;
/** Time for the gateway's memory to settle, ms. */
const SETTLE_MS = 3_000;
/** Descriptors the gateway needs besides its connections. */
const OWN_DESCRIPTORS = 200;

/** Connections that this machine lets one process hold: Node takes all descriptors it may have. */
export function mostConnections(): number {
  const limit = execSync('ulimit -Hn', { shell: '/bin/sh', encoding: 'utf8' }).trim();
  return (limit === 'unlimited' ? 1_000_000 : Number(limit)) - OWN_DESCRIPTORS;
}

/** Has so many boxes connect to a gateway in a process of its own, holds them idle, and lets each send a frame. */
export async function holdIdleConnections({ connections, tls, holdMs }: IdleOptions): Promise<IdleReport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-idle-'));
  const authority = tls ? new Authority() : null;
  const certificate = authority === null ? {} : { tls: authority.issue('gateway.test') };
  const place = { name: 'trackers', transport: 'tcp', host: '127.0.0.1', port: 0, protocols: ['teltonika'] };
  const limits = { connections: 1_000_000, connectionsPerAddress: 1_000_000 };
  const settings = [`listeners=${JSON.stringify([{ ...place, ...certificate, limits }])}`];
  const gateway = await GatewayProcess.start({ dataDir, settings });
  const clients: Client[] = [];
  try {
    // The first requests warm what belongs to no connection.
    await gateway.query('SELECT 1');
    await pause(SETTLE_MS);
    const before = await residentBytes(gateway);
    const began = performance.now();
    for (let at = 0; at < connections; at += PER_PROCESS) {
      const task = {
        port: gateway.port,
        connections: Math.min(PER_PROCESS, connections - at),
        localAddress: `127.0.0.${2 + at / PER_PROCESS}`,
        firstIdent: 356_307_042_000_000 + at,
        caFile: authority?.certFile ?? null,
      };
      clients.push(new Client(task));
    }
    for (const client of clients) await client.nextNumber();
    const connectMs = performance.now() - began;
    await pause(Math.max(SETTLE_MS, holdMs));
    const bytesPerConnection = ((await residentBytes(gateway)) - before) / connections;
    const held = (await gateway.metrics()).get('odograph_connections{listener="trackers"}') ?? 0;
    for (const client of clients) client.goOn();
    const counts = await Promise.all(clients.map((client) => client.nextNumber()));
    const acknowledged = counts.reduce((sum, count) => sum + count, 0);
    return { bytesPerConnection, connectMs, held, acknowledged };
  } finally {
    for (const client of clients) client.end();
    await gateway.kill();
    authority?.remove();
    removeFolder(dataDir);
  }
}

async function residentBytes(gateway: GatewayProcess): Promise<number> {
  return (await gateway.metrics()).get('odograph_process_resident_memory_bytes') ?? Number.NaN;
}

/** A process that holds connections. */
class Client {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(task: object) {
    const script = join(import.meta.dirname, 'idle-tcp-child.ts');
    const words = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(task)];
    this.#child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  /** Waits for the next number it prints. */
  async nextNumber(): Promise<number> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('a client process ended before it said how many');
    return Number(value);
  }

  goOn(): void {
    this.#child.stdin?.write('\n');
  }

  end(): void {
    this.#child.kill();
  }
}
