/** What the last run of `npm run guarantees` has seen of each breakage: kept beside it, and shown in `docs/guarantees.md`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Breakage } from './breakage.ts';

const FILE = join(import.meta.dirname, 'shown.json');

/** How a test failed when the code was broken. */
export interface Shown {
  /** The first line of what it said. */
  said: string;
  /** The day of the run, `YYYY-MM-DD`. */
  on: string;
}

export type ShownByKey = Record<string, Shown>;

/** Names a breakage in what is kept: it is another one when its words change. */
export function keyOf(spec: string, { rule, breaks }: Breakage): string {
  return `${spec} ${rule}: ${breaks}`;
}

export function readShown(): ShownByKey {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as ShownByKey) : {};
}

/** Keeps them in the order of their keys, so that a run changes only the lines it has something new for. */
export function writeShown(shown: ShownByKey): void {
  const sorted = Object.fromEntries(Object.entries(shown).sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}
