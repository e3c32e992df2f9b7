import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { readCheckpointFile, replaceFile } from './checkpoint.ts';
import type { Checkpoint, FaultReport, RecoveryReport } from './contract.ts';
import type { Disk } from './disk.ts';
import type { Segment } from './log.ts';
import { addMark } from './marks.ts';
import { receivedAtOf } from './record.ts';
import { SegmentScanner } from './scan.ts';
import { forgetScrubs } from './scrub.ts';
import { decodeSegmentHead, parseSegmentName, SEGMENT_HEAD_BYTES, type SegmentHead } from './segment.ts';

export interface Recovered {
  spoolId: string;
  checkpoint: Checkpoint | null;
  segments: Segment[];
  /** The last record that is there, or the checkpoint where that is ahead; 0 where there is neither. */
  lastSeq: SpoolSeq;
  /** Above every number that a record, a segment or the checkpoint ever had. */
  nextSeq: SpoolSeq;
  report: RecoveryReport;
}

interface Found {
  segment: Segment;
  /** `null` where the header's bytes do not hold, or it belongs to another file. */
  head: SegmentHead | null;
  /** The spool that the header names; `null` where it cannot be read. */
  spoolId: string | null;
}

const ID_FILE = 'spool.json';

/** Reads what a directory holds and mends its end. Throws only where the disk refuses, or a later version wrote it. */
export async function recover(disk: Disk, directory: string, now: EpochMs, onFault: FaultReport): Promise<Recovered> {
  const read = await readCheckpointFile(disk, directory);
  if (read === 'unreadable') onFault('spool_corrupt', 'the checkpoint is unreadable: every record on the disk is read again');
  const checkpoint = read === 'unreadable' ? null : read;
  const checkpointSeq = checkpoint?.seq ?? 0;
  await forgetScrubs(disk, directory);
  const everything = await findSegments(disk, directory);
  const spoolId = await establishId(disk, directory, everything);
  const found = everything.filter((candidate) => candidate.spoolId === null || candidate.spoolId === spoolId);
  reportHeads(everything, spoolId, onFault);
  const report: RecoveryReport = { segments: 0, backlogRecords: 0, cutBytes: 0, corruptRanges: 0, missingSegments: 0 };
  report.missingSegments = reportMissing(found, checkpointSeq, onFault);
  closeAll(found, now);
  const nextSeq = Math.max(checkpointSeq + 1, found.at(-1)?.segment.firstSeq ?? 1);
  const segments: Segment[] = [];
  for (const [index, { segment }] of found.entries()) {
    const isLast = index === found.length - 1;
    if (isLast || (segment.lastSeq > checkpointSeq && segment.firstSeq <= checkpointSeq + 1)) {
      await lookThrough(disk, segment, isLast, report, onFault);
    }
    if (segment.lastSeq >= segment.firstSeq) segments.push(segment);
    else await disk.unlink(segment.path);
  }
  if (segments.at(-1) !== found.at(-1)?.segment) await dropLostNumbers(disk, segments, checkpointSeq);
  const lastSeq = Math.max(checkpointSeq, segments.at(-1)?.lastSeq ?? 0);
  report.segments = segments.length;
  report.backlogRecords = lastSeq - checkpointSeq;
  return { spoolId, checkpoint, segments, lastSeq, nextSeq: Math.max(nextSeq, lastSeq + 1), report };
}

/**
 * Where the segments behind were empty, the newest that is left may end in numbers whose commit failed. Nobody will ever see a
 * record of theirs: whoever waits for the last one must not wait for these.
 */
async function dropLostNumbers(disk: Disk, segments: Segment[], checkpointSeq: SpoolSeq): Promise<void> {
  for (let newest = segments.at(-1); newest !== undefined; newest = segments.at(-1)) {
    if (newest.lastSeq <= checkpointSeq) return;
    newest.lastSeq = await lastGivenOut(disk, newest);
    if (newest.lastSeq >= newest.firstSeq) return;
    await disk.unlink(newest.path);
    segments.pop();
  }
}

/** The number of the last entry that a reader makes of a segment: a record, or a corrupt range that stands for some. */
async function lastGivenOut(disk: Disk, segment: Segment): Promise<SpoolSeq> {
  const file = await disk.open(segment.path, 'read');
  try {
    const scanner = new SegmentScanner(file, SEGMENT_HEAD_BYTES, segment.firstSeq);
    let last = segment.firstSeq - 1;
    for (let items = await scanner.read(segment.sizeBytes); items.length > 0; items = await scanner.read(segment.sizeBytes)) {
      for (const { seq } of items) last = Math.min(seq, segment.lastSeq);
    }
    return last;
  } finally {
    await file.close();
  }
}

/** Lists the segments, oldest first, and reads their headers. */
async function findSegments(disk: Disk, directory: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of (await disk.list(directory)).sort()) {
    const firstSeq = parseSegmentName(name);
    if (firstSeq === null) continue;
    const path = join(directory, name);
    const file = await disk.open(path, 'read');
    try {
      const sizeBytes = await file.sizeBytes();
      const bytes = new Uint8Array(Math.min(sizeBytes, SEGMENT_HEAD_BYTES));
      await file.read(bytes, 0);
      const decoded = decodeSegmentHead(bytes, path);
      const head = decoded?.firstSeq === firstSeq ? decoded : null;
      const spoolId = decoded?.spoolId ?? null;
      found.push({ head, spoolId, segment: { firstSeq, lastSeq: firstSeq - 1, path, sizeBytes, closedAt: null, marks: [] } });
    } finally {
      await file.close();
    }
  }
  return found;
}

/** The id stands in a file of its own and in every segment, so that losing either does not change it. */
async function establishId(disk: Disk, directory: string, found: readonly Found[]): Promise<string> {
  const bytes = await disk.readWhole(join(directory, ID_FILE));
  const kept = bytes === null ? null : (/[0-9a-f]{16}/.exec(Buffer.from(bytes).toString())?.[0] ?? null);
  if (kept !== null) return kept;
  const spoolId = found.findLast((candidate) => candidate.spoolId !== null)?.spoolId ?? randomBytes(8).toString('hex');
  await replaceFile(disk, directory, ID_FILE, `${JSON.stringify({ id: spoolId })}\n`);
  return spoolId;
}

function reportHeads(found: readonly Found[], spoolId: string, onFault: FaultReport): void {
  for (const { segment, head, spoolId: named } of found) {
    if (named !== null && named !== spoolId)
      onFault('spool_corrupt', `${segment.path} belongs to another spool and is left alone`);
    else if (head === null && segment.sizeBytes > SEGMENT_HEAD_BYTES) {
      onFault('spool_corrupt', `the header of ${segment.path} is corrupt, its records are read all the same`);
    }
  }
}

function reportMissing(found: readonly Found[], checkpointSeq: SpoolSeq, onFault: FaultReport): number {
  let missing = 0;
  let previousSeq = 0;
  for (const { head, segment } of found) {
    const named = head?.previousSeq ?? previousSeq;
    // The oldest segments go when they are stored, so the first one that is left may well name one that is gone.
    const mayBeRetired = previousSeq === 0 && segment.firstSeq <= checkpointSeq + 1;
    if (named !== previousSeq && named !== 0 && !mayBeRetired) {
      missing++;
      onFault(
        'spool_corrupt',
        `the segment of record ${named} is missing: the next that is there begins at ${segment.firstSeq}`,
      );
    }
    previousSeq = segment.firstSeq;
  }
  return missing;
}

/** Gives every segment the end that the next one's beginning tells. */
function closeAll(found: readonly Found[], now: EpochMs): void {
  for (const [index, { segment, head }] of found.entries()) {
    const next = found[index + 1];
    segment.closedAt = next?.head?.createdAt ?? now;
    if (next === undefined) continue;
    segment.lastSeq = next.segment.firstSeq - 1;
    const receivedAt = head?.createdAt ?? segment.closedAt;
    segment.marks.push({ seq: segment.firstSeq, through: segment.lastSeq, offset: SEGMENT_HEAD_BYTES, receivedAt });
  }
}

/**
 * Scans a segment for its marks and its faults. In the last one, bytes behind the last valid record are an unfinished write:
 * they are cut off, and what is left is synced before anything of it is given out.
 */
async function lookThrough(
  disk: Disk,
  segment: Segment,
  isLast: boolean,
  report: RecoveryReport,
  onFault: FaultReport,
): Promise<void> {
  const file = await disk.open(segment.path, isLast ? 'write' : 'read');
  try {
    const scanner = new SegmentScanner(file, SEGMENT_HEAD_BYTES, segment.firstSeq);
    let endOfRecords = Math.min(SEGMENT_HEAD_BYTES, segment.sizeBytes);
    let lastSeq = segment.firstSeq - 1;
    segment.marks = [];
    for (let batch = await scanner.read(segment.sizeBytes); batch.length > 0; batch = await scanner.read(segment.sizeBytes)) {
      for (const item of batch) {
        if (item.kind === 'corrupt') {
          if (isLast && item.offset + item.size >= segment.sizeBytes) continue;
          report.corruptRanges++;
          onFault('spool_corrupt', `${segment.path} is corrupt from byte ${item.offset} to ${item.offset + item.size}`);
          continue;
        }
        addMark(segment.marks, item.seq, item.seq, item.offset, receivedAtOf(item.bytes, item.at));
        endOfRecords = item.offset + item.size;
        lastSeq = item.seq;
      }
    }
    if (!isLast) return;
    report.cutBytes = segment.sizeBytes - endOfRecords;
    if (report.cutBytes > 0) await file.truncate(endOfRecords);
    await file.datasync();
    segment.sizeBytes = endOfRecords;
    segment.lastSeq = lastSeq;
  } finally {
    await file.close();
  }
}
