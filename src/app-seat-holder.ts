/**
 * One process of several: a gateway that is told by the supervisor what it is to do. It ends in order when it is told to, and at once
 * when the supervisor is gone, since somebody else may start its successor: what was acknowledged is in its spool.
 */
import { flushCompileCache } from 'node:module';
import { findGatewayError } from '#errors/gateway-error';
import { Gateway } from './app.ts';
import { EXIT_CODES, exitFor } from './cli/exit-codes.ts';
import { createLogger, type Logger } from './observe/logger.ts';
import { Membership } from './processes/membership.ts';
import type { Duty, Order, Report } from './processes/orders.ts';

/** How often it says that it is alive, ms. */
const ALIVE_MS = 5_000;
/** How often is looked whether something is missing, or nothing is left, ms. */
const LOOK_MS = 250;
const EMPTY_LOOK_MS = 2_000;

/** Resolves when it has left. */
function tell(report: Report): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(report, undefined, {}, () => resolve());
    else resolve();
  });
}

/** Does what it is told until it is to stop. */
class SeatHolder {
  #member: Membership | null = null;
  #gateway: Gateway | null = null;
  #starting: Promise<void> = Promise.resolve();
  readonly #timers: NodeJS.Timeout[] = [];
  #missing = '';
  #isStopping = false;
  #hasLetGo = false;

  /** It has nothing to do any more, and has closed the channel itself. */
  get hasLetGo(): boolean {
    return this.#hasLetGo;
  }

  take(order: Order): void {
    if (order.order === 'start') this.#starting = this.#start(order.duty);
    else if (order.order === 'clickhouse') this.#member?.reached(order.engine);
    else if (order.order === 'others' && this.#member !== null) this.#member.othersMissing = order.missing;
    else if (order.order === 'displace') this.#gateway?.displace(order.ident, order.at);
    else if (order.order === 'stop') void this.stop();
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    await this.#starting;
    await this.#gateway?.stop();
    this.#letGo();
  }

  #letGo(): void {
    this.#hasLetGo = true;
    for (const timer of this.#timers) clearInterval(timer);
    if (process.connected) process.disconnect();
  }

  async #start({ seat, serves, config, version, others }: Duty): Promise<void> {
    const logger = createLogger(config.log).child({ process: seat });
    endOnBugs(logger);
    void tell({ report: 'alive' });
    this.#timers.push(setInterval(() => void tell({ report: 'alive' }), ALIVE_MS));
    this.#member = new Membership({
      sharesPorts: serves,
      isFirst: seat === 1,
      others,
      onClaimed: (ident, at) => void tell({ report: 'claimed', ident, at }),
    });
    try {
      const gateway = await Gateway.start({ config, logger, version, member: this.#member });
      this.#gateway = gateway;
      const { ports, adminPort, apiPort, firstKey } = gateway;
      // Node would keep it at an orderly end only.
      flushCompileCache();
      void tell({ report: 'started', started: { ports, adminPort, apiPort, firstKey } });
      this.#timers.push(setInterval(() => this.#look(gateway), LOOK_MS));
      if (!serves) this.#timers.push(setInterval(() => void this.#lookForEnd(gateway, logger), EMPTY_LOOK_MS));
    } catch (error) {
      const { code, detail } = findGatewayError(error) ?? { code: null, detail: String(error) };
      await tell({ report: 'failed', code, message: detail });
      logger.error({ err: error, code: code ?? 'bug_invariant' }, 'this process cannot start');
      process.exitCode = EXIT_CODES[exitFor(error)].code;
      this.#letGo();
    }
  }

  #look({ missing }: Gateway): void {
    const told = JSON.stringify(missing);
    if (told === this.#missing) return;
    this.#missing = told;
    void tell({ report: 'readiness', missing });
  }

  async #lookForEnd(gateway: Gateway, logger: Logger): Promise<void> {
    if (this.#isStopping) return;
    try {
      if (await gateway.isEmpty()) void tell({ report: 'empty' });
    } catch (error) {
      logger.warn({ err: error }, 'whether anything is left cannot be seen; will be tried again');
    }
  }
}

/** As in a gateway of one process: starting again is the recovery, and the supervisor does that. */
function endOnBugs(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error, code: 'bug_invariant' }, 'an error nobody caught');
    process.exit(EXIT_CODES.bug.code);
  });
}

/** Takes orders from the supervisor until there is nothing left to do. */
export function holdSeat(): void {
  const holder = new SeatHolder();
  process.on('message', (order: Order) => holder.take(order));
  // A whole service or terminal is sent these: the supervisor is, too, and says the same.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void holder.stop());
  process.on('disconnect', () => {
    if (!holder.hasLetGo) process.exit(EXIT_CODES.refused.code);
  });
  if (!process.connected) process.exit(EXIT_CODES.refused.code);
}
