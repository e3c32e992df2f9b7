import { Keeper } from './keeper.ts';
import type { Life } from './life.ts';
import type { Duty, ReachedEngine, Report, Started } from './orders.ts';

/** Something the supervisor did that an operator should know. */
export type SupervisorEvent =
  | { what: 'started'; seat: number; serves: boolean; pid: number | undefined }
  | { what: 'restarting'; seat: number; why: string; pauseMs: number }
  /** A process that there is no more in the configuration has nothing left, and has ended. */
  | { what: 'emptied'; seat: number };

export interface SupervisorOptions {
  /** Numbers of the processes that take devices in. */
  serving: readonly number[];
  /** Numbers of those that only bring what they have to where it belongs. */
  leftover: readonly number[];
  /** What a process is told; the first has chosen the ports where the configuration said 0. */
  dutyOf: (seat: number, serves: boolean, ports: Readonly<Record<string, number>> | null) => Duty;
  /** Starts a process, which waits for its duty. */
  launch: () => Life;
  onEvent: (event: SupervisorEvent) => void;
  restartMs?: { first: number; last: number };
  /** Silence after which a process is ended and started again, ms. */
  silenceMs?: number;
}

interface Seat {
  number: number;
  serves: boolean;
  keeper: Keeper;
  /** Its spool is empty, and it was asked to end. */
  isDone: boolean;
}

const FIRST = 1;

/** Runs the processes of one gateway: starts them, starts those again that end, and stops them. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #seats = new Map<number, Seat>();
  #ports: Readonly<Record<string, number>> | null = null;
  #engine: ReachedEngine | null = null;
  /** What the first was told last of the others. */
  #told = '';

  constructor(options: SupervisorOptions) {
    this.#options = options;
    for (const number of options.serving) this.#add(number, true);
    for (const number of options.leftover) this.#add(number, false);
  }

  /**
   * Starts the first, then the others that take devices in, and waits for them; then those that only hold something. Gives where the
   * first is reached. Rejects with why one cannot start; all are stopped then.
   */
  async start(): Promise<Started> {
    try {
      const first = await this.#seat(FIRST).keeper.start();
      this.#ports = first.ports;
      const others = this.#options.serving.filter((number) => number !== FIRST);
      await Promise.all(others.map((number) => this.#seat(number).keeper.start()));
      for (const number of this.#options.leftover) this.#seat(number).keeper.keep();
      return first;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** ClickHouse was reached, or is reached elsewhere from now on. */
  reached(engine: ReachedEngine): void {
    this.#engine = engine;
    for (const { keeper } of this.#seats.values()) keeper.life?.order({ order: 'clickhouse', engine });
  }

  /** Stops all at once, each in order. Gives the exit codes of those that did not end with 0. */
  async stop(): Promise<(number | null)[]> {
    const codes = await Promise.all([...this.#seats.values()].map(({ keeper }) => keeper.stop()));
    return codes.filter((code) => code !== 0);
  }

  #add(number: number, serves: boolean): void {
    const { restartMs, silenceMs, onEvent } = this.#options;
    const keeper = new Keeper({
      launch: () => this.#launch(number, serves),
      onReport: (report) => this.#heard(number, report),
      onRestart: (why, pauseMs) => {
        onEvent({ what: 'restarting', seat: number, why, pauseMs });
        this.#tellFirst();
      },
      ...(restartMs === undefined ? {} : { restartMs }),
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
    this.#seats.set(number, { number, serves, keeper, isDone: false });
  }

  #seat(number: number): Seat {
    return this.#seats.get(number) as Seat;
  }

  #launch(number: number, serves: boolean): Life {
    const life = this.#options.launch();
    life.order({ order: 'start', duty: this.#options.dutyOf(number, serves, this.#ports) });
    if (this.#engine !== null) life.order({ order: 'clickhouse', engine: this.#engine });
    // It knows nothing of what its predecessor was told.
    if (number === FIRST) this.#told = '';
    return life;
  }

  #heard(number: number, report: Report): void {
    const { report: what } = report;
    if (what === 'claimed') {
      for (const { keeper: other, serves: hasDevices, number: otherNumber } of this.#seats.values()) {
        if (hasDevices && otherNumber !== number) other.life?.order({ order: 'displace', ident: report.ident, at: report.at });
      }
    }
    const { keeper, serves } = this.#seat(number);
    if (what === 'started') this.#options.onEvent({ what, seat: number, serves, pid: keeper.pid });
    if (what === 'started' || what === 'readiness') this.#tellFirst();
    if (what === 'empty') void this.#end(this.#seat(number));
  }

  /** The first answers for all. */
  #tellFirst(): void {
    const others = [...this.#seats.values()].filter(({ serves, number }) => serves && number !== FIRST);
    const missing = others.flatMap(({ number, keeper }) => keeper.missing.map((reason) => `process ${number}: ${reason}`));
    const told = JSON.stringify(missing);
    if (told === this.#told) return;
    this.#told = told;
    this.#seat(FIRST).keeper.life?.order({ order: 'others', missing });
  }

  async #end(seat: Seat): Promise<void> {
    if (seat.serves || seat.isDone) return;
    seat.isDone = true;
    const code = await seat.keeper.stop();
    if (code !== 0) return;
    this.#seats.delete(seat.number);
    this.#options.onEvent({ what: 'emptied', seat: seat.number });
  }
}
