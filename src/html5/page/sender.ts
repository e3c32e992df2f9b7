/** Sends what waits, oldest first, one batch at a time, for as long as it takes. */
import { push } from './gateway.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';

const MOST_FIXES = 200;
/** Fixes that come while the one before is answered go together, at most so often, ms. */
const PAUSE_MS = 1_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** How sending goes. */
export interface SenderNews {
  /** A batch was confirmed. */
  sent(): void;
  /** `away`: no answer comes; `busy`: the gateway takes nothing; `fine`: it does. */
  reach(how: 'fine' | 'away' | 'busy'): void;
  /** Nothing is taken from this device any more; what it took stays on the phone. */
  ended(address: string): void;
}

export class Sender {
  readonly #queue: Queue;
  readonly #memory: Memory;
  readonly #news: SenderNews;
  readonly #ended = new Set<string>();
  #mostFixes = MOST_FIXES;
  #failures = 0;
  #busy = false;
  #stopped = true;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(queue: Queue, memory: Memory, news: SenderNews) {
    this.#queue = queue;
    this.#memory = memory;
    this.#news = news;
  }

  start(): void {
    this.#stopped = false;
    this.hurry();
  }

  stop(): void {
    this.#stopped = true;
    this.#rest();
  }

  /** Something new waits. */
  poke(): void {
    if (this.#timer === null && !this.#busy) this.#after(0);
  }

  /** The network may be back: tries at once. */
  hurry(): void {
    this.#failures = 0;
    this.#rest();
    this.poke();
  }

  /** Tries devices again that were told to have ended. */
  retryEnded(): void {
    this.#ended.clear();
    this.hurry();
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #after(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#step();
    }, ms);
  }

  async #step(): Promise<void> {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    let pauseMs: number | null = null;
    try {
      pauseMs = await this.#sendOne();
    } catch {
      // The database refused for once: what waits is still there.
      pauseMs = this.#backOff();
    } finally {
      this.#busy = false;
    }
    if (pauseMs !== null && this.#timer === null) this.#after(pauseMs);
  }

  /** Sends a batch; gives the pause before the next, `null` where nothing waits. */
  async #sendOne(): Promise<number | null> {
    const devices = await this.#memory.devices();
    const open = Object.keys(devices).filter((address) => !this.#ended.has(address));
    const batch = await this.#queue.next(open, this.#mostFixes);
    const device = batch === null ? undefined : devices[batch.device];
    if (batch === null || device === undefined) return null;
    const outcome = await push(device, batch);
    switch (outcome.kind) {
      case 'taken':
        // An answer that names nothing would have the same batch sent for ever, as fast as it goes.
        if (outcome.confirmed.length === 0) return this.#backOff();
        await this.#queue.settle(batch, outcome.confirmed);
        this.#failures = 0;
        this.#news.reach('fine');
        this.#news.sent();
        return batch.fixes.length === this.#mostFixes ? 0 : PAUSE_MS;
      case 'too-long':
        this.#mostFixes = Math.max(1, Math.floor(this.#mostFixes / 2));
        return this.#mostFixes === 1 ? this.#backOff() : 0;
      case 'ended':
        this.#ended.add(batch.device);
        this.#news.ended(batch.device);
        return 0;
      case 'later':
        this.#news.reach('busy');
        return Math.max(outcome.afterMs, this.#backOff());
      case 'away':
      default:
        this.#news.reach('away');
        return this.#backOff();
    }
  }

  /** Twice as long each time, and a random share less, so that phones that lost the same network do not come back at once. */
  #backOff(): number {
    const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
    return full * (0.5 + Math.random() / 2);
  }
}
