import type { SpoolSeq } from '#model/frame-record';
import type { SpoolEntry } from '../pipeline/ports.ts';
import type { Block } from './group.ts';
import { decodeRecord } from './record.ts';

/**
 * The latest committed records, kept in memory so that a reader that keeps up never reads the disk. They are kept as they are there: while
 * the pipeline is behind there are many of them, and as objects they would be most of what the collector has to carry.
 */
export class Tail {
  /** All committed records from this number on are here. */
  from: SpoolSeq;
  readonly #mostBytes: number;
  #blocks: Block[] = [];
  /** Index of the oldest block; those before it are forgotten and cut off now and then. */
  #oldest = 0;
  #sizeBytes = 0;

  constructor(from: SpoolSeq, mostBytes: number) {
    this.from = from;
    this.#mostBytes = mostBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Adds what a commit made durable; forgets the oldest where that is too much. */
  add(block: Block): void {
    this.#blocks.push(block);
    this.#sizeBytes += block.bytes.length;
    while (this.#sizeBytes > this.#mostBytes && this.#oldest < this.#blocks.length) this.#forgetOldest();
  }

  /** Forgets what lies wholly before `seq`. */
  forgetBefore(seq: SpoolSeq): void {
    for (let block = this.#blocks[this.#oldest]; block !== undefined; block = this.#blocks[this.#oldest]) {
      if (lastSeq(block) >= seq) return;
      this.#forgetOldest();
    }
  }

  /** Gives up to `most` records from `seq` on. `seq` must not lie before `from`. */
  take(seq: SpoolSeq, most: number): SpoolEntry[] {
    const taken: SpoolEntry[] = [];
    for (let i = this.#blockOf(seq); i < this.#blocks.length && taken.length < most; i++) {
      const { firstSeq, bytes, ends } = this.#blocks[i] as Block;
      const start = Math.max(0, seq - firstSeq);
      const stop = Math.min(ends.length, start + most - taken.length);
      let at = start === 0 ? 0 : (ends[start - 1] as number);
      for (let k = start; k < stop; k++) {
        const end = ends[k] as number;
        taken.push({ seq: firstSeq + k, record: decodeRecord(bytes, at, end - at) });
        at = end;
      }
    }
    return taken;
  }

  /** Index of the first block with a record at or behind `seq`. */
  #blockOf(seq: SpoolSeq): number {
    let low = this.#oldest;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lastSeq(this.#blocks[middle] as Block) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forgetOldest(): void {
    const block = this.#blocks[this.#oldest] as Block;
    this.from = lastSeq(block) + 1;
    this.#sizeBytes -= block.bytes.length;
    this.#blocks[this.#oldest] = NOTHING;
    this.#oldest++;
    if (this.#oldest > 64 && this.#oldest * 2 > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#oldest);
      this.#oldest = 0;
    }
  }
}

/** Stands for a block that is forgotten. */
const NOTHING: Block = { firstSeq: 0, bytes: new Uint8Array(0), ends: [] };

function lastSeq({ firstSeq, ends }: Block): SpoolSeq {
  return firstSeq + ends.length - 1;
}
