/** What guarded figures were, in `bench/baselines/`, a file for each bench. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BenchResult } from './results.ts';
import { guardedFigures, type BaselineFigure } from './verdict.ts';

const FOLDER = join(import.meta.dirname, '../baselines');

export interface Baseline extends Pick<BenchResult, 'bench' | 'commit' | 'startedAt' | 'machine'> {
  figures: readonly BaselineFigure[];
}

const fileOf = (bench: string): string => join(FOLDER, `${bench}.json`);

/** Writes the baseline of a bench that has guarded figures; says whether it has. */
export function saveBaseline({ bench, commit, startedAt, machine, figures }: BenchResult): boolean {
  const guarded = guardedFigures(figures);
  if (guarded.length === 0) return false;
  const baseline: Baseline = { bench, commit, startedAt, machine, figures: guarded };
  mkdirSync(dirname(fileOf(bench)), { recursive: true });
  writeFileSync(fileOf(bench), `${JSON.stringify(baseline, rounded, 2)}\n`);
  return true;
}

/** The baseline of a bench, or null where none was saved. */
export function readBaseline(bench: string): Baseline | null {
  const file = fileOf(bench);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Baseline) : null;
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}
