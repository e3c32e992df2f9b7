import type { Clock, EpochMs } from '#model/clocks';

/** Ranges of strangers that may be kept at once, and how many more each second. */
const BURST = 1_000;
const PER_SECOND = 10;

/**
 * Bounds what senders nobody knows may put into quarantine through one listener. A session keeps one range of a stranger; but
 * sessions are cheap where the sender's address can be made up, and quarantine is disk.
 */
export class StrangerAllowance {
  readonly #now: Clock;
  #left = BURST;
  #at: EpochMs;

  constructor(now: Clock) {
    this.#now = now;
    this.#at = now();
  }

  /** Takes one from the allowance; false when it is used up. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(BURST, this.#left + (Math.max(0, now - this.#at) / 1_000) * PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
