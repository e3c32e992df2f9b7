import type { SpoolSeq } from '#model/frame-record';
import { cursorOver, readU32, readU64 } from '#wire/cursor';
import { plainBytes } from '#wire/plain-bytes';
import type { DiskFile } from './disk.ts';
import { MAX_RECORD_BYTES, MIN_RECORD_BYTES, probeRecord, RECORD_HEAD_BYTES } from './record.ts';

const CHUNK_BYTES = 256 * 1024;
/** How far ahead a record found behind a corrupt range may be numbered; more means that it only looks like one. */
const MAX_SKIPPED = 1_000_000;

/** What stands at a place of a segment. */
export type Scanned =
  /** A record whose checksum holds: `bytes[at, at + size)`. */
  | { kind: 'record'; seq: SpoolSeq; offset: number; size: number; bytes: Uint8Array; at: number }
  /**
   * Bytes that are no record; `seq` is the number the first record in them must have had, `before` that of the record
   * behind them, `null` where there is none.
   */
  | { kind: 'corrupt'; seq: SpoolSeq; before: SpoolSeq | null; offset: number; size: number };

/**
 * Reads the records of one segment in order. Bytes that are no valid record are passed over up to the next valid record,
 * and told of. Every `read` has memory of its own, so that views on it stay as they are.
 */
export class SegmentScanner {
  /** Where the next `read` begins. */
  offset: number;
  readonly #file: DiskFile;
  readonly #chunkBytes: number;
  #nextSeq: SpoolSeq;

  constructor(file: DiskFile, offset: number, nextSeq: SpoolSeq, chunkBytes = CHUNK_BYTES) {
    this.#file = file;
    this.offset = offset;
    this.#nextSeq = nextSeq;
    this.#chunkBytes = chunkBytes;
  }

  /** Gives the next records before `end`; an empty array there. */
  async read(end: number): Promise<Scanned[]> {
    let want = this.#chunkBytes;
    while (this.offset < end) {
      const bytes = await this.#load(this.offset, Math.min(want, end - this.offset));
      const found = this.#parse(bytes);
      if (found.length > 0) return found;
      const probed = probeRecord(bytes, 0, this.#nextSeq, Number.MAX_SAFE_INTEGER);
      if (probed.kind === 'need-more' && probed.size > bytes.length && this.offset + probed.size <= end) want = probed.size;
      else return this.#passOver(end);
    }
    return [];
  }

  #parse(bytes: Uint8Array): Scanned[] {
    const found: Scanned[] = [];
    let at = 0;
    for (;;) {
      const probed = probeRecord(bytes, at, this.#nextSeq, Number.MAX_SAFE_INTEGER);
      if (probed.kind !== 'record') break;
      const { seq, size } = probed;
      found.push({ kind: 'record', seq, offset: this.offset, size, bytes, at });
      at += size;
      this.offset += size;
      this.#nextSeq = seq + 1;
    }
    return found;
  }

  /** Tells of the corrupt bytes at the offset, and gives the records behind them. */
  async #passOver(end: number): Promise<Scanned[]> {
    const offset = this.offset;
    const seq = this.#nextSeq;
    const behind = await this.#findRecord(offset + 1, end);
    this.offset = behind?.offset ?? end;
    const found = behind === null ? [] : this.#parse(behind.bytes);
    return [{ kind: 'corrupt', seq, before: found[0]?.seq ?? null, offset, size: (behind?.offset ?? end) - offset }, ...found];
  }

  /** Looks for the first valid record at or behind `from`. */
  async #findRecord(from: number, end: number): Promise<{ offset: number; bytes: Uint8Array } | null> {
    const maxSeq = this.#nextSeq + MAX_SKIPPED;
    for (let start = from; start + MIN_RECORD_BYTES <= end;) {
      const bytes = await this.#load(start, Math.min(this.#chunkBytes, end - start));
      const cursor = cursorOver(bytes);
      const last = bytes.length - RECORD_HEAD_BYTES;
      for (let at = 0; at <= last; at++) {
        cursor.offset = at + 4;
        const size = readU32(cursor) + 8;
        if (size < MIN_RECORD_BYTES || size > MAX_RECORD_BYTES || start + at + size > end) continue;
        const seq = readU64(cursor);
        if (seq < this.#nextSeq || seq > maxSeq) continue;
        const offset = start + at;
        const whole = await this.#load(offset, size);
        if (probeRecord(whole, 0, seq, seq).kind === 'record') return { offset, bytes: whole };
      }
      start += last + 1;
    }
    return null;
  }

  async #load(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(length);
    const count = await this.#file.read(bytes, offset);
    if (count < length) throw new Error(`a segment ends at byte ${offset + count}, before ${offset + length}`);
    return plainBytes(bytes);
  }
}
