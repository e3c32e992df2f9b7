import type { EpochMs } from '#model/clocks';

/** Records in one chain of the index at most: who makes more on purpose makes them be forgotten, not be searched for. */
const CHAIN_MOST = 64;
/** Numbers of a place in the ring; a power of two keeps each within one line of the processor's cache. */
const CELL = 4;

/**
 * Remembers the latest records, to tell a resend from news without asking ClickHouse. Bounded, the oldest forgotten first;
 * what is forgotten is stored a second time and collapses there.
 *
 * A record is known again only by all 64 bits of its id and its device time: what is taken for a duplicate is not stored, so
 * a chance collision would lose a message.
 *
 * A ring of numbers with chains of an index: a `Map` of as many took an object for each, and its first key, once many were taken
 * out, a search through all of them (`npm run bench -- pipeline/recent`: 60 times as long, 19 us a record, when full). What is
 * forgotten is left where it is: a chain ends at the first record that is too old.
 */
export class RecentRecords {
  readonly #capacity: number;
  /** By place in the ring: both halves of the id, and the number of the record before it in the chain. */
  readonly #cells: Int32Array;
  readonly #times: Float64Array;
  /** By the upper bits of the id's hash: the number of the latest record of the chain; 0 for none. */
  readonly #heads: Int32Array;
  readonly #shift: number;
  readonly #mask: number;
  /** Records are numbered from 1, modulo 2^32. */
  #last = 0;
  #size = 0;

  /** `capacity` 0 remembers nothing. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    const bits = Math.max(1, 32 - Math.clz32(Math.max(0, capacity - 1)));
    this.#shift = 32 - bits;
    this.#mask = 2 ** bits - 1;
    // The system gives zeros page by page as they are written to: what is never remembered takes no memory.
    this.#heads = new Int32Array(2 ** bits);
    this.#cells = new Int32Array(2 ** bits * CELL);
    this.#times = new Float64Array(2 ** bits);
  }

  /** True where this record was seen before; remembers it where not. */
  seen(hi: number, lo: number, deviceTime: EpochMs | null): boolean {
    if (this.#capacity === 0) return false;
    const time = deviceTime ?? 0;
    const [high, low] = [hi | 0, lo | 0];
    const chain = Math.imul(low ^ Math.imul(high, 0x85eb_ca6b), 0x9e37_79b1) >>> this.#shift;
    const head = this.#heads[chain] as number;
    let length = 0;
    for (let number = head; this.#isRemembered(number) && length < CHAIN_MOST; length++) {
      const place = number & this.#mask;
      const cell = place * CELL;
      if (this.#cells[cell] === high && this.#cells[cell + 1] === low && this.#times[place] === time) return true;
      number = this.#cells[cell + 2] as number;
    }
    if (length < CHAIN_MOST) this.#remember(high, low, time, chain, head);
    return false;
  }

  #isRemembered(number: number): boolean {
    return number !== 0 && (this.#last - number) >>> 0 < this.#size;
  }

  #remember(high: number, low: number, time: number, chain: number, before: number): void {
    // 0 stands for none.
    const number = this.#last === -1 ? 1 : (this.#last + 1) | 0;
    this.#last = number;
    if (this.#size < this.#capacity) this.#size++;
    const place = number & this.#mask;
    const cell = place * CELL;
    this.#cells[cell] = high;
    this.#cells[cell + 1] = low;
    this.#cells[cell + 2] = before;
    this.#times[place] = time;
    this.#heads[chain] = number;
  }
}
