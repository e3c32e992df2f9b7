import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import { newWriter, type Writer, written } from '#wire/writer';
import { encodeRecord } from './record.ts';

/** A record with its position, as readers get it. */
export interface Entry {
  seq: SpoolSeq;
  record: FrameRecord;
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
  #entries: Entry[] = [];
  /** Where the frame of each entry ends in the writer's bytes. */
  #frameEnds: number[] = [];
  #durable: (() => void)[] = [];
  #lost: (() => void)[] = [];

  get count(): number {
    return this.#entries.length;
  }

  get sizeBytes(): number {
    return this.#writer.length;
  }

  /** The encoded records; valid until `clear`. */
  get bytes(): Uint8Array {
    return written(this.#writer);
  }

  get first(): Entry {
    return this.#entries[0] as Entry;
  }

  get last(): Entry {
    return this.#entries.at(-1) as Entry;
  }

  /** Encodes a record; nothing of it is needed afterwards. */
  add(seq: SpoolSeq, record: FrameRecord, durable: () => void, lost: (() => void) | undefined): void {
    encodeRecord(this.#writer, seq, record);
    // The copy still has the caller's frame, of which only the length may be used until `settle` gives it its own.
    this.#entries.push({ seq, record: { ...record } });
    this.#frameEnds.push(this.#writer.length);
    this.#durable.push(durable);
    if (lost !== undefined) this.#lost.push(lost);
  }

  /** Gives the entries, their frames in one piece of memory that belongs to them alone. */
  settle(): readonly Entry[] {
    const block = this.bytes.slice();
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i++) {
      const { record } = entries[i] as Entry;
      const end = this.#frameEnds[i] as number;
      record.frame = block.subarray(end - record.frame.length, end);
    }
    return entries;
  }

  /** Empties the group and gives those who waited, in the order of the appends. */
  clear(): { durable: readonly (() => void)[]; lost: readonly (() => void)[] } {
    const waiting = { durable: this.#durable, lost: this.#lost };
    this.#entries = [];
    this.#frameEnds = [];
    this.#durable = [];
    this.#lost = [];
    // What one burst needed is not kept for ever.
    if (this.#writer.bytes.length > 4 * INITIAL_BYTES) this.#writer = newWriter(INITIAL_BYTES);
    else this.#writer.length = 0;
    return waiting;
  }
}
