/**
 * Remembers the latest record ids of each ident, to tell a resend from news. Bounded: a fixed number of ids for each ident
 * and of idents, the longest silent forgotten first. What it forgets is stored a second time and collapses in ClickHouse.
 */
export class RecentRecords {
  readonly #perIdent: number;
  readonly #idents: number;
  readonly #rings = new Map<string, Ring>();

  constructor(perIdent: number, idents: number) {
    this.#perIdent = perIdent;
    this.#idents = idents;
  }

  /** True where this record was seen before; remembers it where not. */
  seen(ident: string, hi: number, lo: number): boolean {
    let ring = this.#rings.get(ident);
    if (ring === undefined) {
      if (this.#rings.size >= this.#idents) this.#rings.delete(this.#rings.keys().next().value as string);
      ring = { ids: new Float64Array(this.#perIdent), next: 0 };
    } else this.#rings.delete(ident);
    // Deleting and setting again moves the ident to the young end of the map.
    this.#rings.set(ident, ring);
    // 53 of the 64 bits: enough to tell a hundred apart. 1 is added because the ring starts out as zeros.
    const id = hi * 0x20_0000 + (lo >>> 11) + 1;
    if (ring.ids.includes(id)) return true;
    ring.ids[ring.next] = id;
    ring.next = (ring.next + 1) % this.#perIdent;
    return false;
  }
}

interface Ring {
  ids: Float64Array;
  next: number;
}
