import type { SpoolSeq } from '#model/frame-record';
import type { FrameColumn } from './ports.ts';

/** Whose a frame is, and where it ends once it is stored. */
interface Ending {
  listener: string;
  protocol: string;
  column: FrameColumn;
  /** Frames that wait. */
  frames: number;
}

/**
 * Frames that are put and not yet stored, oldest first, with the column in which each will end. Two numbers a frame and no object: they
 * outlive the young generation, and would be most of what the collector has to carry.
 */
export class WaitingFrames {
  #seqs: SpoolSeq[] = [];
  /** Place of each frame's ending in `#endings`. */
  #places: number[] = [];
  readonly #endings: Ending[] = [];

  /** Takes a frame; positions never fall. */
  add(seq: SpoolSeq, listener: string, protocol: string, column: FrameColumn): void {
    const place = this.#placeOf(listener, protocol, column);
    (this.#endings[place] as Ending).frames++;
    this.#seqs.push(seq);
    this.#places.push(place);
  }

  /** Lets go of the frames through a position, and tells of each, in order. */
  settle(through: SpoolSeq, tell: (listener: string, protocol: string, column: FrameColumn) => void): void {
    let settled = 0;
    for (; settled < this.#seqs.length && (this.#seqs[settled] as SpoolSeq) <= through; settled++) {
      const ending = this.#endings[this.#places[settled] as number] as Ending;
      ending.frames--;
      tell(ending.listener, ending.protocol, ending.column);
    }
    this.#seqs = this.#seqs.slice(settled);
    this.#places = this.#places.slice(settled);
  }

  /** How many wait, by listener and protocol. */
  counts(): { listener: string; protocol: string; frames: number }[] {
    const counts: { listener: string; protocol: string; frames: number }[] = [];
    for (const { listener, protocol, frames } of this.#endings) {
      const known = counts.find((one) => one.listener === listener && one.protocol === protocol);
      if (known !== undefined) known.frames += frames;
      else counts.push({ listener, protocol, frames });
    }
    return counts.filter(({ frames }) => frames > 0);
  }

  /** Endings are few: listeners, their protocols, four columns. The last one is most often the next one. */
  #placeOf(listener: string, protocol: string, column: FrameColumn): number {
    const last = this.#places.at(-1);
    if (last !== undefined && isThis(this.#endings[last] as Ending, listener, protocol, column)) return last;
    const found = this.#endings.findIndex((ending) => isThis(ending, listener, protocol, column));
    return found >= 0 ? found : this.#endings.push({ listener, protocol, column, frames: 0 }) - 1;
  }
}

function isThis(ending: Ending, listener: string, protocol: string, column: FrameColumn): boolean {
  return ending.listener === listener && ending.protocol === protocol && ending.column === column;
}
