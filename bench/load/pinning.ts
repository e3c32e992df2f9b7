/**
 * Which processors benches run on: the load generator on one, what it loads on another, so that neither takes the other's time. Where there is
 * no `taskset` or one processor alone, they share.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const LOADED = '0';
export const GENERATOR_PROCESSOR = '1';

export const isPinned = availableParallelism() > 1 && hasTaskset();

/** Words before those that start a process. */
export const onLoadedProcessor: readonly string[] = isPinned ? ['taskset', '-c', LOADED] : [];
export const onGeneratorProcessor: readonly string[] = isPinned ? ['taskset', '-c', GENERATOR_PROCESSOR] : [];

/** Lets a process that a pinned one has started run wherever there is room. */
export function unpin(pid: number): void {
  if (isPinned) allow('-acp', pid);
}

/** Lets all threads of a process but the main one run wherever there is room: the collector's, the compiler's, those of the disk. */
export function unpinHelpers(pid: number): void {
  if (!isPinned) return;
  for (const thread of readdirSync(`/proc/${pid}/task`)) if (thread !== String(pid)) allow('-cp', Number(thread));
}

function allow(how: string, pid: number): void {
  execFileSync('taskset', [how, `0-${availableParallelism() - 1}`, String(pid)], { stdio: 'ignore' });
}

/** What `fork` needs to start a Node behind these words. */
export function forkOptions([execPath, ...words]: readonly string[]): { execPath: string; execArgv: string[] } {
  const flags = '--disable-warning=ExperimentalWarning';
  if (execPath === undefined) return { execPath: process.execPath, execArgv: [flags] };
  return { execPath, execArgv: [...words, process.execPath, flags] };
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
