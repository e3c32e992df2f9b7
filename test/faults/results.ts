/** Reads what runs of the fault suite have left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUITES, type FaultResult } from './result.ts';

const RESULTS = join(import.meta.dirname, '../../docs/reliability');

/** Reads every run that is kept, in the order of the suites and of time. */
export function readResults(): FaultResult[] {
  const files = existsSync(RESULTS) ? readdirSync(RESULTS).filter((name) => name.endsWith('.jsonl')) : [];
  const lines = files.flatMap((name) => readFileSync(join(RESULTS, name), 'utf8').split('\n'));
  const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as FaultResult);
  const order = Object.keys(SUITES);
  return results.sort((a, b) => order.indexOf(a.suite) - order.indexOf(b.suite) || (a.startedAt < b.startedAt ? -1 : 1));
}
