/** What Linux counts of a process: processor time and memory. */
import { readFileSync } from 'node:fs';
import { cpuTimeOf } from './cpu-time.ts';

/** Processor time of all threads of a process so far, us; 0 where it is no more. */
export function processorUs(pid: number): number {
  try {
    const { user, system } = cpuTimeOf(pid).all;
    return (user + system) * 1e6;
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
