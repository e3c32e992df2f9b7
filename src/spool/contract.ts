/** The spool as the rest of the gateway sees it. What it promises is in `docs/specs/spool.md`. */
import type { ErrorCode } from '#errors/codes';
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { SpoolEntry, SpoolReader } from '../pipeline/ports.ts';
import type { HeldRecords } from './held.ts';
import type { Journal } from '../session/journal.ts';

/** Tells of something an operator must know; what is done about it is done already. */
export type FaultReport = (code: ErrorCode, detail: string) => void;

/** How far the records are stored, with the counts that belong to it. */
export interface Checkpoint {
  /** Every record up to and including this one is stored or quarantined in the sink; 0 for none. */
  seq: SpoolSeq;
  /** The ledger's totals as of this record; any JSON. */
  ledger: unknown;
}

/** What was found in the directory when the spool was opened. */
export interface RecoveryReport {
  segments: number;
  /** Records behind the checkpoint, counted by their numbers. */
  backlogRecords: number;
  /** Bytes of an unfinished write that were cut off the end of the last segment. */
  cutBytes: number;
  /** Ranges that match no checksum, in the segments that were looked through. */
  corruptRanges: number;
  /** Segments that another names and that are not there. */
  missingSegments: number;
}

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
  /** Time that the writes and syncs of the commits took together. */
  commitSeconds: number;
}

/** Gives what is to stand in the place of a record; `null` where it may stay. Its number stays. */
export type Rewrite = (entry: SpoolEntry) => FrameRecord | null;

/** What a scrub has come to. */
export interface ScrubReport {
  /** Up to here all records were looked at, and rewritten where they had to be. */
  through: SpoolSeq;
  /** Segments written anew. */
  rewritten: number;
  /** Records that were changed. */
  records: number;
  /** Bytes of a rewritten segment that match no checksum: they are left out of it, since nobody can tell what they say. */
  corruptBytes: number;
}

export interface Spool extends Journal {
  /** 16 hex digits, made once for the directory: with a sequence number it names a record for ever. */
  readonly id: string;
  /** Records of this life, durable or not yet, that nobody has taken on. */
  readonly held: HeldRecords;
  /** What was found when it was opened. */
  readonly recovered: RecoveryReport;
  /** The last durable record; 0 while there is none. */
  readonly committedSeq: SpoolSeq;
  /** Why nothing is accepted, in words; `null` where something is. */
  readonly refusal: string | null;
  /** Reads from a record on, or from the oldest that is left. */
  reader(fromSeq: SpoolSeq): SpoolReader;
  /** Makes durable how far the sink has come; must never go back. Rejects with `spool_io` where the disk refuses. */
  writeCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Writes the last checkpoint once more with other counts, where `amend` gives any; one at position 0 where there was none. */
  amendCheckpoint(amend: (last: Checkpoint) => Checkpoint | null): Promise<void>;
  /** The last durable checkpoint; `null` where there is none, or it was unreadable. */
  readCheckpoint(): Checkpoint | null;
  stats(): SpoolStats;
  /**
   * Rewrites the records behind `after` that are stored, as far as `rewrite` asks for it. The segment that is being written to is ended
   * first where records up to `upTo` are in it; it comes to its turn when all of it is stored. Killed at any moment it leaves each
   * segment as it was or as it is to be. Rejects with `spool_io` where the disk refuses.
   */
  scrub(rewrite: Rewrite, after: SpoolSeq, upTo: SpoolSeq): Promise<ScrubReport>;
  /** Accepts nothing more, commits what was accepted, ends the readers and lets go of the directory. */
  close(): Promise<void>;
}
