/** Longest time between applying a record and committing it, ms, as long as commits are quick. */
const EVERY_MS = 200;
/**
 * The same where they are not. Until then what a commit writes is held in memory, and is read again from the spool after a crash; and who
 * waits for a tracker to be connected waits so much longer.
 */
const LONGEST_MS = 2_000;
/**
 * A commit writes each tracker that was heard once, however often it was: so one is under way for a hundredth of the time at most. Five times as
 * many made the syncs that acks wait for three times as long, since the disk has one journal for both.
 */
const PAUSE_FOR_ONE = 100;

/** Says how often what follows from records is committed: the longer a commit takes, the more it is to be of use. */
export class CommitPace {
  readonly #elapsed: () => number;
  #pauseMs = 0;
  #endedAt = -Infinity;

  /** `elapsed` is a clock that only goes on, ms. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** How long a record may wait for its commit, ms. */
  get everyMs(): number {
    return Math.max(EVERY_MS, this.#pauseMs);
  }

  /** How long the next commit that nobody waits for is to be put off, ms. */
  get waitMs(): number {
    return Math.max(0, this.#endedAt + this.#pauseMs - this.#elapsed());
  }

  /** Does the work of a commit, and notes what it took. What the work throws is thrown on. */
  async timed(commit: () => Promise<void>): Promise<void> {
    const begunAt = this.#elapsed();
    try {
      await commit();
    } finally {
      this.#endedAt = this.#elapsed();
      this.#pauseMs = Math.min((this.#endedAt - begunAt) * PAUSE_FOR_ONE, LONGEST_MS);
    }
  }
}
