interface Held<Value> {
  value: Value;
  /** Use at which it was put behind the others. */
  placed: number;
}

/**
 * Remembers what belongs to a key, for a bounded number of keys. The one that has to go was not used for at least half as many
 * uses as there are keys: an order that is exact would cost more than all else that is done for a packet.
 */
export class RecentMap<Value> {
  readonly #most: number;
  /** The order of insertion is, nearly, the order of use. */
  readonly #held = new Map<string, Held<Value>>();
  /** Goes through the keys in their order, behind those that had to go: to begin at the first each time would pass over all of these again. */
  #oldest: Iterator<string> = this.#held.keys();
  #uses = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Value | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    if (++this.#uses - held.placed > this.#most / 2) this.#place(key, held);
    return held.value;
  }

  /** Sets it, and gives the value that had to go for it. */
  set(key: string, value: Value): Value | undefined {
    this.#uses++;
    this.#place(key, { value, placed: 0 });
    if (this.#held.size <= this.#most) return undefined;
    let next = this.#oldest.next();
    if (next.done === true) {
      this.#oldest = this.#held.keys();
      next = this.#oldest.next();
    }
    return next.done === true ? undefined : this.take(next.value);
  }

  /** Forgets it, and gives what it was. */
  take(key: string): Value | undefined {
    const held = this.#held.get(key);
    this.#held.delete(key);
    return held?.value;
  }

  /** Those first that are nearest to be forgotten. */
  *values(): Generator<Value> {
    for (const { value } of this.#held.values()) yield value;
  }

  #place(key: string, held: Held<Value>): void {
    held.placed = this.#uses;
    this.#held.delete(key);
    this.#held.set(key, held);
  }
}
