/** The write-ahead log that makes frames durable. What it promises is in `docs/specs/spool.md`. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import type { FaultReport, Spool } from './contract.ts';
import { type Disk, isOutOfRoom, nodeDisk } from './disk.ts';
import { DiskSpool } from './disk-spool.ts';
import { lockDirectory } from './lock.ts';
import { Log } from './log.ts';
import { recover, type Recovered } from './recover.ts';
import { Reserve } from './reserve.ts';
import type { Retention } from './retention.ts';

export interface SpoolOptions {
  directory: string;
  /** Size from which a segment is followed by the next, bytes. */
  segmentBytes?: number;
  /** Bytes the segments may take. Stored frames kept for replay make room first; then nothing more is accepted. */
  budgetBytes: number;
  retention: Retention;
  now: Clock;
  onFault: FaultReport;
  /** A group became durable: how long its write and sync took, and how many records it had. */
  onCommit?: (seconds: number, records: number) => void;
  /** The machine's own unless a test injects faults. */
  disk?: Disk;
  /** Bytes that may wait for a sync before nothing more is accepted. */
  maxPendingBytes?: number;
  /** Bytes of committed records kept in memory for readers. */
  tailBytes?: number;
  /** Pause before a new segment is tried after the disk refused, ms: the first, doubled up to the last. */
  retryMs?: { first: number; last: number };
}

const MIB = 1024 * 1024;

export type { Spool } from './contract.ts';

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
      const obstacle = await beginUnlessFull(log, recovered, onFault);
      const reserve = await Reserve.find(disk, directory);
      if (obstacle === null) await reserve.keep();
      return new DiskSpool({
        disk,
        directory,
        log,
        lock,
        reserve,
        recovered,
        obstacle,
        onFault,
        onCommit: options.onCommit ?? (() => undefined),
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

/**
 * Begins a segment for this life. On a full disk there is none, and that is told: what the disk has is read and stored all the
 * same, or nothing would ever make room.
 */
async function beginUnlessFull(log: Log, { nextSeq }: Recovered, onFault: FaultReport): Promise<string | null> {
  try {
    await log.begin(nextSeq);
    return null;
  } catch (error) {
    if (!isOutOfRoom(error)) throw error;
    const why = `the disk is full: ${String(error)}`;
    onFault('spool_io', `no segment can be begun, ${why}`);
    return why;
  }
}
