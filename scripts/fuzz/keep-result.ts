/** Keeps what a run has come to in `docs/reliability/`, in the form the report is made from. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Findings, Machine, SuiteName } from '../../test/faults/result.ts';

const RESULTS = join(import.meta.dirname, '../../docs/reliability');

/** What only the run itself knows. */
interface Measured {
  suite: SuiteName;
  command: string;
  /** `null` where the run has none. */
  seed: number | null;
  startedAt: Date;
  counts: Readonly<Record<string, number>>;
  acknowledged: number;
  findings: Findings;
  notes: readonly string[];
}

/** Adds a run to the results of its suite, or to another file. `commit` is that of the code that was run. */
export function keepResult({ startedAt, ...measured }: Measured, commit: string, file?: string): void {
  const machine: Machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1_000);
  const result = { ...measured, commit, startedAt: startedAt.toISOString(), seconds, machine };
  const path = file ?? join(RESULTS, `${measured.suite}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(result)}\n`);
}

/** The commit that is checked out, with `+` behind it where files were changed since. */
export function presentCommit(): string {
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
  return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '+' : ''}`;
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}
