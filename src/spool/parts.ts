import type { FaultReport } from './contract.ts';
import type { Disk } from './disk.ts';
import type { DirectoryLock } from './lock.ts';
import type { Log } from './log.ts';
import type { Recovered } from './recover.ts';
import type { Reserve } from './reserve.ts';
import type { Retention } from './retention.ts';

/** What a spool is put together from. */
export interface DiskSpoolParts {
  disk: Disk;
  directory: string;
  log: Log;
  lock: DirectoryLock;
  reserve: Reserve;
  recovered: Recovered;
  /** Why no segment could be begun yet; `null` where one was. */
  obstacle: string | null;
  onFault: FaultReport;
  onCommit: (seconds: number, records: number) => void;
  budgetBytes: number;
  retention: Retention;
  maxPendingBytes: number;
  tailBytes: number;
  retryMs: { first: number; last: number };
}
