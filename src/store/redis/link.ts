/** The way to one Redis server or cluster, and its bounds: nothing waits longer than it may, and nothing is queued while it is away. */
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { GatewayError } from '#errors/gateway-error';
import type { Script } from './scripts.ts';
import { troubleOf } from './trouble.ts';

/** Where Redis is and how to get in. */
export interface RedisSettings {
  /** One server; or else `nodes`. */
  url: string | null;
  /** Nodes of a cluster as `host:port`, some of them at least. */
  nodes: readonly string[];
  tls: { ca: Uint8Array | null; cert: Uint8Array | null; key: Uint8Array | null } | null;
  username: string | null;
  password: string | null;
  /** Stands in all keys: gateways of one namespace share what they keep. */
  namespace: string;
  /** Longest time for one answer, ms. */
  timeoutMs: number;
  /** Longest pause between two tries to connect, ms. */
  retryMaxMs: number;
}

export type Value = string | number | Uint8Array;

/** A reply as bytes: texts as buffers. */
export type Bytes = Buffer | number | null | Bytes[];

const FIRST_RETRY_MS = 50;

export class RedisLink {
  /** What all keys begin with. In braces stands what decides on the slot of a cluster: it is one for all. */
  readonly prefix: string;
  readonly #client: Redis | Cluster;
  readonly #where: string;
  readonly #tls: RedisSettings['tls'];
  /** Why it could not be reached last. */
  #trouble: string | null = null;
  /** Resolves when the first try to connect has ended, well or not. */
  readonly #tried: Promise<unknown>;

  constructor(settings: RedisSettings) {
    this.prefix = `{odograph:${settings.namespace}}:`;
    this.#where = settings.url ?? settings.nodes.join(', ');
    this.#tls = settings.tls;
    this.#client = clientOf(settings);
    // What fails is told to whoever asks: without a listener, it would end the process.
    const noteTrouble = (error: Error): void => {
      this.#trouble = troubleOf(error, settings.tls);
    };
    this.#client.on('error', noteTrouble).on('node error', noteTrouble);
    this.#client.on('ready', () => {
      this.#trouble = null;
    });
    const outcome = new Promise((resolve) => {
      for (const event of ['ready', 'error', 'end']) this.#client.once(event, resolve);
    });
    this.#tried = Promise.race([outcome, pause(settings.timeoutMs, undefined, { ref: false })]);
  }

  /** Runs a script. Rejects with `store_unreachable`, or `store_io` where Redis refuses; it may have been run all the same. */
  async run<Reply>(script: Script, ...values: readonly Value[]): Promise<Reply> {
    return (await this.#evaluate(script, values, (client, ...command) => client.call(...command))) as Reply;
  }

  /** The same, the reply as bytes. */
  async runForBytes(script: Script, ...values: readonly Value[]): Promise<Bytes[]> {
    return (await this.#evaluate(script, values, (client, ...command) => client.callBuffer(...command))) as Bytes[];
  }

  /** Does something with the client itself. Rejects as `run` does. */
  async ask<Reply>(what: (client: Redis | Cluster, prefix: string) => Promise<Reply>): Promise<Reply> {
    await this.#tried;
    try {
      return await what(this.#client, this.prefix);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  close(): void {
    this.#client.disconnect();
  }

  async #evaluate(
    { lua, sha }: Script,
    values: readonly Value[],
    call: (client: Redis | Cluster, name: string, script: string, ...args: (string | number | Buffer)[]) => Promise<unknown>,
  ): Promise<unknown> {
    const args = [1, `${this.prefix}generation`, this.prefix, ...values.map(argumentOf)];
    return this.ask(async (client) => {
      try {
        return await call(client, 'EVALSHA', sha, ...args);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return call(client, 'EVAL', lua, ...args);
      }
    });
  }

  #explain(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error;
    if (error instanceof Error && error.name === 'ReplyError') {
      return new GatewayError('store_io', `Redis at ${this.#where} refuses: ${error.message}`, { cause: error });
    }
    const message = error instanceof Error ? troubleOf(error, this.#tls) : String(error);
    const why = this.#trouble === null || this.#trouble === message ? message : `${message} (${this.#trouble})`;
    return new GatewayError('store_unreachable', `Redis at ${this.#where} does not answer: ${why}`, { cause: error });
  }
}

function clientOf({ url, nodes, tls, username, password, timeoutMs, retryMaxMs }: RedisSettings): Redis | Cluster {
  const retryAfter = (attempt: number): number =>
    Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt, 16), retryMaxMs) * (0.5 + Math.random() / 2);
  const options = {
    protocol: 2,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A connection on which nothing comes is given up, with what waits on it: it would be written to for ever.
    socketTimeout: timeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: retryAfter,
    // A replica that is no master any more.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls === null ? {} : { tls: tlsOf(tls) }),
  } satisfies RedisOptions;
  if (url !== null) return new Redis(url, options);
  return new Cluster(nodes.map(addressOf), {
    redisOptions: options,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryAfter,
    // Whoever asks decides whether to ask again.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
  });
}

function argumentOf(value: Value): string | number | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

function tlsOf({ ca, cert, key }: NonNullable<RedisSettings['tls']>) {
  return {
    ...(ca === null ? {} : { ca: Buffer.from(ca) }),
    ...(cert === null ? {} : { cert: Buffer.from(cert) }),
    ...(key === null ? {} : { key: Buffer.from(key) }),
  };
}

function addressOf(node: string): { host: string; port: number } {
  const at = node.lastIndexOf(':');
  return { host: node.slice(0, at).replaceAll(/^\[|\]$/g, ''), port: Number(node.slice(at + 1)) };
}
