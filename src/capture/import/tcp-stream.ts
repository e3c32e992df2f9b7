/**
 * One direction of a TCP connection, put together from captured segments: in order, each byte once.
 *
 * A segment beyond the next expected byte is held until what is before it comes. When that never comes, because it was not
 * captured, the hole is given up: once the other side has acknowledged it and gone on for a while, when too much is held, or
 * when the connection ends. What follows a hole is given as if nothing were missing: frames are checked, and a codec finds the next.
 */
import type { EpochMs } from '#model/clocks';

/** What a stream tells of what it could not take as it came. */
export interface StreamWatcher {
  gap: (bytes: number) => void;
  repeated: () => void;
  beforeStart: () => void;
  jumped: () => void;
}

/** Bytes of the stream, and when they could have been read. */
export type TakeBytes = (bytes: Uint8Array, at: EpochMs) => void;

export interface Segment {
  seq: number;
  /** What was captured of its bytes. */
  bytes: Uint8Array;
  /** How many bytes it had. */
  length: number;
  at: EpochMs;
}

/** Most that is held of one direction. */
const MOST_HELD_BYTES = 1024 * 1024;
const MOST_HELD_SEGMENTS = 512;
/** A hole that the other side has acknowledged may still be filled, by a capture that is out of order itself. */
const PATIENCE_MS = 1_000;
const PATIENCE_PACKETS = 32;
/** Far above what a device has under way: what is further off is another connection, of which no beginning was captured. */
const FARTHEST = 2 ** 24;

/** The distance from `b` to `a`, in the circle of 32-bit sequence numbers. */
function ahead(a: number, b: number): number {
  return (a - b) | 0;
}

export class TcpStream {
  readonly #take: TakeBytes;
  readonly #watcher: StreamWatcher;
  #next: number | null = null;
  /** First byte known of, where the connection's beginning was not seen. */
  #base: number | null = null;
  #held: Segment[] = [];
  #heldBytes = 0;
  /** Furthest byte that the other side has acknowledged. */
  #acked: number | null = null;
  /** Since when the hole before the held segments is known to be one. */
  #lostSince: { at: EpochMs; packets: number } | null = null;

  constructor(take: TakeBytes, watcher: StreamWatcher) {
    this.#take = take;
    this.#watcher = watcher;
  }

  /** The SYN was seen: its data begin behind it. */
  begin(seq: number): void {
    this.#next = (seq + 1) >>> 0;
    this.#base = null;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  add(segment: Segment): void {
    if (segment.length === 0) return;
    if (this.#next === null) {
      this.#next = segment.seq;
      this.#base = segment.seq;
    }
    if (Math.abs(ahead(segment.seq, this.#next)) > FARTHEST) this.#jump(segment.seq);
    if (ahead(segment.seq, this.#next) > 0) this.#hold(segment);
    else this.#accept(segment);
  }

  /** Tells whether the stream goes on at this number. */
  expects(seq: number): boolean {
    return this.#next === seq;
  }

  /** The other side has acknowledged everything before `ack`. */
  acknowledged(ack: number): void {
    if (this.#next === null) {
      this.#next = ack;
      this.#base = ack;
    }
    if (this.#acked === null || ahead(ack, this.#acked) > 0) this.#acked = ack;
  }

  /** A packet of the connection went by, whatever it held: gives up a hole that has waited long enough. */
  passed(at: EpochMs): void {
    if (!this.#isHoleAcknowledged()) {
      this.#lostSince = null;
      return;
    }
    this.#lostSince ??= { at, packets: 0 };
    this.#lostSince.packets++;
    if (at - this.#lostSince.at >= PATIENCE_MS || this.#lostSince.packets > PATIENCE_PACKETS) this.#giveUpHole();
  }

  /** The connection has ended, or is forgotten: gives what is held. */
  end(): void {
    while (this.#held.length > 0) this.#giveUpHole();
  }

  #jump(seq: number): void {
    this.end();
    this.#watcher.jumped();
    this.#next = seq;
    this.#base = null;
    this.#acked = null;
  }

  #isHoleAcknowledged(): boolean {
    const [first] = this.#held;
    return first !== undefined && this.#acked !== null && ahead(this.#acked, first.seq) >= 0;
  }

  /** Takes a segment that begins at or before the next expected byte. */
  #accept(segment: Segment): void {
    const next = this.#next as number;
    const known = ahead(next, segment.seq);
    if (known >= segment.length) {
      // A keep-alive sends one byte again, or none that was ever there.
      if (segment.length === 1) return;
      if (this.#base !== null && ahead(segment.seq, this.#base) < 0) this.#watcher.beforeStart();
      else this.#watcher.repeated();
      return;
    }
    const fresh = segment.bytes.subarray(known);
    if (fresh.length > 0) this.#take(fresh, segment.at);
    this.#next = (segment.seq + segment.length) >>> 0;
    const missing = segment.length - Math.max(known, segment.bytes.length);
    if (missing > 0) this.#watcher.gap(missing);
    this.#release();
  }

  #hold(segment: Segment): void {
    const next = this.#next as number;
    const distance = ahead(segment.seq, next);
    const at = this.#held.findIndex((one) => ahead(one.seq, next) > distance);
    // The memory of a packet is used again for the next.
    const copy = { ...segment, bytes: segment.bytes.slice() };
    this.#held.splice(at < 0 ? this.#held.length : at, 0, copy);
    this.#heldBytes += copy.bytes.length;
    while (this.#heldBytes > MOST_HELD_BYTES || this.#held.length > MOST_HELD_SEGMENTS) this.#giveUpHole();
  }

  /** Gives held segments up to the next hole. Bytes that waited could be read when the hole was filled. */
  #release(): void {
    this.#lostSince = null;
    for (let [first] = this.#held; first !== undefined; [first] = this.#held) {
      if (ahead(first.seq, this.#next as number) > 0) return;
      this.#held.shift();
      this.#heldBytes -= first.bytes.length;
      this.#accept(first);
    }
  }

  #giveUpHole(): void {
    const [first] = this.#held;
    if (first === undefined) return;
    this.#watcher.gap(ahead(first.seq, this.#next as number));
    this.#next = first.seq;
    this.#release();
  }
}
