import { MALFORMED, packetEnd } from './packets.ts';

/** Takes packets one by one. */
export interface PacketTaker {
  /** Takes the whole packet in `[from, end)`, whose bytes are borrowed; false where nothing behind it is wanted. */
  packet(bytes: Uint8Array, from: number, end: number): boolean;
}

const LEAST_BYTES = 64;

/**
 * Finds the packets in what a client sends, where they lie; only the beginning of one that is not whole yet is copied. One too long is refused by
 * what its header claims, and memory grows with what has come, not with that.
 */
export class PacketCutter {
  readonly #packetBytes: number;
  /** The beginning of a packet; `null` between packets. */
  #begun: Uint8Array | null = null;
  #begunBytes = 0;

  /** `packetBytes` is the longest packet, without its header. */
  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
  }

  /** Hands on what is whole. False where what comes is no packet, or is too long. */
  cut(chunk: Uint8Array, taker: PacketTaker): boolean {
    let at = 0;
    while (this.#begun !== null) {
      const end = packetEnd(this.#begun, 0, this.#begunBytes, this.#packetBytes);
      if (end === MALFORMED) return false;
      if (end === this.#begunBytes) {
        const whole = this.#begun;
        this.#begun = null;
        if (!taker.packet(whole, 0, end)) return true;
      } else if (at === chunk.length) return true;
      else {
        const missing = end === 0 ? 1 : end - this.#begunBytes;
        const next = Math.min(chunk.length, at + missing);
        this.#keep(chunk.subarray(at, next));
        at = next;
      }
    }
    while (at < chunk.length) {
      const end = packetEnd(chunk, at, chunk.length, this.#packetBytes);
      if (end === MALFORMED) return false;
      if (end === 0 || end > chunk.length) {
        this.#begunBytes = 0;
        this.#keep(chunk.subarray(at));
        return true;
      }
      if (!taker.packet(chunk, at, end)) return true;
      at = end;
    }
    return true;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#begunBytes + bytes.length;
    const before = this.#begun;
    if (before === null || length > before.length) {
      const grown = new Uint8Array(Math.max(LEAST_BYTES, length, (before?.length ?? 0) * 2));
      if (before !== null) grown.set(before.subarray(0, this.#begunBytes));
      this.#begun = grown;
    }
    this.#begun?.set(bytes, this.#begunBytes);
    this.#begunBytes = length;
  }
}
