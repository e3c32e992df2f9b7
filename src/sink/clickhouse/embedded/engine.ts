import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '#errors/gateway-error';
import { engineConfig, engineWords, SECRET_HEADER } from './config-xml.ts';
import { freePort, isAnswering, removeEndpoint, writeEndpoint, type Endpoint } from './endpoint.ts';
import { beginLife, type EngineLife } from './life.ts';

export interface EngineOptions {
  /** Folder of the engine: its tables, its configuration and `endpoint.json`. One process at a time. */
  directory: string;
  memoryBytes: number;
  /** Pause before it is started again after it ended, ms: the first, doubled up to the last. */
  restartMs?: { first: number; last: number };
  /** Silence after which a process that runs but does not answer is ended and started again, ms. */
  silenceMs?: number;
  /** The engine ended by itself and is being started again. */
  onRestart?: (why: string) => void;
}

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 15;
/** An engine whose gateway was killed needs a moment to notice; so long its successor waits for the folder. */
const PREDECESSOR_MS = 3_000;
const IN_USE = /CANNOT_OPEN_FILE|status file|Cannot lock/i;
const RUN_PREFIX = 'run-';

/**
 * The ClickHouse engine as a supervised child process on a loopback port. It dies with this process, is started again when it
 * ends or falls silent, and is stopped by SIGKILL, which its tables are made for.
 */
export class Engine {
  /** How often it was started again. */
  restarts = 0;
  readonly #options: EngineOptions;
  readonly #secret: string;
  /** Folder of this gateway's own run: a second one that fails to start must not touch our files. */
  readonly #runDirectory: string;
  readonly #stopping = new AbortController();
  #port = 0;
  #life: EngineLife | null = null;
  #supervision: Promise<void> = Promise.resolve();

  private constructor(options: EngineOptions) {
    this.#options = options;
    this.#secret = randomBytes(24).toString('hex');
    this.#runDirectory = mkdtempSync(join(options.directory, RUN_PREFIX));
    writeFileSync(this.#configPath, engineConfig(this.#secret, options.memoryBytes), { mode: 0o600 });
  }

  /** Starts the engine and waits until it answers. Rejects with `sink_engine`, saying why and what to do. */
  static async start(options: EngineOptions): Promise<Engine> {
    const { directory } = options;
    let engine: Engine;
    try {
      mkdirSync(join(directory, 'tables'), { recursive: true, mode: 0o700 });
      engine = new Engine(options);
    } catch (cause) {
      throw new GatewayError('sink_engine', `the engine's folder ${directory} cannot be written`, { cause });
    }
    try {
      const life = await engine.#begin();
      engine.#removeOldRuns();
      writeEndpoint(directory, engine.endpoint);
      engine.#supervision = engine.#supervise(life);
      return engine;
    } catch (error) {
      engine.#life?.kill();
      rmSync(engine.#runDirectory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Where it answers. A restart moves it to another port when somebody has taken its own meanwhile. */
  get endpoint(): Endpoint {
    return { url: `http://127.0.0.1:${this.#port}`, headers: { [SECRET_HEADER]: this.#secret } };
  }

  /** Process id of the engine while it runs. */
  get pid(): number | undefined {
    return this.#life?.pid;
  }

  /** Ends the engine for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#life?.kill();
    await this.#supervision;
    removeEndpoint(this.#options.directory);
    rmSync(this.#runDirectory, { recursive: true, force: true });
  }

  get #configPath(): string {
    return join(this.#runDirectory, 'engine.xml');
  }

  /** Starts the first life, waiting for that of a gateway that was just killed. */
  async #begin(): Promise<EngineLife> {
    const deadline = performance.now() + PREDECESSOR_MS;
    for (;;) {
      const life = await this.#launch();
      const failure = await this.#answers(life);
      if (failure === null) return life;
      if (!IN_USE.test(failure) || performance.now() > deadline) {
        throw new GatewayError('sink_engine', explainEnd(failure, this.#options.directory));
      }
      await pause(PREDECESSOR_MS / 10);
    }
  }

  async #launch(): Promise<EngineLife> {
    const { directory } = this.#options;
    this.#port = await freePort(this.#port);
    this.#life = beginLife(engineWords(join(directory, 'tables'), this.#configPath, this.#port));
    return this.#life;
  }

  /** Waits until a life answers and gives `null`, or gives the reason why it does not. */
  async #answers(life: EngineLife): Promise<string | null> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await isAnswering(this.endpoint))) {
      if (life.reason !== null) return life.reason;
      if (performance.now() > deadline) return `it did not answer within ${START_TIMEOUT_MS / 1_000} s`;
      await pause(POLL_MS);
    }
    return null;
  }

  async #supervise(first: EngineLife): Promise<void> {
    const { signal } = this.#stopping;
    const restartMs = this.#options.restartMs ?? { first: 200, last: 30_000 };
    let delay = restartMs.first;
    let life = first;
    for (;;) {
      const startedAt = performance.now();
      const stopWatching = this.#watch(life);
      const why = await life.ended;
      stopWatching();
      if (signal.aborted) return;
      // An engine that has run for a while earns a quick start again.
      if (performance.now() - startedAt > restartMs.last) delay = restartMs.first;
      this.restarts++;
      this.#options.onRestart?.(why.trim());
      await pause(delay * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      delay = Math.min(delay * 2, restartMs.last);
      const before = this.#port;
      life = await this.#launch();
      // Stopped while a port was looked for: this life began after the kill of `stop`.
      if (signal.aborted) {
        life.kill();
        await life.ended;
        return;
      }
      if (this.#port !== before) writeEndpoint(this.#options.directory, this.endpoint);
    }
  }

  /** Ends a life that has been silent for too long, so that it is started again. Gives the function that ends the watch. */
  #watch(life: EngineLife): () => void {
    const silenceMs = this.#options.silenceMs ?? 60_000;
    let heardAt = performance.now();
    const listen = async (): Promise<void> => {
      if (await isAnswering(this.endpoint, silenceMs / 4)) heardAt = performance.now();
      else if (performance.now() - heardAt > silenceMs) life.kill(`it did not answer for ${silenceMs / 1_000} s`);
    };
    const timer = setInterval(() => void listen(), silenceMs / 4);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** The engine holds its folder: what other runs left belongs to nobody. */
  #removeOldRuns(): void {
    const { directory } = this.#options;
    for (const name of readdirSync(directory)) {
      if (!name.startsWith(RUN_PREFIX) || name === basename(this.#runDirectory)) continue;
      rmSync(join(directory, name), { recursive: true, force: true });
    }
  }
}

/** Says in an operator's words why the engine did not start, and what to do. */
export function explainEnd(why: string, directory: string): string {
  if (/Cannot find (module|package) '(chdb|ffi-rs)|could not locate libchdb/.test(why)) {
    return 'the embedded engine is not installed: install the optional dependencies (npm ci --include=optional; Linux with glibc or macOS), or set clickhouse.mode to "server"';
  }
  if (IN_USE.test(why)) {
    return `the embedded engine's folder ${directory} is in use by another process: stop that gateway, or choose another dataDir`;
  }
  return `the embedded engine cannot start: ${why.trim().slice(0, 500)}`;
}
