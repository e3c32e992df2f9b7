import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import { newWriter, type Writer, written } from '#wire/writer';
import { encodeRecord } from './record.ts';

/** Records as they are on the disk, in memory of their own; their numbers follow each other without a gap. */
export interface Block {
  firstSeq: SpoolSeq;
  bytes: Uint8Array;
  /** Where each record ends. */
  ends: readonly number[];
}

/** Calls back in order; what one of them throws does not keep the others from being told. */
export function tellAll(listeners: readonly (() => void)[], onThrow: (error: unknown) => void): void {
  for (const listener of listeners) {
    try {
      listener();
    } catch (error) {
      onThrow(error);
    }
  }
}

const INITIAL_BYTES = 256 * 1024;

/** The records that one write and one sync make durable together, and who waits for it. */
export class Group {
  #writer: Writer = newWriter(INITIAL_BYTES);
  #firstSeq: SpoolSeq = 0;
  /** When its first record was received. */
  #receivedAt: EpochMs = 0;
  /** Where each record ends in the writer's bytes. */
  #ends: number[] = [];
  #durable: (() => void)[] = [];
  #lost: (() => void)[] = [];

  get count(): number {
    return this.#ends.length;
  }

  get sizeBytes(): number {
    return this.#writer.length;
  }

  /** The encoded records; valid until `clear`. */
  get bytes(): Uint8Array {
    return written(this.#writer);
  }

  /** Number of its first record. */
  get firstSeq(): SpoolSeq {
    return this.#firstSeq;
  }

  get lastSeq(): SpoolSeq {
    return this.#firstSeq + this.count - 1;
  }

  get receivedAt(): EpochMs {
    return this.#receivedAt;
  }

  /** Encodes a record; nothing of it is needed afterwards. Its number is one above that of the one before it. */
  add(seq: SpoolSeq, record: FrameRecord, durable: () => void, lost: (() => void) | undefined): void {
    encodeRecord(this.#writer, seq, record);
    if (this.count === 0) {
      this.#firstSeq = seq;
      this.#receivedAt = record.receivedAt;
    }
    this.#ends.push(this.#writer.length);
    this.#durable.push(durable);
    if (lost !== undefined) this.#lost.push(lost);
  }

  /** Gives the records to whoever reads them, in memory that belongs to them alone. */
  block(): Block {
    return { firstSeq: this.#firstSeq, bytes: this.bytes.slice(), ends: this.#ends };
  }

  /** Empties the group and gives those who waited, in the order of the appends. */
  clear(): { durable: readonly (() => void)[]; lost: readonly (() => void)[] } {
    const waiting = { durable: this.#durable, lost: this.#lost };
    this.#ends = [];
    this.#durable = [];
    this.#lost = [];
    // What one burst needed is not kept for ever.
    if (this.#writer.bytes.length > 4 * INITIAL_BYTES) this.#writer = newWriter(INITIAL_BYTES);
    else this.#writer.length = 0;
    return waiting;
  }
}
