import { join } from 'node:path';
import { GatewayError } from '#errors/gateway-error';
import type { SpoolSeq } from '#model/frame-record';
import type { SpoolEntry } from '../pipeline/ports.ts';
import { nodeDisk, type Disk, type DiskFile } from './disk.ts';
import { decodeRecord } from './record.ts';
import { SegmentScanner, type Scanned } from './scan.ts';
import { decodeSegmentHead, parseSegmentName, SEGMENT_HEAD_BYTES } from './segment.ts';

/** What a history could not give. Whole once it has been read. */
export interface HistoryReport {
  /** Ranges that match no checksum. */
  corruptRanges: number;
  /** Records that could not be read. */
  unreadable: number;
}

interface OpenSegment {
  file: DiskFile;
  firstSeq: SpoolSeq;
}

/**
 * All records on the disk of a spool, those kept for replay included, read without its lock: a gateway may be writing to it.
 * Nothing is written or mended. The segments that were there when it was opened stay readable though the gateway deletes
 * them meanwhile.
 */
export class SpoolHistory {
  /** 16 hex digits; `null` where the directory holds no spool. */
  readonly spoolId: string | null;
  readonly report: HistoryReport = { corruptRanges: 0, unreadable: 0 };
  readonly #segments: readonly OpenSegment[];

  private constructor(spoolId: string | null, segments: readonly OpenSegment[]) {
    this.spoolId = spoolId;
    this.#segments = segments;
  }

  /** Opens what is there. A directory that is missing holds nothing. Rejects with `spool_io` where it cannot be read. */
  static async open(directory: string, disk: Disk = nodeDisk): Promise<SpoolHistory> {
    const names = (await ifThere(disk.list(directory))) ?? [];
    const segments: (OpenSegment & { spoolId: string | null })[] = [];
    for (const name of names.sort()) {
      const firstSeq = parseSegmentName(name);
      // One that is gone by now was stored, and is asked of whoever stored it.
      const file = firstSeq === null ? null : await ifThere(disk.open(join(directory, name), 'read'));
      if (file === null || firstSeq === null) continue;
      segments.push({ file, firstSeq, spoolId: await spoolIdOf(file, name) });
    }
    // The last one is of the spool that writes here; segments of another are left alone, as recovery does.
    const spoolId = segments.findLast((segment) => segment.spoolId !== null)?.spoolId ?? null;
    const isForeign = (segment: { spoolId: string | null }) => segment.spoolId !== null && segment.spoolId !== spoolId;
    await Promise.all(segments.filter(isForeign).map(({ file }) => file.close()));
    return new SpoolHistory(
      spoolId,
      segments.filter((segment) => !isForeign(segment)),
    );
  }

  /** Number of the first record that can be here; what came before it is stored and no longer here. `null` where none is. */
  get firstSeq(): SpoolSeq | null {
    return this.#segments[0]?.firstSeq ?? null;
  }

  /** Segments to be read. */
  get segments(): number {
    return this.#segments.length;
  }

  /**
   * Gives the records from a number on in order, with the number of segments read so far. Frames are views that belong to the caller.
   * What a gateway is just writing at the end is left out.
   */
  async *records(from: SpoolSeq = 0): AsyncGenerator<{ entry: SpoolEntry; segment: number }> {
    for (const [index, { file, firstSeq }] of this.#segments.entries()) {
      const next = this.#segments[index + 1];
      if (next !== undefined && next.firstSeq <= from) continue;
      const isLast = index === this.#segments.length - 1;
      // Asked when it is its turn: the last one grows.
      const sizeBytes = await file.sizeBytes();
      const scanner = new SegmentScanner(file, Math.min(SEGMENT_HEAD_BYTES, sizeBytes), firstSeq);
      for (;;) {
        const scanned = await read(scanner, sizeBytes);
        if (scanned.length === 0) break;
        for (const item of scanned) {
          const entry = this.#entryOf(item, isLast && item.offset + item.size >= sizeBytes);
          if (entry !== null && entry.seq >= from) yield { entry, segment: index };
        }
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#segments.map(({ file }) => file.close()));
  }

  #entryOf(item: Scanned, isEnd: boolean): SpoolEntry | null {
    if (item.kind === 'corrupt') {
      if (!isEnd) this.report.corruptRanges++;
      return null;
    }
    try {
      return { seq: item.seq, record: decodeRecord(item.bytes, item.at, item.size) };
    } catch {
      this.report.unreadable++;
      return null;
    }
  }
}

/** What a disk gives, `null` where the name is not there. */
async function ifThere<Given>(asked: Promise<Given>): Promise<Given | null> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new GatewayError('spool_io', `the spool cannot be read: ${String(cause)}`, { cause });
  }
}

async function spoolIdOf(file: DiskFile, name: string): Promise<string | null> {
  const head = new Uint8Array(SEGMENT_HEAD_BYTES);
  const count = await file.read(head, 0);
  return decodeSegmentHead(head.subarray(0, count), name)?.spoolId ?? null;
}

/** The next records of a segment; none where its end was cut off meanwhile, as that of a failed write is. */
async function read(scanner: SegmentScanner, sizeBytes: number): Promise<Scanned[]> {
  try {
    return await scanner.read(sizeBytes);
  } catch {
    return [];
  }
}
