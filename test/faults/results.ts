/** Keeps what runs of the fault suite leave behind, and reads it. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

import { SUITES, type FaultResult, type Machine } from './result.ts';

const RESULTS = join(import.meta.dirname, '../../docs/reliability');

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

/** The commit that is checked out, with `+` behind it where files were changed since. */
export function thisCommit(): string {
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
  return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '+' : ''}`;
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}

/** Adds a run to the results of its suite, or to another file. */
export function keepResult(result: FaultResult, file = join(RESULTS, `${result.suite}.jsonl`)): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** Reads every run that is kept, in the order of the suites and of time. */
export function readResults(): FaultResult[] {
  const files = readdirSync(RESULTS).filter((name) => name.endsWith('.jsonl'));
  const lines = files.flatMap((name) => readFileSync(join(RESULTS, name), 'utf8').split('\n'));
  const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as FaultResult);
  const order = Object.keys(SUITES);
  return results.sort((a, b) => order.indexOf(a.suite) - order.indexOf(b.suite) || (a.startedAt < b.startedAt ? -1 : 1));
}
