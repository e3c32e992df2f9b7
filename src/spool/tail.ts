import type { SpoolSeq } from '#model/frame-record';
import type { Entry } from './group.ts';

interface Piece {
  entries: readonly Entry[];
  sizeBytes: number;
}

/** The latest committed records, kept in memory so that a reader that keeps up never reads the disk. */
export class Tail {
  /** All committed records from this number on are here. */
  from: SpoolSeq;
  readonly #mostBytes: number;
  #pieces: Piece[] = [];
  /** Index of the oldest piece; those before it are forgotten and cut off now and then. */
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
  add(entries: readonly Entry[], sizeBytes: number): void {
    this.#pieces.push({ entries, sizeBytes });
    this.#sizeBytes += sizeBytes;
    while (this.#sizeBytes > this.#mostBytes && this.#oldest < this.#pieces.length) this.#forgetOldest();
  }

  /** Forgets what lies wholly before `seq`. */
  forgetBefore(seq: SpoolSeq): void {
    for (let piece = this.#pieces[this.#oldest]; piece !== undefined; piece = this.#pieces[this.#oldest]) {
      if (lastSeq(piece) >= seq) return;
      this.#forgetOldest();
    }
  }

  /** Gives up to `most` records from `seq` on. `seq` must not lie before `from`. */
  take(seq: SpoolSeq, most: number): Entry[] {
    const taken: Entry[] = [];
    for (let i = this.#pieceOf(seq); i < this.#pieces.length && taken.length < most; i++) {
      const { entries } = this.#pieces[i] as Piece;
      // Numbers within one commit follow each other without a gap.
      const start = Math.max(0, seq - (entries[0] as Entry).seq);
      const end = Math.min(entries.length, start + most - taken.length);
      for (let k = start; k < end; k++) taken.push(entries[k] as Entry);
    }
    return taken;
  }

  /** Index of the first piece with a record at or behind `seq`. */
  #pieceOf(seq: SpoolSeq): number {
    let low = this.#oldest;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lastSeq(this.#pieces[middle] as Piece) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forgetOldest(): void {
    const piece = this.#pieces[this.#oldest] as Piece;
    this.from = lastSeq(piece) + 1;
    this.#sizeBytes -= piece.sizeBytes;
    this.#pieces[this.#oldest] = { entries: [], sizeBytes: 0 };
    this.#oldest++;
    if (this.#oldest > 64 && this.#oldest * 2 > this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#oldest);
      this.#oldest = 0;
    }
  }
}

function lastSeq(piece: Piece): SpoolSeq {
  return (piece.entries.at(-1) as Entry).seq;
}
