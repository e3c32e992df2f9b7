/** What runs of the fault suite leave in `docs/reliability/`: kept by each run, read for the report. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { SUITES, type FaultResult, type Machine } from './result.ts';

const RESULTS = join(import.meta.dirname, '../../docs/reliability');

/** Reads every run that is kept, in the order of the suites and of time. */
export function readResults(): FaultResult[] {
  const files = existsSync(RESULTS) ? readdirSync(RESULTS).filter((name) => name.endsWith('.jsonl')) : [];
  const lines = files.flatMap((name) => readFileSync(join(RESULTS, name), 'utf8').split('\n'));
  const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as FaultResult);
  const order = Object.keys(SUITES);
  return results.sort((a, b) => order.indexOf(a.suite) - order.indexOf(b.suite) || (a.startedAt < b.startedAt ? -1 : 1));
}

/** What only the run itself knows. */
type Measured = Omit<FaultResult, 'commit' | 'startedAt' | 'seconds' | 'machine'> & { startedAt: Date };

/** Adds a run to the results of its suite, or to another file. `commit` is that of the code that was run. */
export function keepResult({ startedAt, ...measured }: Measured, commit: string, file?: string): void {
  const machine = presentMachine();
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1_000);
  const result: FaultResult = { ...measured, commit, startedAt: startedAt.toISOString(), seconds, machine };
  const path = file ?? join(RESULTS, `${measured.suite}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(result)}\n`);
}

/** The machine this process runs on. */
export function presentMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

/** The commit that is checked out, with `+` behind it where files were changed since. */
export function presentCommit(): string {
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
  return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '+' : ''}`;
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}
