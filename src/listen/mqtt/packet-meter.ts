import type { Clock, EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';

export interface PacketLimits {
  /** Longest packet, bytes. */
  packetBytes: number;
  /** Packets a second that a client may send for long; ten times as many at once. */
  packetsPerSecond: number;
}

/** Seconds' worth of packets that may come at once: a device unloads what it has stored while it had no network. */
const BURST_SECONDS = 10;
const LENGTH_BYTES = 4;

/**
 * Follows the fixed headers in what a client sends, so that a packet too long is refused by what its header claims, before
 * any of it is buffered, and a client that sends too many is noticed whatever they are.
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
  #allowance: number;
  #allowanceAt: EpochMs;

  constructor(limits: PacketLimits, now: Clock) {
    this.#limits = limits;
    this.#now = now;
    this.heardAt = now();
    this.#allowanceAt = this.heardAt;
    this.#allowance = limits.packetsPerSecond * BURST_SECONDS;
  }

  /** Takes what came next. Says why the client is to be cut off, `null` where all is well. */
  take(chunk: Uint8Array): ErrorCode | null {
    this.heardAt = this.#now();
    let packets = 0;
    for (let at = 0; at < chunk.length;) {
      if (this.#remaining > 0) {
        const passed = Math.min(this.#remaining, chunk.length - at);
        this.#remaining -= passed;
        at += passed;
      } else if (this.#lengthBytes === -1) {
        packets++;
        this.#lengthBytes = 0;
        this.#length = 0;
        at++;
      } else if (!this.#addLength(chunk[at++] as number)) return 'session_malformed';
    }
    return this.#spend(packets) ? null : 'session_rate';
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

  #spend(packets: number): boolean {
    const { packetsPerSecond } = this.#limits;
    const earned = Math.max(0, (this.heardAt - this.#allowanceAt) / 1_000) * packetsPerSecond;
    this.#allowanceAt = this.heardAt;
    this.#allowance = Math.min(packetsPerSecond * BURST_SECONDS, this.#allowance + earned) - packets;
    return this.#allowance >= 0;
  }
}
