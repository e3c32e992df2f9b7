/** Puts together a gateway of several processes: their supervisor, and the ClickHouse that they share. */
import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { findGatewayError, GatewayError } from '#errors/gateway-error';
import { openClickHouse } from './app-sink.ts';
import { leftoverConfig, seatConfig, seatFolder, withPorts } from './config/seats.ts';
import type { Config } from './config/schema.ts';
import type { Logger } from './observe/logger.ts';
import { removeSeat, seatsWithSpools } from './processes/folders.ts';
import { beginLife } from './processes/life.ts';
import type { Duty, ReachedEngine, Started } from './processes/orders.ts';
import { seePortsFree } from './processes/ports.ts';
import { Supervisor, type SupervisorEvent } from './processes/supervisor.ts';
import type { ClickHouse } from './sink/clickhouse/clickhouse.ts';

export interface ProcessesOptions {
  config: Config;
  logger: Logger;
  version: string;
}

/** How often is looked whether the engine was started again, ms. */
const ENGINE_LOOK_MS = 250;

/** Numbers of the processes that a gateway of this configuration needs: those that serve, and those that only hold something. */
function seatsOf(config: Config): { serving: number[]; leftover: number[] } {
  const serving = Array.from({ length: config.processes }, (_, index) => index + 1);
  return { serving, leftover: seatsWithSpools(config).filter((seat) => seat > config.processes) };
}

/** A running gateway of several processes. */
export class Processes {
  readonly #supervisor: Supervisor;
  readonly #engine: SharedEngine;
  readonly #logger: Logger;
  readonly first: Started;

  private constructor(supervisor: Supervisor, engine: SharedEngine, logger: Logger, first: Started) {
    this.#supervisor = supervisor;
    this.#engine = engine;
    this.#logger = logger;
    this.first = first;
  }

  /** Starts all, and waits until devices may connect. Rejects with the code of what is missing; nothing is left running then. */
  static async start({ config, logger, version }: ProcessesOptions): Promise<Processes> {
    const seats = seatsOf(config);
    refuseLonelyRegistry(config, seats.leftover);
    for (const seat of [...seats.serving, ...seats.leftover]) mkdirSync(seatFolder(config.dataDir, seat), { recursive: true });
    await seePortsFree(config.listeners.filter(({ transport }) => transport === 'tcp'));
    const supervisor = new Supervisor({
      ...seats,
      dutyOf: (seat, serves, ports) => dutyOf(config, version, seats, { seat, serves, ports }),
      launch: () => beginLife(new URL('app-seat.ts', import.meta.url)),
      onEvent: (event) => note(event, config, logger),
    });
    const engine = new SharedEngine(config, logger, (reached) => supervisor.reached(reached));
    engine.open();
    try {
      const first = await supervisor.start();
      return new Processes(supervisor, engine, logger, first);
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** Stops all processes in order, then the engine that they have needed until the end. */
  async stop(): Promise<void> {
    const codes = await this.#supervisor.stop();
    await this.#engine.close();
    if (codes.length > 0) {
      const what = codes.map((code) => code ?? 'a signal').join(', ');
      throw new GatewayError(
        'bug_invariant',
        `processes ended with ${what} while they were stopped; what was acknowledged is in their spools`,
      );
    }
    this.#logger.info('all processes have stopped');
  }
}

interface SeatDuty {
  seat: number;
  serves: boolean;
  ports: Readonly<Record<string, number>> | null;
}

function dutyOf(config: Config, version: string, seats: ReturnType<typeof seatsOf>, { seat, serves, ports }: SeatDuty): Duty {
  const own = serves ? seatConfig(config, seat) : leftoverConfig(config, seat);
  const others = [...seats.serving, ...seats.leftover].filter((other) => other !== seat);
  return {
    seat,
    serves,
    version,
    config: ports === null ? own : withPorts(own, ports),
    others: others.map((other) => seatFolder(config.dataDir, other)),
  };
}

/** Frames of a process that there is no more need the registry that they were taken in with. */
function refuseLonelyRegistry({ store, spool }: Config, leftover: readonly number[]): void {
  if (leftover.length === 0 || store.kind === 'redis') return;
  const folders = leftover.map((seat) => seatFolder(spool.dir, seat)).join(', ');
  const what = `${folders} was left by a process that there is no more, and may hold frames that are not stored`;
  throw new GatewayError('config_conflict', `${what}: set store.kind to redis, as it was, until the log says that it is empty`);
}

function note(event: SupervisorEvent, config: Config, logger: Logger): void {
  const { seat } = event;
  if (event.what === 'restarting') {
    logger.error({ process: seat, why: event.why, pauseMs: event.pauseMs }, 'a process ended and is started again');
    return;
  }
  if (event.what === 'started') {
    const does = event.serves ? 'takes devices' : 'stores what a process has left that there is no more';
    logger.info({ process: seat, pid: event.pid, does }, 'a process has started');
    return;
  }
  removeSeat(config, seat);
  logger.info({ process: seat }, 'a process that there is no more has nothing left; its folder is gone');
}

/** The ClickHouse of all processes: its tables are made, and its engine is run, once. */
class SharedEngine {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #onReached: (reached: ReachedEngine) => void;
  readonly #stopping = new AbortController();
  #clickhouse: ClickHouse | null = null;
  #opening: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #told = '';

  constructor(config: Config, logger: Logger, onReached: (reached: ReachedEngine) => void) {
    this.#config = config;
    this.#logger = logger;
    this.#onReached = onReached;
  }

  /** Reaches it in the background, as often as it takes. */
  open(): void {
    this.#opening = this.#open();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    await this.#opening;
    await this.#clickhouse?.close();
  }

  async #open(): Promise<void> {
    const { signal } = this.#stopping;
    const { retryMinMs, retryMaxMs } = this.#config.clickhouse;
    let delay = retryMinMs;
    while (!signal.aborted) {
      try {
        this.#clickhouse = await openClickHouse(this.#config.clickhouse, this.#logger, signal);
        this.#tell();
        if (this.#clickhouse.engine !== null) this.#timer = setInterval(() => this.#tell(), ENGINE_LOOK_MS);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const code = findGatewayError(error)?.code ?? 'sink_unreachable';
        this.#logger.error({ code, err: error }, 'ClickHouse cannot be used; frames wait in the spools');
        await pause(delay * Math.random(), undefined, { signal }).catch(() => undefined);
        delay = Math.min(delay * 2, retryMaxMs);
      }
    }
  }

  #tell(): void {
    const engine = this.#clickhouse?.engine ?? null;
    const reached: ReachedEngine = { at: engine?.endpoint ?? null, restarts: engine?.restarts ?? 0 };
    const told = `${reached.at?.url} ${reached.restarts}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#onReached(reached);
  }
}
