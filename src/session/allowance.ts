import type { Clock, EpochMs } from '#model/clocks';

/** How much may be taken at once, and how much more each second. */
export interface AllowanceRate {
  burst: number;
  perSecond: number;
}

/**
 * Ranges that senders nobody knows may put into quarantine through one listener. A session keeps one range of a stranger; but sessions
 * are cheap where the sender's address can be made up, and quarantine is disk.
 */
export const STRANGERS: AllowanceRate = { burst: 1_000, perSecond: 10 };
/** Lines in the log about senders, who could fill the disk with them. */
export const LOG_LINES: AllowanceRate = { burst: 100, perSecond: 1 };

/** Bounds what others can make the gateway do. */
export class Allowance {
  readonly #rate: AllowanceRate;
  readonly #now: Clock;
  #left: number;
  #at: EpochMs;

  constructor(rate: AllowanceRate, now: Clock) {
    this.#rate = rate;
    this.#now = now;
    this.#left = rate.burst;
    this.#at = now();
  }

  /** Takes one from the allowance; false when it is used up. */
  take(): boolean {
    const now = this.#now();
    const { burst, perSecond } = this.#rate;
    this.#left = Math.min(burst, this.#left + (Math.max(0, now - this.#at) / 1_000) * perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
