/** What runs leave in `docs/performance/results.jsonl`, a line for each bench: kept by `npm run bench`, read for the report. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from '../../test/faults/result.ts';
import type { Measured } from './measured.ts';

export const RESULTS_FILE = join(import.meta.dirname, '../../docs/performance/results.jsonl');

/** All runs of one bench by one command. */
export interface BenchResult {
  bench: string;
  about: string;
  /** As it is typed in the root of the repository, for this bench alone. */
  command: string;
  /** Of the code that was run, with `+` behind it where files were changed since. */
  commit: string;
  startedAt: string;
  machine: Machine;
  figures: readonly Measured[];
}

export function keepResults(results: readonly BenchResult[], file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, results.map((result) => `${JSON.stringify(result)}\n`).join(''));
}

/** The last result of each bench, by name. */
export function readLastResults(file: string = RESULTS_FILE): BenchResult[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const results = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BenchResult);
  const last = new Map(results.map((result) => [result.bench, result]));
  return [...last.values()].sort((a, b) => (a.bench < b.bench ? -1 : 1));
}
