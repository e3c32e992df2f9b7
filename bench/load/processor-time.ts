/** What Linux counts of a process: processor time and memory. */
import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second, whatever its own clock does (proc(5), sysconf). */
const TICK_US = 10_000;
// Fields of /proc/<pid>/stat behind the name, which may hold blanks (proc(5)).
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** Processor time of all threads of a process so far, us; 0 where it is no more. */
export function processorUs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK_US;
  } catch {
    return 0;
  }
}

/** Memory a process has in the machine's, bytes; 0 where it is no more. */
export function residentBytes(pid: number): number {
  try {
    const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

/** Processes a process has started itself. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}
