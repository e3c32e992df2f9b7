import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import type { Life } from './life.ts';
import type { Report, Started } from './orders.ts';

export interface KeeperOptions {
  /** Starts a process, with its duty given. */
  launch: () => Life;
  onReport: (report: Report) => void;
  /** It ended by itself, and is started again after the pause. */
  onRestart: (why: string, pauseMs: number) => void;
  /** Pause before it is started again, ms: the first, doubled up to the last. */
  restartMs?: { first: number; last: number };
  /** Silence after which one is ended and started again that has said that it is alive, ms. */
  silenceMs?: number;
}

const RESTART_MS = { first: 200, last: 30_000 };
const SILENCE_MS = 60_000;
/** What a predecessor that was just killed holds comes free within this time, ms. */
const PREDECESSOR_MS = 3_000;
const HELD: ReadonlySet<ErrorCode> = new Set(['spool_locked', 'listener_bind']);

/** Keeps one process of the gateway running: whoever ends is started again, with growing pauses. */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #stopping = new AbortController();
  #life: Life | null = null;
  #missing: readonly string[] = ['it was not started yet'];
  #supervision: Promise<number | null> = Promise.resolve(null);

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Why it does not do its work, in words; empty where it does. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  get pid(): number | undefined {
    return this.#life?.pid;
  }

  /** The run that is under way. */
  get life(): Life | null {
    return this.#life;
  }

  /**
   * Starts it for the first time, and waits until it works. Rejects with why it cannot start; it is not tried again then, except where
   * another gateway may be about to let go of what it needs.
   */
  async start(): Promise<Started> {
    const deadline = performance.now() + PREDECESSOR_MS;
    for (;;) {
      const { life, first } = this.#launch();
      const report = await first;
      if (report.report === 'started') {
        this.#supervision = this.#supervise(life);
        return report.started;
      }
      await life.ended;
      const { code, message } = report;
      const isHeld = code !== null && HELD.has(code) && performance.now() < deadline;
      if (!isHeld || this.#stopping.signal.aborted) throw new GatewayError(code ?? 'bug_invariant', message);
      await pause(PREDECESSOR_MS / 10);
    }
  }

  /** Starts it and keeps it going, whatever becomes of its first run. */
  keep(): void {
    this.#supervision = this.#supervise(this.#launch().life);
  }

  /** Has it end in order, for good. Gives its exit code; `null` where it died. */
  stop(): Promise<number | null> {
    this.#stopping.abort();
    this.#life?.order({ order: 'stop' });
    return this.#supervision;
  }

  #launch(): { life: Life; first: Promise<Extract<Report, { report: 'started' | 'failed' }>> } {
    const life = this.#options.launch();
    this.#life = life;
    this.#missing = ['it is starting'];
    const first = Promise.withResolvers<Extract<Report, { report: 'started' | 'failed' }>>();
    life.onReport((report) => {
      if (report.report === 'started' || report.report === 'failed') first.resolve(report);
      if (report.report === 'readiness') this.#missing = report.missing;
      if (report.report === 'alive') watch.heard();
      this.#options.onReport(report);
    });
    const watch = watchOver(life, this.#options.silenceMs ?? SILENCE_MS);
    void life.ended.then(({ why }) => first.resolve({ report: 'failed', code: null, message: why }));
    return { life, first: first.promise };
  }

  async #supervise(firstLife: Life): Promise<number | null> {
    const { signal } = this.#stopping;
    const { restartMs = RESTART_MS, onRestart } = this.#options;
    let delay = restartMs.first;
    let life = firstLife;
    for (;;) {
      const startedAt = performance.now();
      const { code, why } = await life.ended;
      this.#missing = [why];
      if (signal.aborted) return code;
      // One that has run for a while earns a quick start again.
      if (performance.now() - startedAt > restartMs.last) delay = restartMs.first;
      const pauseMs = Math.round(delay * (0.5 + Math.random() / 2));
      onRestart(why, pauseMs);
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return code;
      delay = Math.min(delay * 2, restartMs.last);
      ({ life } = this.#launch());
    }
  }
}

/**
 * Ends a life that was heard of once and then is silent for too long: it would be given connections for as long as its port is open, and
 * never read them.
 */
function watchOver(life: Life, silenceMs: number): { heard: () => void } {
  let timer: NodeJS.Timeout | undefined;
  void life.ended.then(() => clearTimeout(timer));
  return {
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(() => life.kill(), silenceMs);
    },
  };
}
