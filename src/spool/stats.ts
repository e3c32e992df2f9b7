import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';

/** Upper bounds of the commit latency's buckets, seconds; a last one without bound follows. */
export const COMMIT_BUCKETS_S = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** A spool in numbers. */
export interface SpoolStats {
  /** The last durable record; 0 while there is none. */
  committedSeq: SpoolSeq;
  checkpointSeq: SpoolSeq;
  /** Durable records behind the checkpoint. Numbers whose commit failed are counted until the checkpoint has passed them. */
  backlogRecords: number;
  /** Their bytes, to about a mebibyte. */
  backlogBytes: number;
  /** When the oldest of them was received, to about a second; `null` where there is none. */
  oldestReceivedAt: EpochMs | null;
  /** Bytes of all segments, those kept for replay included. */
  totalBytes: number;
  segments: number;
  /** Encoded bytes that wait for a sync. */
  pendingBytes: number;
  /** Bytes of records kept in memory for readers. */
  tailBytes: number;
  /** Since the spool was opened. */
  commits: number;
  committedRecords: number;
  failedCommits: number;
  commitLatency: LatencyCounts;
}

/** How long write and sync of a group took. */
export interface LatencyCounts {
  /** Counts a bucket of `COMMIT_BUCKETS_S`, not cumulative; the last one has no bound. */
  counts: number[];
  sumSeconds: number;
}

export function newLatencyCounts(): LatencyCounts {
  return { counts: Array.from({ length: COMMIT_BUCKETS_S.length + 1 }, () => 0), sumSeconds: 0 };
}

export function countLatency(latency: LatencyCounts, seconds: number): void {
  let bucket = 0;
  while (bucket < COMMIT_BUCKETS_S.length && seconds > (COMMIT_BUCKETS_S[bucket] as number)) bucket++;
  latency.counts[bucket] = (latency.counts[bucket] as number) + 1;
  latency.sumSeconds += seconds;
}
