import type { EpochMs } from '#model/clocks';

/** While records older than this are being read, silence says nothing, ms. */
const BEHIND_MS = 60_000;

/** It is asked every few seconds. Where more has passed, or less than nothing, the clock has jumped: nobody was silent for that, ms. */
const LONGEST_PAUSE_MS = 60_000;

/** Tells the silence of a device from the gateway's own lag: while it was down nothing could come, and then it reads what came before. */
export class Silence {
  #lastReceivedAt: EpochMs | null = null;
  #firstAskedAt: EpochMs | null = null;
  #lastAskedAt: EpochMs | null = null;

  /** A record was applied. */
  noteRecord(receivedAt: EpochMs): void {
    this.#lastReceivedAt = receivedAt;
  }

  /** Whether nothing has come of a device of which nothing was applied for so long. */
  isCertain(at: EpochMs, silenceMs: number): boolean {
    const seen = this.#lastReceivedAt;
    this.#lastReceivedAt = null;
    const passed = at - (this.#lastAskedAt ?? at);
    this.#lastAskedAt = at;
    if (this.#firstAskedAt === null || passed < 0 || passed > LONGEST_PAUSE_MS) this.#firstAskedAt = at;
    return at - this.#firstAskedAt > silenceMs && (seen === null || at - seen <= BEHIND_MS);
  }
}
