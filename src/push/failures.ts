/** Addresses whose failures are remembered; beyond that those that failed first are forgotten. */
const ADDRESSES_MOST = 5_000;

interface Failures {
  count: number;
  /** When the first of them was, ms of `now`. */
  since: number;
}

/** Counts what came from an address and led nowhere, or proved nothing. Bounded. */
export class FailureLimit {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  /** Those that failed first come first. */
  readonly #byAddress = new Map<string, Failures>();

  /** So many are forgiven within the window; `now` is any clock that goes on, ms. */
  constructor(most: number, windowMs: number, now: () => number) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** How long nothing more is taken from an address, ms; 0 where it may go on. */
  waitMs(address: string): number {
    const known = this.#byAddress.get(address);
    if (known === undefined || known.count <= this.#most) return 0;
    return Math.max(0, known.since + this.#windowMs - this.#now());
  }

  /** Notes a failure. */
  note(address: string): void {
    const now = this.#now();
    const known = this.#byAddress.get(address);
    if (known !== undefined && known.since + this.#windowMs > now) {
      known.count++;
      return;
    }
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { count: 1, since: now });
    if (this.#byAddress.size <= ADDRESSES_MOST) return;
    const [first] = this.#byAddress.keys();
    if (first !== undefined) this.#byAddress.delete(first);
  }
}
