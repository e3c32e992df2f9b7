/** Computing time of processes and their threads, as Linux counts it. */
import { readFileSync, readdirSync } from 'node:fs';

/** Ticks a second of /proc: the same on every machine Linux runs on today. */
const TICKS_PER_S = 100;

/** Seconds in user and kernel mode. */
export interface CpuTime {
  user: number;
  system: number;
}

/** What all threads of a process have used so far, and its threads by name; the first one is `main`. */
export function cpuTimeOf(pid: number): { all: CpuTime; threads: Map<string, number> } {
  const threads = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const { name, time } = statOf(`/proc/${pid}/task/${thread}/stat`);
    const known = thread === String(pid) ? 'main' : name;
    threads.set(known, (threads.get(known) ?? 0) + time.user + time.system);
  }
  return { all: statOf(`/proc/${pid}/stat`).time, threads };
}

function statOf(path: string): { name: string; time: CpuTime } {
  const text = readFileSync(path, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  return { name, time: { user: Number(fields[11]) / TICKS_PER_S, system: Number(fields[12]) / TICKS_PER_S } };
}
