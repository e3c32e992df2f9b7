import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';

/** How long stored frames are kept for replay: until both bounds are passed. */
export interface Retention {
  /** Milliseconds since the segment's last record. */
  ageMs: number;
  /** Bytes of segments whose records are all stored. */
  bytes: number;
}

/** What retention looks at of a segment. */
export interface RetainedSegment {
  lastSeq: SpoolSeq;
  sizeBytes: number;
  /** When its last record was written; `null` while it is written to. */
  closedAt: EpochMs | null;
}

export interface RetentionLimits extends Retention {
  /** Bytes the whole spool may have; kept frames make room for new ones. */
  budgetBytes: number;
  checkpointSeq: SpoolSeq;
  now: EpochMs;
}

/** Counts how many of the oldest segments may be deleted. Only closed ones whose records are all stored ever are. */
export function countDeletable(segments: readonly RetainedSegment[], limits: RetentionLimits): number {
  let totalBytes = 0;
  let retainedBytes = 0;
  const isStored = (segment: RetainedSegment) => segment.closedAt !== null && segment.lastSeq <= limits.checkpointSeq;
  for (const segment of segments) {
    totalBytes += segment.sizeBytes;
    if (isStored(segment)) retainedBytes += segment.sizeBytes;
  }
  let count = 0;
  for (const segment of segments) {
    const { closedAt, sizeBytes } = segment;
    if (closedAt === null || !isStored(segment)) break;
    const isOld = limits.now - closedAt > limits.ageMs;
    const isTooMuch = retainedBytes > limits.bytes;
    if (totalBytes <= limits.budgetBytes && !(isOld && isTooMuch)) break;
    totalBytes -= sizeBytes;
    retainedBytes -= sizeBytes;
    count++;
  }
  return count;
}
