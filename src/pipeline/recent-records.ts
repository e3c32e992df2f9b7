import type { EpochMs } from '#model/clocks';

/** Records in one chain of the index at most: who makes more on purpose makes them be forgotten, not be searched for. */
const CHAIN_MOST = 64;

/**
 * Remembers the latest records, to tell a resend from news without asking ClickHouse. Bounded, the oldest forgotten first;
 * what is forgotten is stored a second time and collapses there.
 *
 * A record is known again only by all 64 bits of its id and its device time: what is taken for a duplicate is not stored, so
 * a chance collision would lose a message.
 *
 * Columns in a ring with chains of an index: a `Map` of as many numbers took an object for each, and its first key, once many were
 * taken out, a search through all of them (`npm run bench -- pipeline/recent`: 60 times as long, 19 us a record, when full).
 */
export class RecentRecords {
  readonly #capacity: number;
  readonly #his: Uint32Array;
  readonly #los: Uint32Array;
  readonly #times: Float64Array;
  /** By the upper bits of the id's hash: the slot of the latest record of the chain, from 1; 0 for none. */
  readonly #heads: Int32Array;
  /** By slot: the slot of the record before it in the chain, from 1. */
  readonly #befores: Int32Array;
  readonly #shift: number;
  /** The slot that is written next: of the oldest record, once all are full. */
  #slot = 0;
  #size = 0;

  /** `capacity` 0 remembers nothing. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    const bits = Math.max(1, 32 - Math.clz32(Math.max(0, capacity - 1)));
    this.#shift = 32 - bits;
    // The system gives zeros page by page as they are written to: what is never remembered takes no memory.
    this.#heads = new Int32Array(2 ** bits);
    this.#befores = new Int32Array(capacity);
    this.#his = new Uint32Array(capacity);
    this.#los = new Uint32Array(capacity);
    this.#times = new Float64Array(capacity);
  }

  /** True where this record was seen before; remembers it where not. */
  seen(hi: number, lo: number, deviceTime: EpochMs | null): boolean {
    if (this.#capacity === 0) return false;
    const time = deviceTime ?? 0;
    const chain = this.#chainOf(hi, lo);
    let length = 0;
    for (let at = this.#heads[chain] as number; at !== 0; at = this.#befores[at - 1] as number) {
      const slot = at - 1;
      if (this.#los[slot] === lo && this.#his[slot] === hi && this.#times[slot] === time) return true;
      length++;
    }
    if (length < CHAIN_MOST) this.#remember(hi, lo, time, chain);
    return false;
  }

  #chainOf(hi: number, lo: number): number {
    return Math.imul(lo ^ Math.imul(hi, 0x85eb_ca6b), 0x9e37_79b1) >>> this.#shift;
  }

  #remember(hi: number, lo: number, time: number, chain: number): void {
    const slot = this.#slot;
    if (this.#size === this.#capacity) this.#forget(slot);
    else this.#size++;
    this.#his[slot] = hi;
    this.#los[slot] = lo;
    this.#times[slot] = time;
    this.#befores[slot] = this.#heads[chain] as number;
    this.#heads[chain] = slot + 1;
    this.#slot = slot + 1 === this.#capacity ? 0 : slot + 1;
  }

  /** Takes the oldest record out of its chain, which it ends. */
  #forget(slot: number): void {
    const chain = this.#chainOf(this.#his[slot] as number, this.#los[slot] as number);
    const at = slot + 1;
    let after = this.#heads[chain] as number;
    if (after === at) {
      this.#heads[chain] = 0;
      return;
    }
    while (this.#befores[after - 1] !== at) after = this.#befores[after - 1] as number;
    this.#befores[after - 1] = 0;
  }
}
