import type { Clock, EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';

export interface PacketLimits {
  /** Longest packet, bytes. */
  packetBytes: number;
}

const LENGTH_BYTES = 4;

/**
 * Follows the fixed headers in what a client sends, so that a packet too long is refused by what its header claims, before
 * any of it is buffered, and packets are counted whatever they are.
 *
 * MQTT 3.1.1 §2.2: type and flags u8 · remaining length, 1 to 4 bytes of 7 bits each, the lowest first.
 */
export class PacketMeter {
  /** When the last byte came. */
  heardAt: EpochMs;
  readonly #limits: PacketLimits;
  readonly #now: Clock;
  /** Bytes of the present packet that are still to come. */
  #remaining = 0;
  /** Bytes of the remaining length read so far; -1 between packets. */
  #lengthBytes = -1;
  #length = 0;
  #packets = 0;

  constructor(limits: PacketLimits, now: Clock) {
    this.#limits = limits;
    this.#now = now;
    this.heardAt = now();
  }

  /** Packets begun so far. */
  get packets(): number {
    return this.#packets;
  }

  /** What comes next begins a packet. */
  get isBetween(): boolean {
    return this.#remaining === 0 && this.#lengthBytes === -1;
  }

  /** Takes what came next. Says why the client is to be cut off, `null` where all is well. */
  take(chunk: Uint8Array): ErrorCode | null {
    this.heardAt = this.#now();
    for (let at = 0; at < chunk.length;) {
      if (this.#remaining > 0) {
        const passed = Math.min(this.#remaining, chunk.length - at);
        this.#remaining -= passed;
        at += passed;
      } else if (this.#lengthBytes === -1) {
        this.#packets++;
        this.#lengthBytes = 0;
        this.#length = 0;
        at++;
      } else if (!this.#addLength(chunk[at++] as number)) return 'session_malformed';
    }
    return null;
  }

  /** Takes a byte of the remaining length; false where the packet is too long or its length is none. */
  #addLength(byte: number): boolean {
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes++;
    if (this.#length > this.#limits.packetBytes) return false;
    if ((byte & 0x80) !== 0) return this.#lengthBytes < LENGTH_BYTES;
    this.#remaining = this.#length;
    this.#lengthBytes = -1;
    return true;
  }
}
