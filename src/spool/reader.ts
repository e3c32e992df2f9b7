import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { SpoolEntry, SpoolReader } from '../pipeline/ports.ts';
import type { FaultReport } from './contract.ts';
import type { Disk, DiskFile } from './disk.ts';
import type { Log, Segment } from './log.ts';
import { markBefore } from './marks.ts';
import { decodeRecord } from './record.ts';
import { type Scanned, SegmentScanner } from './scan.ts';
import { SEGMENT_HEAD_BYTES } from './segment.ts';
import type { Tail } from './tail.ts';

/** Bytes of a corrupt range that go to quarantine; the rest stays where it is until its segment is deleted. */
const MAX_CORRUPT_BYTES = 64 * 1024;

/** What a reader sees of its spool. */
export interface ReaderSource {
  readonly disk: Disk;
  readonly log: Log;
  readonly tail: Tail;
  /** Resolves at the next commit. */
  committed(): Promise<void>;
  onFault: FaultReport;
  /** Pause before a read that failed is tried again. */
  readonly readRetryMs: number;
  /** The reader has gone past `nextSeq`, or ended. */
  moved(): void;
  ended(reader: Reader): void;
}

/** One place of reading in the disk's part of the log. */
interface Place {
  segment: Segment;
  file: DiskFile;
  scanner: SegmentScanner;
}

/** Reads committed records in order: from memory where they still are there, from their segments otherwise. */
export class Reader implements SpoolReader {
  /** The next record to give. */
  nextSeq: SpoolSeq;
  readonly #source: ReaderSource;
  #place: Place | null = null;
  /** Scanned, not given yet. */
  #scanned: Scanned[] = [];
  #closed = false;
  /** A call of `next` has not returned yet. */
  #reading = false;
  #wake: (() => void) | null = null;

  constructor(source: ReaderSource, fromSeq: SpoolSeq) {
    this.#source = source;
    this.nextSeq = fromSeq;
  }

  async next(most: number): Promise<readonly SpoolEntry[] | null> {
    this.#reading = true;
    try {
      return await this.#next(most);
    } finally {
      this.#reading = false;
      if (this.#closed) await this.#leavePlace();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#source.ended(this);
    this.#wake?.();
    if (!this.#reading) void this.#leavePlace();
  }

  async #next(most: number): Promise<readonly SpoolEntry[] | null> {
    const source = this.#source;
    while (!this.#closed) {
      if (this.nextSeq >= source.tail.from) {
        const entries = source.tail.take(this.nextSeq, most);
        if (entries.length > 0) {
          if (this.#place !== null) await this.#leavePlace();
          return this.#give(entries);
        }
        await this.#untilCommitted();
      } else {
        const entries = await this.#readDisk(most);
        if (entries.length > 0) return this.#give(entries);
      }
    }
    return null;
  }

  #give(entries: SpoolEntry[]): SpoolEntry[] {
    this.nextSeq = (entries.at(-1) as SpoolEntry).seq + 1;
    this.#source.moved();
    return entries;
  }

  async #untilCommitted(): Promise<void> {
    const closing = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([this.#source.committed(), closing]);
    this.#wake = null;
  }

  /** Gives what one read of the disk brings; nothing where it only moved on, or the disk refused for the time being. */
  async #readDisk(most: number): Promise<SpoolEntry[]> {
    try {
      return await this.#scanOn(most);
    } catch (error) {
      if (this.#closed) return [];
      this.#source.onFault('spool_io', `record ${this.nextSeq} cannot be read: ${String(error)}`);
      await this.#leavePlace();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, this.#source.readRetryMs).unref();
      });
      return [];
    }
  }

  async #scanOn(most: number): Promise<SpoolEntry[]> {
    const source = this.#source;
    // Taken before anything is waited for: what is forgotten in memory meanwhile is on the disk, and must be read there.
    const inMemoryFrom = source.tail.from;
    if (this.#scanned.length === 0) {
      const place = this.#place ?? (await this.#enter(source.log.segmentFor(this.nextSeq)));
      if (place === null) {
        // Numbers that no segment has: their commit failed, or they were deleted.
        this.nextSeq = inMemoryFrom;
        return [];
      }
      // The segment may grow while it is read: its end and the number that belongs to it are taken together.
      const { sizeBytes, lastSeq } = place.segment;
      this.#scanned = await place.scanner.read(sizeBytes);
      if (this.#scanned.length === 0) {
        this.nextSeq = Math.max(this.nextSeq, lastSeq + 1);
        await this.#leavePlace();
        return [];
      }
    }
    const entries: SpoolEntry[] = [];
    let used = 0;
    for (; used < this.#scanned.length && entries.length < most; used++) {
      const item = this.#scanned[used] as Scanned;
      const entry = item.seq < this.nextSeq ? null : await this.#entryOf(item);
      if (entry !== null) entries.push(entry);
    }
    this.#scanned = this.#scanned.slice(used);
    return entries;
  }

  async #enter(segment: Segment | undefined): Promise<Place | null> {
    if (segment === undefined) return null;
    const mark = markBefore(segment.marks, this.nextSeq);
    const file = await this.#source.disk.open(segment.path, 'read');
    if (!this.#source.log.segments.includes(segment)) {
      // A scrub has given its name to another file meanwhile.
      await file.close();
      return this.#enter(this.#source.log.segmentFor(this.nextSeq));
    }
    const scanner = new SegmentScanner(file, mark?.offset ?? SEGMENT_HEAD_BYTES, mark?.seq ?? segment.firstSeq);
    this.#place = { segment, file, scanner };
    return this.#place;
  }

  async #leavePlace(): Promise<void> {
    const file = this.#place?.file;
    this.#place = null;
    this.#scanned = [];
    // A file that was only read has nothing to lose by a failing close.
    await file?.close().catch(() => undefined);
  }

  /** Makes an entry of what was scanned; a corrupt range becomes one that ends in quarantine. */
  async #entryOf(item: Scanned): Promise<SpoolEntry | null> {
    if (item.kind === 'record') {
      try {
        return { seq: item.seq, record: decodeRecord(item.bytes, item.at, item.size) };
      } catch {
        return this.#corruptEntry(item.seq, item.offset, item.size);
      }
    }
    const { segment } = this.#place as Place;
    // Where no number is missing, no record is: the bytes belong to nothing that was acknowledged.
    const isMissing = item.seq < (item.before ?? segment.lastSeq + 1);
    return isMissing ? this.#corruptEntry(item.seq, item.offset, item.size) : null;
  }

  async #corruptEntry(seq: SpoolSeq, offset: number, size: number): Promise<SpoolEntry> {
    const { segment, file } = this.#place as Place;
    const detail = `bytes ${offset} to ${offset + size} of ${segment.path} match no checksum`;
    this.#source.onFault('spool_corrupt', detail);
    const frame = new Uint8Array(Math.min(size, MAX_CORRUPT_BYTES));
    await file.read(frame, offset);
    const note = frame.length < size ? ` (the first ${frame.length} are kept here)` : '';
    const receivedAt = markBefore(segment.marks, seq)?.receivedAt ?? segment.closedAt ?? 0;
    return { seq, record: corruptRecord(frame, receivedAt, detail + note) };
  }
}

/** Stands for records whose bytes are corrupt: all that is known of them is about when they came. */
function corruptRecord(frame: Uint8Array, receivedAt: EpochMs, faultDetail: string): FrameRecord {
  return {
    receivedAt,
    transport: 'replay',
    listener: '',
    peer: '',
    sessionId: '',
    protocol: 'unknown',
    codecVersion: 0,
    ident: null,
    dialect: null,
    fault: 'spool_corrupt',
    faultDetail,
    frame,
  };
}
