/** The write-ahead log that makes frames durable. What it promises is in `docs/specs/spool.md`. */
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { SpoolReader } from '../pipeline/ports.ts';
import type { Journal } from '../session/journal.ts';
import { type Disk, nodeDisk } from './disk.ts';
import { DiskSpool } from './disk-spool.ts';
import type { Checkpoint } from './checkpoint.ts';
import { lockDirectory } from './lock.ts';
import { Log } from './log.ts';
import { recover, type RecoveryReport } from './recover.ts';
import type { Retention } from './retention.ts';
import type { SpoolStats } from './stats.ts';

/** Tells of something an operator must know; what is done about it is done already. */
export type FaultReport = (code: ErrorCode, detail: string) => void;

export interface SpoolOptions {
  directory: string;
  /** Size from which a segment is followed by the next, bytes. */
  segmentBytes?: number;
  /** Bytes the segments may take. Stored frames kept for replay make room first; then nothing more is accepted. */
  budgetBytes: number;
  retention: Retention;
  now: Clock;
  onFault: FaultReport;
  /** The machine's own unless a test injects faults. */
  disk?: Disk;
  /** Bytes that may wait for a sync before nothing more is accepted. */
  maxPendingBytes?: number;
  /** Bytes of committed records kept in memory for readers. */
  tailBytes?: number;
  /** Pause before a new segment is tried after the disk refused, ms: the first, doubled up to the last. */
  retryMs?: { first: number; last: number };
}

export interface Spool extends Journal {
  /** 16 hex digits, made once for the directory: with a sequence number it names a record for ever. */
  readonly id: string;
  /** What was found when it was opened. */
  readonly recovered: RecoveryReport;
  /** The last durable record; 0 while there is none. */
  readonly committedSeq: SpoolSeq;
  /** Reads from a record on, or from the oldest that is left. */
  reader(fromSeq: SpoolSeq): SpoolReader;
  /** Makes durable how far the sink has come; must never go back. Rejects with `spool_io` where the disk refuses. */
  writeCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** The last durable checkpoint; `null` where there is none, or it was unreadable. */
  readCheckpoint(): Checkpoint | null;
  stats(): SpoolStats;
  /** Accepts nothing more, commits what was accepted, ends the readers and lets go of the directory. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/** Opens the spool of a directory, which is made where it is missing. Rejects with `spool_locked` or `spool_io`. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, now, onFault, disk = nodeDisk, segmentBytes = 64 * MIB } = options;
  try {
    await disk.makeDirectory(directory);
    const lock = lockDirectory(directory);
    try {
      const recovered = await recover(disk, directory, now(), onFault);
      const log = new Log({ disk, directory, spoolId: recovered.spoolId, segmentBytes, now }, recovered.segments);
      // A segment of its own for each life, made before anything is accepted or given out, fixes the numbers below it: none
      // is used again even if what the last life left behind disappears with the next loss of power.
      await log.begin(recovered.nextSeq);
      return new DiskSpool({
        disk,
        directory,
        log,
        lock,
        recovered,
        onFault,
        budgetBytes: options.budgetBytes,
        retention: options.retention,
        maxPendingBytes: options.maxPendingBytes ?? 8 * MIB,
        tailBytes: options.tailBytes ?? 16 * MIB,
        retryMs: options.retryMs ?? { first: 250, last: 10_000 },
      });
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('spool_io', `the spool in ${directory} cannot be opened: ${String(cause)}`, { cause });
  }
}
