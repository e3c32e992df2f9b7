/**
 * Takes out of stored segments what may not be kept any longer. A segment is written anew beside itself, synced, and takes the name of
 * the old one: a crash leaves the one or the other, and what it leaves beside them is deleted at the next start.
 */
import { join } from 'node:path';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import { newWriter, writeBytes, written, type Writer } from '#wire/writer';
import type { Rewrite, ScrubReport } from './contract.ts';
import type { Disk, DiskFile } from './disk.ts';
import type { Log, Segment } from './log.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import { type Scanned, SegmentScanner } from './scan.ts';
import { SEGMENT_HEAD_BYTES } from './segment.ts';

const SUFFIX = '.scrub';
/** Bytes that are written at once. */
const WRITE_BYTES = 1024 * 1024;

export interface ScrubberParts {
  disk: Disk;
  directory: string;
  log: Log;
  /** Does work while nothing else changes which segments there are. */
  alone: (work: () => Promise<void>) => Promise<void>;
  /** The spool is being closed: what is left is left. */
  isStopped: () => boolean;
}

export class Scrubber {
  readonly #parts: ScrubberParts;

  constructor(parts: ScrubberParts) {
    this.#parts = parts;
  }

  /** Scrubs the closed segments behind `after` whose records are all stored. */
  async run(rewrite: Rewrite, after: SpoolSeq, checkpointSeq: SpoolSeq): Promise<ScrubReport> {
    const report: ScrubReport = { through: after, rewritten: 0, records: 0, corruptBytes: 0 };
    for (const segment of this.#parts.log.segments.slice()) {
      const { closedAt, lastSeq } = segment;
      if (closedAt === null || lastSeq > checkpointSeq || this.#parts.isStopped()) {
        report.through = Math.max(report.through, segment.firstSeq - 1);
        break;
      }
      if (lastSeq <= after) continue;
      await this.#scrub(segment, rewrite, report);
      report.through = lastSeq;
    }
    return report;
  }

  async #scrub(segment: Segment, rewrite: Rewrite, report: ScrubReport): Promise<void> {
    const { disk, directory, log, alone } = this.#parts;
    if (!(await this.#isTouched(segment, rewrite))) return;
    const path = segment.path + SUFFIX;
    await disk.unlink(path).catch(() => undefined);
    const made = await this.#copy(segment, path, rewrite);
    await alone(async () => {
      // It was stored for so long that it was deleted meanwhile.
      if (!log.segments.includes(segment)) {
        await disk.unlink(path);
        return;
      }
      await disk.rename(path, segment.path);
      log.replace(segment, made.sizeBytes);
      await disk.syncDirectory(directory);
    });
    report.rewritten++;
    report.records += made.records;
    report.corruptBytes += made.corruptBytes;
  }

  /** Whether anything in a segment is to be changed. */
  async #isTouched(segment: Segment, rewrite: Rewrite): Promise<boolean> {
    return this.#eachOf(segment, (item) => item.kind === 'record' && changeOf(item, rewrite) !== null);
  }

  /** Writes a segment anew. */
  async #copy(
    segment: Segment,
    path: string,
    rewrite: Rewrite,
  ): Promise<{ sizeBytes: number; records: number; corruptBytes: number }> {
    const { disk } = this.#parts;
    const file = await disk.create(path);
    try {
      const out = new Output(file);
      const counts = { records: 0, corruptBytes: 0 };
      const head = new Uint8Array(SEGMENT_HEAD_BYTES);
      await this.#reading(segment, (old) => old.read(head, 0));
      await out.bytes(head);
      await this.#eachOf(segment, async (item) => {
        if (item.kind === 'corrupt') {
          counts.corruptBytes += item.size;
          return false;
        }
        const changed = changeOf(item, rewrite);
        if (changed !== null) counts.records++;
        await (changed === null ? out.bytes(item.bytes.subarray(item.at, item.at + item.size)) : out.record(item.seq, changed));
        return false;
      });
      await out.flush();
      await file.datasync();
      return { sizeBytes: out.sizeBytes, ...counts };
    } finally {
      await file.close();
    }
  }

  /** Looks at what a segment has, in order, until `look` has seen enough; tells whether it has. */
  #eachOf(segment: Segment, look: (item: Scanned) => boolean | Promise<boolean>): Promise<boolean> {
    return this.#reading(segment, async (file) => {
      const scanner = new SegmentScanner(file, SEGMENT_HEAD_BYTES, segment.firstSeq);
      for (;;) {
        const items = await scanner.read(segment.sizeBytes);
        if (items.length === 0) return false;
        for (const item of items) if (await look(item)) return true;
        // A segment takes a while: what the gateway is for goes on meanwhile.
        await new Promise<void>((resolve) => void setImmediate(resolve));
      }
    });
  }

  async #reading<Result>({ path }: Segment, read: (file: DiskFile) => Promise<Result>): Promise<Result> {
    const file = await this.#parts.disk.open(path, 'read');
    try {
      return await read(file);
    } finally {
      await file.close();
    }
  }
}

/** Deletes what a scrub that was killed has left beside its segments. */
export async function forgetScrubs(disk: Disk, directory: string): Promise<void> {
  for (const name of await disk.list(directory)) if (name.endsWith(SUFFIX)) await disk.unlink(join(directory, name));
}

/** What is to stand in the place of a record. One that cannot be read says nothing, and stays. */
function changeOf({ seq, bytes, at, size }: Scanned & { kind: 'record' }, rewrite: Rewrite): FrameRecord | null {
  let record: FrameRecord;
  try {
    record = decodeRecord(bytes, at, size);
  } catch {
    return null;
  }
  return rewrite({ seq, record });
}

/** Writes a file from its beginning, some at a time. */
class Output {
  sizeBytes = 0;
  readonly #file: DiskFile;
  readonly #writer: Writer = newWriter(WRITE_BYTES);

  constructor(file: DiskFile) {
    this.#file = file;
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    writeBytes(this.#writer, bytes);
    await this.#flushLarge();
  }

  async record(seq: SpoolSeq, record: FrameRecord): Promise<void> {
    encodeRecord(this.#writer, seq, record);
    await this.#flushLarge();
  }

  async flush(): Promise<void> {
    const bytes = written(this.#writer);
    await this.#file.write(bytes, this.sizeBytes);
    this.sizeBytes += bytes.length;
    this.#writer.length = 0;
  }

  async #flushLarge(): Promise<void> {
    if (this.#writer.length >= WRITE_BYTES) await this.flush();
  }
}
