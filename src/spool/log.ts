import { join } from 'node:path';
import type { Clock, EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { Disk, DiskFile } from './disk.ts';
import type { Group } from './group.ts';
import { addMark, type Mark, markFor } from './marks.ts';
import { countDeletable, type Retention } from './retention.ts';
import { encodeSegmentHead, SEGMENT_HEAD_BYTES, segmentName } from './segment.ts';

/** One file of the log. */
export interface Segment {
  readonly firstSeq: SpoolSeq;
  /** Number of the last durable record; below `firstSeq` while there is none. */
  lastSeq: SpoolSeq;
  readonly path: string;
  /** Bytes that are durable, the header included. Nothing behind them is read. */
  sizeBytes: number;
  /** `null` while it is written to. */
  closedAt: EpochMs | null;
  marks: Mark[];
}

export interface LogOptions {
  disk: Disk;
  directory: string;
  spoolId: string;
  segmentBytes: number;
  now: Clock;
}

/** The segments of a spool: the last one is written to, the others are kept until they may go. */
export class Log {
  readonly #options: LogOptions;
  #segments: Segment[];
  #file: DiskFile | null = null;
  #totalBytes: number;

  constructor(options: LogOptions, segments: Segment[]) {
    this.#options = options;
    this.#segments = segments;
    this.#totalBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Durable bytes of all segments. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Begins a new segment for records from `firstSeq` on; the one before is closed. */
  async begin(firstSeq: SpoolSeq): Promise<void> {
    const { disk, directory, spoolId, now } = this.#options;
    const path = join(directory, segmentName(firstSeq));
    const createdAt = now();
    const previous = this.#segments.at(-1);
    const file = await disk.create(path);
    try {
      await file.write(encodeSegmentHead({ spoolId, firstSeq, previousSeq: previous?.firstSeq ?? 0, createdAt }), 0);
      await file.datasync();
      await disk.syncDirectory(directory);
    } catch (error) {
      await giveUp(file);
      await disk.unlink(path).catch(() => undefined);
      throw error;
    }
    if (this.#file !== null) await giveUp(this.#file);
    if (previous !== undefined) previous.closedAt ??= createdAt;
    this.#file = file;
    this.#segments.push({ firstSeq, lastSeq: firstSeq - 1, path, sizeBytes: SEGMENT_HEAD_BYTES, closedAt: null, marks: [] });
    this.#totalBytes += SEGMENT_HEAD_BYTES;
  }

  /** Writes a group and syncs it. If this rejects, nothing may be written to the segment any more: see `abandon`. */
  async commit(group: Group): Promise<void> {
    const { firstSeq, lastSeq, receivedAt, bytes } = group;
    let segment = this.#segments.at(-1) as Segment;
    if (segment.sizeBytes >= this.#options.segmentBytes) {
      await this.begin(firstSeq);
      segment = this.#segments.at(-1) as Segment;
    }
    const file = this.#file as DiskFile;
    await file.write(bytes, segment.sizeBytes);
    await file.datasync();
    addMark(segment.marks, firstSeq, lastSeq, segment.sizeBytes, receivedAt);
    segment.sizeBytes += bytes.length;
    segment.lastSeq = lastSeq;
    this.#totalBytes += bytes.length;
  }

  /**
   * Leaves the segment whose write or sync failed. The kernel may have dropped the pages that it could not write and call
   * the next sync of the file a success, so it is never written or synced again. What lies behind its durable bytes is cut
   * off where the disk allows it: nobody was told that it is safe.
   */
  async abandon(): Promise<void> {
    const segment = this.#segments.at(-1);
    const file = this.#file;
    if (segment === undefined || file === null || segment.closedAt !== null) return;
    segment.closedAt = this.#options.now();
    this.#file = null;
    await file.truncate(segment.sizeBytes).catch(() => undefined);
    await giveUp(file);
    if (segment.lastSeq >= segment.firstSeq) return;
    const gone = await this.#options.disk.unlink(segment.path).then(
      () => true,
      () => false,
    );
    if (!gone) return;
    this.#segments.pop();
    this.#totalBytes -= segment.sizeBytes;
  }

  /** Bytes of the records up to `seq`, to about a mebibyte. */
  bytesThrough(seq: SpoolSeq): number {
    let bytes = 0;
    for (const segment of this.#segments) {
      if (segment.lastSeq > seq) {
        const mark = segment.firstSeq > seq ? undefined : markFor(segment.marks, seq + 1);
        return bytes + (mark?.offset ?? 0);
      }
      bytes += segment.sizeBytes;
    }
    return bytes;
  }

  /** When the first record behind `seq` was received, to about a second; `null` where there is none. */
  receivedAfter(seq: SpoolSeq): EpochMs | null {
    for (const segment of this.#segments) {
      if (segment.lastSeq <= seq) continue;
      const mark = markFor(segment.marks, seq + 1);
      if (mark !== undefined) return mark.receivedAt;
    }
    return null;
  }

  /** The segment in which the first record at or behind `seq` is; `undefined` where none can have it. */
  segmentFor(seq: SpoolSeq): Segment | undefined {
    return this.#segments.find((segment) => segment.lastSeq >= seq);
  }

  /** Deletes segments that need not be kept any longer. Gives the bytes that came free. */
  async retire(checkpointSeq: SpoolSeq, retention: Retention, budgetBytes: number): Promise<number> {
    const { disk, now } = this.#options;
    const count = countDeletable(this.#segments, { ...retention, budgetBytes, checkpointSeq, now: now() });
    let freed = 0;
    for (let i = 0; i < count; i++) {
      const segment = this.#segments[0] as Segment;
      await disk.unlink(segment.path);
      this.#segments.shift();
      freed += segment.sizeBytes;
      this.#totalBytes -= segment.sizeBytes;
    }
    for (const segment of this.#segments) {
      if (segment.closedAt === null || segment.lastSeq > checkpointSeq) break;
      // Only a replay reads here again, and it reads from the start.
      segment.marks = [];
    }
    return freed;
  }

  /** The segment that is written to has records, the first of them no later than `upTo`. */
  mayEnd(upTo: SpoolSeq): boolean {
    const { closedAt, firstSeq, lastSeq } = this.#segments.at(-1) as Segment;
    return closedAt === null && lastSeq >= firstSeq && firstSeq <= upTo;
  }

  /** Has another file's content in the place of a closed segment. A reader that is inside the old one reads on there. */
  replace(segment: Segment, sizeBytes: number): void {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return;
    this.#segments[index] = { ...segment, sizeBytes, marks: [] };
    this.#totalBytes += sizeBytes - segment.sizeBytes;
  }

  async close(): Promise<void> {
    if (this.#file !== null) await giveUp(this.#file);
    this.#file = null;
  }
}

/** Closes a file that is not needed any more; that it cannot be closed changes nothing. */
async function giveUp(file: DiskFile): Promise<void> {
  await file.close().catch(() => undefined);
}
