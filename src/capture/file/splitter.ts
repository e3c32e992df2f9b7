import { crc32 } from 'node:zlib';
import { plainBytes } from '#wire/plain-bytes';
import { readItems, type CaptureItem } from './items.ts';
import { BLOCK_HEAD_BYTES, blockHeadAt, checkFileHead, FILE_HEAD_BYTES, unpackBody, type BlockHead } from './layout.ts';

/** A range of the file that is no block. Offsets are from its start, `end` exclusive. */
export interface CorruptRange {
  from: number;
  end: number;
  why: string;
}

/** What was found next in a capture. */
export type Found =
  | { kind: 'block'; end: number; items: CaptureItem[] }
  | ({ kind: 'corrupt' } & CorruptRange)
  /** Bytes behind the last whole block that no block follows: an unfinished write. */
  | ({ kind: 'torn' } & CorruptRange);

/**
 * Finds the blocks in a capture as its bytes come. What is no whole block is passed over up to the next head whose checksum
 * holds. It holds one block at most, and what one chunk brings.
 */
export class BlockSplitter {
  readonly #name: string;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Came behind `#bytes`, and is not looked at before it is enough for the block that has begun. */
  #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #needed = FILE_HEAD_BYTES;
  /** Offset in the file of the first byte held. */
  #at = 0;
  #headSeen = false;
  /** Where bytes begin that belong to no block; `null` where the last thing found was a whole one. */
  #corruptFrom: number | null = null;
  #why = '';

  /** `name` is what messages call the capture. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Takes the next bytes, which must stay as they are. Throws `capture_invalid` where the file is no capture, or of a later format. */
  push(chunk: Uint8Array): Found[] {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#bytes.length + this.#waitingBytes < this.#needed) return [];
    this.#join();
    return this.#find(false);
  }

  /** The capture has ended. Throws `capture_invalid` where it was too short to be one. */
  end(): Found[] {
    this.#join();
    if (!this.#headSeen) checkFileHead(this.#bytes, this.#name);
    const found = this.#find(true);
    const end = this.#at + this.#bytes.length;
    const from = this.#corruptFrom ?? this.#at;
    if (end > from) found.push({ kind: 'torn', from, end, why: this.#why === '' ? 'the last block is not whole' : this.#why });
    return found;
  }

  #join(): void {
    const bytes = new Uint8Array(this.#bytes.length + this.#waitingBytes);
    bytes.set(this.#bytes);
    let at = this.#bytes.length;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#bytes = bytes;
    this.#chunks = [];
    this.#waitingBytes = 0;
  }

  #find(isEnd: boolean): Found[] {
    const found: Found[] = [];
    this.#needed = BLOCK_HEAD_BYTES;
    let at = this.#passHead();
    while (at !== null && at + BLOCK_HEAD_BYTES <= this.#bytes.length) {
      const head = blockHeadAt(this.#bytes, at);
      if (head === null) at = this.#passOver(at, 'no block begins here');
      else {
        const end = at + BLOCK_HEAD_BYTES + head.storedBytes;
        if (end <= this.#bytes.length) at = this.#take(at, end, head, found);
        else if (isEnd) at = this.#passOver(at, 'the last block is not whole');
        else {
          this.#needed = end - at;
          break;
        }
      }
    }
    this.#drop(at ?? 0);
    return found;
  }

  /** Gives where blocks begin; `null` while the header is not whole. */
  #passHead(): number | null {
    if (this.#headSeen) return 0;
    if (this.#bytes.length < FILE_HEAD_BYTES) return null;
    checkFileHead(this.#bytes, this.#name);
    this.#headSeen = true;
    return FILE_HEAD_BYTES;
  }

  #take(at: number, end: number, head: BlockHead, found: Found[]): number {
    const stored = this.#bytes.subarray(at + BLOCK_HEAD_BYTES, end);
    if (crc32(stored) !== head.bodyCrc) return this.#passOver(at, 'the body of the block does not match its checksum');
    let items: CaptureItem[];
    try {
      items = readItems(plainBytes(unpackBody(stored, head)));
    } catch (error) {
      // Its checksum holds, so its end is its end.
      const why = `the block cannot be read: ${error instanceof Error ? error.message : 'it ends inside an item'}`;
      this.#tell(at, found);
      found.push({ kind: 'corrupt', from: this.#at + at, end: this.#at + end, why });
      return end;
    }
    this.#tell(at, found);
    found.push({ kind: 'block', end: this.#at + end, items });
    return end;
  }

  /** Goes on to the next place where a block may begin. */
  #passOver(at: number, why: string): number {
    if (this.#corruptFrom === null) {
      this.#corruptFrom = this.#at + at;
      this.#why = why;
    }
    const next = this.#bytes.indexOf(0x4f, at + 1);
    return next < 0 ? this.#bytes.length : next;
  }

  /** Tells of the corrupt bytes that end at `at`. */
  #tell(at: number, found: Found[]): void {
    if (this.#corruptFrom !== null) {
      found.push({ kind: 'corrupt', from: this.#corruptFrom, end: this.#at + at, why: this.#why });
    }
    this.#corruptFrom = null;
    this.#why = '';
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#bytes = this.#bytes.slice(count);
    this.#at += count;
  }
}
