/**
 * What this life of the gateway has put into the spool and nobody has taken on yet, by listener and protocol: the ledger's other side.
 * It goes by positions, not by what is read, so that a record that vanishes is missed.
 */
import type { SpoolSeq } from '#model/frame-record';

/** Frames of one listener and protocol. */
export interface HeldFrames {
  listener: string;
  protocol: string;
  frames: number;
}

/** Positions of a block. */
const BLOCK = 4_096;
const NOTHING = 0;

/** Whose the positions of a block are: one for all that are there, or one for each. */
interface Block {
  firstSeq: SpoolSeq;
  /** Number of the listener and protocol, by position; `NOTHING` where there is no record. */
  owners: Uint16Array;
  /** Records from here on are held. */
  from: number;
}

/** Two bytes a record, in blocks that are let go of once they are taken on. */
export class HeldRecords {
  readonly #numbers = new Map<string, Map<string, number>>();
  readonly #frames: HeldFrames[] = [{ listener: '', protocol: '', frames: 0 }];
  /** One frame of each, as it is given when it is taken. */
  readonly #ones: HeldFrames[] = [{ listener: '', protocol: '', frames: 1 }];
  #blocks: Block[] = [];

  /** Counts a record in; positions rise. */
  add(seq: SpoolSeq, listener: string, protocol: string): void {
    const number = this.#numberOf(listener, protocol);
    let block = this.#blocks.at(-1);
    if (block === undefined || seq >= block.firstSeq + BLOCK) {
      block = { firstSeq: seq, owners: new Uint16Array(BLOCK), from: 0 };
      this.#blocks.push(block);
    }
    block.owners[seq - block.firstSeq] = number;
    (this.#frames[number] as HeldFrames).frames++;
  }

  /** Gives up every record from a position on: they were never durable. */
  dropFrom(seq: SpoolSeq): void {
    for (const { firstSeq, owners, from } of this.#blocks) {
      for (let i = Math.max(from, seq - firstSeq); i < BLOCK; i++) this.#drop(owners, i);
    }
    while ((this.#blocks.at(-1)?.firstSeq ?? -1) >= seq) this.#blocks.pop();
  }

  /** Lets go of all records through a position, and gives them, in order, one by one. */
  take(through: SpoolSeq): HeldFrames[] {
    const taken: HeldFrames[] = [];
    for (let block = this.#blocks[0]; block !== undefined; block = this.#blocks[0]) {
      const { firstSeq, owners } = block;
      for (; block.from < BLOCK && firstSeq + block.from <= through; block.from++) {
        const number = this.#drop(owners, block.from);
        if (number !== NOTHING) taken.push(this.#ones[number] as HeldFrames);
      }
      if (block.from < BLOCK) break;
      this.#blocks.shift();
    }
    return taken;
  }

  /** What is held now. */
  counts(): HeldFrames[] {
    return this.#frames.filter(({ frames }) => frames > 0).map((each) => ({ ...each }));
  }

  #drop(owners: Uint16Array, at: number): number {
    const number = owners[at] as number;
    if (number === NOTHING) return NOTHING;
    owners[at] = NOTHING;
    (this.#frames[number] as HeldFrames).frames--;
    return number;
  }

  #numberOf(listener: string, protocol: string): number {
    let byProtocol = this.#numbers.get(listener);
    if (byProtocol === undefined) {
      byProtocol = new Map();
      this.#numbers.set(listener, byProtocol);
    }
    const known = byProtocol.get(protocol);
    if (known !== undefined) return known;
    byProtocol.set(protocol, this.#frames.length);
    this.#ones.push({ listener, protocol, frames: 1 });
    return this.#frames.push({ listener, protocol, frames: 0 }) - 1;
  }
}
