import { pause } from './pause.ts';

/** Bytes that all readers together are given in a time: more are given later, and whoever sends does not feel it. */
export class Budget {
  readonly #bytesPerMs: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
  }

  /** How long nothing may be given, ms. */
  get delayMs(): number {
    return Math.max(0, this.#freeAt - performance.now());
  }

  /** What may be given in a time. */
  bytesIn(ms: number): number {
    return this.#bytesPerMs * ms;
  }

  spend(bytes: number): void {
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + bytes / this.#bytesPerMs;
  }

  /** Waits for the time in which so many bytes may be given: those who ask are served one after the other. */
  async take(bytes: number): Promise<void> {
    const delay = this.delayMs;
    this.spend(bytes);
    if (delay > 0) await pause(delay);
  }

  /** Keeps everything back for a time. */
  rest(ms: number): void {
    this.#freeAt = Math.max(this.#freeAt, performance.now() + ms);
  }
}
