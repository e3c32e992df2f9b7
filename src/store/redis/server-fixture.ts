/** A Redis server of its own, which can be killed, held up and started again. For tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RedisSettings } from './link.ts';

const POLL_MS = 20;
const START_MS = 20_000;

export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'odograph-redis-'));
  readonly #options: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
  }

  /** Starts a server that keeps what it was told, also when it is killed. */
  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  /** The port on which nodes of a cluster talk with each other. */
  get busPort(): number {
    return Number(this.#options[this.#options.indexOf('--cluster-port') + 1]);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Settings for a namespace. */
  settings(namespace: string, fields: Partial<RedisSettings> = {}): RedisSettings {
    const access = { url: this.url, nodes: [], tls: null, username: null, password: null };
    return { ...access, namespace, timeoutMs: 5_000, retryMaxMs: 200, ...fields };
  }

  /** Starts it, again if need be, and waits until it answers. */
  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const keep = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    this.#child = spawn('redis-server', [...place, ...keep, ...this.#options], { stdio: 'ignore' });
    const deadline = performance.now() + START_MS;
    while (!(await this.#answers())) {
      if (performance.now() > deadline) throw new Error('redis-server does not start');
      await pause(POLL_MS);
    }
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Has it answer nothing until `goOn`. */
  hold(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Takes away what it has written, while it is down. */
  forget(): void {
    rmSync(join(this.#folder, 'appendonlydir'), { recursive: true, force: true });
  }

  /** Whether it has read its data and answers, be it that it wants to know who asks. */
  async #answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      socket.write('PING\r\n');
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return /^(\+PONG|-NOAUTH)/.test(reply.toString());
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }

  async dispose(): Promise<void> {
    this.goOn();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const SLOTS = 16_384;

/** A cluster of three masters, made by hand: no replicas, no tool. */
export class RedisCluster {
  readonly #servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.#servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const servers = [await startNode(), await startNode(), await startNode()];
    const clients = servers.map(({ port }) => new Redis(port));
    const [first, ...others] = clients as [Redis, ...Redis[]];
    const share = Math.ceil(SLOTS / servers.length);
    for (const [i, client] of clients.entries()) {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', i * share, Math.min((i + 1) * share, SLOTS) - 1);
    }
    for (const [i] of others.entries()) {
      const { port, busPort } = servers[i + 1] as RedisServer;
      await first.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
    }
    for (const client of clients) {
      while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await pause(POLL_MS);
      client.disconnect();
    }
    return new RedisCluster(servers);
  }

  settings(namespace: string): RedisSettings {
    const [first] = this.#servers as [RedisServer];
    return first.settings(namespace, { url: null, nodes: this.#servers.map(({ port }) => `127.0.0.1:${port}`) });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.dispose()));
  }
}

async function startNode(): Promise<RedisServer> {
  const bus = ['--cluster-port', String(await freePort())];
  return RedisServer.start('--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...bus);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
