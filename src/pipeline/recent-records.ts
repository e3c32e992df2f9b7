import type { EpochMs } from '#model/clocks';

/**
 * Remembers the latest records, to tell a resend from news without asking ClickHouse. Bounded, the oldest forgotten first;
 * what is forgotten is stored a second time and collapses there.
 *
 * A record is known again only by all 64 bits of its id and its device time: what is taken for a duplicate is not stored, so
 * a chance collision would lose a message.
 */
export class RecentRecords {
  readonly #capacity: number;
  readonly #records = new Map<number, number>();

  /** `capacity` 0 remembers nothing. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** True where this record was seen before; remembers it where not. */
  seen(hi: number, lo: number, deviceTime: EpochMs | null): boolean {
    // 64 bits of id and 42 of time, as two exact doubles: 32 + 21 bits, and 42 + 11.
    const id = hi * 0x20_0000 + (lo >>> 11);
    const rest = (deviceTime ?? 0) * 0x800 + (lo & 0x7ff);
    if (this.#records.get(id) === rest) return true;
    if (this.#capacity === 0) return false;
    if (this.#records.size >= this.#capacity) this.#records.delete(this.#records.keys().next().value as number);
    this.#records.set(id, rest);
    return false;
  }
}
