import type { EpochMs } from '#model/clocks';
import { newWriter, written, type Writer } from '#wire/writer';
import type { CaptureEntry } from '../entry.ts';
import { ItemWriter, type CaptureGap } from './items.ts';
import { encodeBlock, type Compression } from './layout.ts';

const INITIAL_BYTES = 16 * 1024;

/** A block that is being filled. */
export class BlockBuilder {
  readonly #writer: Writer = newWriter(INITIAL_BYTES);
  readonly #items = new ItemWriter(this.#writer);
  #count = 0;
  #firstAt: EpochMs = Number.MAX_SAFE_INTEGER;
  #lastAt: EpochMs = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Bytes of its body so far, not packed. */
  get sizeBytes(): number {
    return this.#writer.length;
  }

  /** Copies an entry. */
  add(entry: CaptureEntry): void {
    this.#items.entry(entry);
    this.#note(entry.at);
  }

  gap(gap: CaptureGap): void {
    this.#items.gap(gap);
    this.#note(gap.at);
  }

  /** The whole block; nothing may be added afterwards. */
  encode(compression: Compression): Uint8Array {
    return encodeBlock(
      written(this.#writer),
      { items: this.#count, firstAt: this.#firstAt, lastAt: this.#lastAt },
      compression,
    );
  }

  #note(at: EpochMs): void {
    this.#count++;
    this.#firstAt = Math.min(this.#firstAt, at);
    this.#lastAt = Math.max(this.#lastAt, at);
  }
}
