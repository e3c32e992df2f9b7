import { execSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { Authority } from './authority.ts';
import { COLLECTING, heldBytes } from './held-memory.ts';
import { removeFolder } from './remove-folder.ts';

export interface IdleReport {
  /** Memory of the gateway for each connection beyond the first, bytes of resident set after its garbage was collected. */
  bytesPerConnection: number;
  /** From the first of the others to the last login acknowledged, ms. */
  connectMs: number;
  /** Connections the gateway still counted after the time they were held, but for the first. */
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
/** Connections that are there before anything is measured: the first pay for what belongs to none. */
const FIRST = 1_000;
/** Descriptors the gateway needs besides its connections. */
const OWN_DESCRIPTORS = 200 + FIRST;

/** Connections that this machine lets one process hold: Node takes all descriptors it may have. */
export function mostConnections(): number {
  const limit = execSync('ulimit -Hn', { shell: '/bin/sh', encoding: 'utf8' }).trim();
  return (limit === 'unlimited' ? 1_000_000 : Number(limit)) - OWN_DESCRIPTORS;
}

/** Has so many boxes, and a few before them, connect to a gateway in a process of its own, holds them idle, and lets each send a frame. */
export async function holdIdleConnections({ connections, tls, holdMs }: IdleOptions): Promise<IdleReport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-idle-'));
  const authority = tls ? new Authority() : null;
  const certificate = authority === null ? {} : { tls: authority.issue('gateway.test') };
  const place = { name: 'trackers', transport: 'tcp', host: '127.0.0.1', port: 0, protocols: ['teltonika'] };
  const limits = { connections: 1_000_000, connectionsPerAddress: 1_000_000 };
  const settings = [`listeners=${JSON.stringify([{ ...place, ...certificate, limits }])}`];
  const gateway = await GatewayProcess.start({ dataDir, settings, nodeArguments: COLLECTING });
  const clients: Client[] = [];
  try {
    // The first requests warm what belongs to no connection.
    await gateway.query('SELECT 1');
    const open = (number: number, count: number) => {
      const localAddress = `127.0.0.${2 + number}`;
      const firstIdent = 356_307_042_000_000 + number * PER_PROCESS;
      clients.push(
        new Client({ port: gateway.port, connections: count, localAddress, firstIdent, caFile: authority?.certFile ?? null }),
      );
    };
    open(0, FIRST);
    await clients[0]?.nextNumber();
    const before = await heldBytes(gateway);
    const began = performance.now();
    for (let at = 0; at < connections; at += PER_PROCESS) open(clients.length, Math.min(PER_PROCESS, connections - at));
    for (const client of clients.slice(1)) await client.nextNumber();
    const connectMs = performance.now() - began;
    await pause(holdMs);
    const bytesPerConnection = ((await heldBytes(gateway)) - before) / connections;
    const held = ((await gateway.metrics()).get('odograph_connections{listener="trackers"}') ?? 0) - FIRST;
    for (const client of clients) client.goOn();
    const counts = await Promise.all(clients.map((client) => client.nextNumber()));
    const acknowledged = counts.slice(1).reduce((sum, count) => sum + count, 0);
    return { bytesPerConnection, connectMs, held, acknowledged };
  } finally {
    for (const client of clients) client.end();
    await gateway.kill();
    authority?.remove();
    removeFolder(dataDir);
  }
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
