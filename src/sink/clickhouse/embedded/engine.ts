import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '#errors/gateway-error';
import { engineConfig, engineWords, SECRET_HEADER } from './config-xml.ts';
import type { EngineReport } from './child.ts';

export interface EngineOptions {
  /** Folder of the engine: its tables, its configuration and `endpoint.json`. One process at a time. */
  directory: string;
  memoryBytes: number;
  /** Pause before it is started again after it ended, ms: the first, doubled up to the last. */
  restartMs?: { first: number; last: number };
  /** The engine ended by itself and is being started again. */
  onRestart?: (why: string) => void;
}

/** Where the engine answers: what a client needs, and what `endpoint.json` holds for other commands. */
export interface Endpoint {
  url: string;
  headers: Record<string, string>;
}

const ENDPOINT_FILE = 'endpoint.json';
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 15;

/**
 * The ClickHouse engine as a supervised child process on a loopback port. It answers at the same address for its whole life,
 * restarts included, dies with this process, and is stopped by SIGKILL, which its tables are made for.
 */
export class Engine {
  readonly endpoint: Endpoint;
  /** How often it was started again. */
  restarts = 0;
  readonly #options: EngineOptions;
  readonly #words: string[];
  #child: ChildProcess | null = null;
  #stopped = false;
  #supervision: Promise<void> = Promise.resolve();

  private constructor(options: EngineOptions, endpoint: Endpoint, words: string[]) {
    this.#options = options;
    this.endpoint = endpoint;
    this.#words = words;
  }

  /** Starts the engine and waits until it answers. Rejects with `sink_engine`, saying why and what to do. */
  static async start(options: EngineOptions): Promise<Engine> {
    const { directory, memoryBytes } = options;
    const port = await freePort();
    const secret = randomBytes(24).toString('hex');
    const settings = { directory: join(directory, 'tables'), port, secret, memoryBytes };
    const configPath = join(directory, 'engine.xml');
    try {
      mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
      writeFileSync(configPath, engineConfig(settings), { mode: 0o600 });
    } catch (cause) {
      throw new GatewayError('sink_engine', `the engine's folder ${directory} cannot be written`, { cause });
    }
    const endpoint = { url: `http://127.0.0.1:${port}`, headers: { [SECRET_HEADER]: secret } };
    const engine = new Engine(options, endpoint, engineWords(settings, configPath));
    const ended = engine.#launch();
    await engine.#answers(ended);
    writeFileSync(join(directory, ENDPOINT_FILE), JSON.stringify(endpoint), { mode: 0o600 });
    engine.#supervision = engine.#supervise(ended);
    return engine;
  }

  /** Process id of the engine while it runs. */
  get pid(): number | undefined {
    const child = this.#child;
    return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  /** Ends the engine for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#child?.kill('SIGKILL');
    await this.#supervision;
    rmSync(join(this.#options.directory, ENDPOINT_FILE), { force: true });
  }

  /** Starts the child; the promise resolves with the reason when it has ended. */
  #launch(): Promise<string> {
    const child = fork(new URL('child.ts', import.meta.url), [JSON.stringify(this.#words)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#child = child;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
    child.on('message', (report: EngineReport) => {
      said = report.ended;
    });
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(said === '' ? `it ended with ${signal ?? code}` : said));
    });
  }

  /** Waits until the child answers. */
  async #answers(ended: Promise<string>): Promise<void> {
    let why: string | null = null;
    void ended.then((reason) => (why = reason));
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await isAnswering(this.endpoint))) {
      if (why !== null) throw new GatewayError('sink_engine', explain(why, this.#options.directory));
      if (performance.now() > deadline) {
        this.#child?.kill('SIGKILL');
        throw new GatewayError('sink_engine', `the embedded engine did not answer within ${START_TIMEOUT_MS / 1_000} s`);
      }
      await pause(POLL_MS);
    }
  }

  async #supervise(ended: Promise<string>): Promise<void> {
    const { first, last } = this.#options.restartMs ?? { first: 200, last: 30_000 };
    let delay = first;
    let life = ended;
    for (;;) {
      const startedAt = performance.now();
      const why = await life;
      if (this.#stopped) return;
      // An engine that has run for a while earns a quick start again.
      if (performance.now() - startedAt > last) delay = first;
      this.restarts++;
      this.#options.onRestart?.(why);
      await pause(delay * (0.5 + Math.random() / 2));
      delay = Math.min(delay * 2, last);
      if (this.#stopped) return;
      life = this.#launch();
    }
  }
}

/** Where the engine of a folder answers, as another process of ours left it; the reader must try whether it still does. */
export function endpointFile(directory: string): string {
  return join(directory, ENDPOINT_FILE);
}

/** Asks the engine whether it is there. */
export async function isAnswering({ url, headers }: Endpoint): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ping`, { headers, signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}

function explain(why: string, directory: string): string {
  if (/Cannot find (module|package) '(chdb|ffi-rs)/.test(why)) {
    return 'the embedded engine is not installed: install the optional dependencies (npm ci --include=optional), or set clickhouse.mode to "server"';
  }
  if (/CANNOT_OPEN_FILE|status file|Cannot lock/i.test(why)) {
    return `the embedded engine's folder ${directory} is in use by another process: stop that gateway, or choose another dataDir`;
  }
  return `the embedded engine cannot start: ${why.trim().slice(0, 500)}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
