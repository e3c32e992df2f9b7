import type { Clock, EpochMs } from '#model/clocks';

/** Longest work in one turn of the event loop, ms, while storing is not far behind. */
const SHORT_MS = 0.5;
/** The same where it is far behind. */
const LONGEST_MS = 50;
/** How old a frame may grow on its way to the sink before it takes time from the acks, ms, and at what age it takes all that it may. */
const PATIENT_MS = 5_000;
const URGENT_MS = 10_000;

/**
 * Divides the event loop between the devices and the sink. A device waits for its ack, and sends no more until it has it; what is
 * durable waits for the sink without anybody's harm. So the pipeline works a moment in each turn: little enough that no ack waits for
 * it, and all the time that the sockets leave. Where they leave too little, because all devices come back at once after the network
 * was away, acks come first until frames have waited for some seconds; from then on both get slower, and what waits does not grow for ever.
 */
export class Turns {
  readonly #now: Clock;
  readonly #elapsed: () => number;
  #begunAt = -Infinity;

  /** `now` is the clock that says when frames came, `elapsed` one that only goes on, ms. */
  constructor(now: Clock, elapsed: () => number) {
    this.#now = now;
    this.#elapsed = elapsed;
  }

  /** Tells whether the work is to pause, having come to a frame that was received then. */
  isOver(receivedAt: EpochMs): boolean {
    return this.#elapsed() - this.#begunAt >= momentFor(this.#now() - receivedAt);
  }

  /** Lets the event loop turn, and begins the next moment. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#begunAt = this.#elapsed();
  }
}

/** How long to work in one turn, ms, where frames are so old when they come to the sink, ms. */
export function momentFor(ageMs: number): number {
  const urgency = (ageMs - PATIENT_MS) / (URGENT_MS - PATIENT_MS);
  return SHORT_MS + (LONGEST_MS - SHORT_MS) * Math.min(1, Math.max(0, urgency));
}
