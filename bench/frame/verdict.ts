/** Whether a figure is worse than its baseline by more than noise. */
import type { Figure } from './bench.ts';
import { ratiosTo, type Measured } from './measured.ts';
import { median, relativeSpread } from './statistics.ts';

/** What a guarded figure was when the baseline was taken. Values are of each run, divided as `guard` says. */
export interface BaselineFigure {
  name: string;
  better: Figure['better'];
  guard: NonNullable<Figure['guard']>;
  median: number;
  values: readonly number[];
}

export interface Verdict {
  name: string;
  baseline: number;
  measured: number;
  /** How much worse than the baseline, as a share of it; negative where it is better. */
  worseBy: number;
  /** How much worse it may be. */
  tolerance: number;
  isRegression: boolean;
}

/** No figure is held closer than this: how the engine compiles the same code differs from process to process by as much. */
const LEAST_TOLERANCE = 0.2;
/** Runs of a baseline are few: what comes later lies outside their spread now and then, though nothing has changed. */
const SPREADS = 1.5;

/** What `npm run bench:check` compares: the values of each run of the figures that have a guard. */
export function guardedFigures(all: readonly Measured[]): BaselineFigure[] {
  return all.flatMap((figure) => {
    const { name, better, guard } = figure;
    if (guard === undefined || better === 'neither') return [];
    const values = guard === 'alone' ? figure.values : ratiosTo(guard.over, figure, all);
    if (values.length === 0) throw new Error(`${name} is to be divided by a figure that was not measured`);
    return [{ name, better, guard, median: median(values), values }];
  });
}

export function judge(baseline: BaselineFigure, measured: readonly number[]): Verdict {
  const value = median(measured);
  // Half as fast is as far from the baseline as twice as slow, whichever way the figure counts.
  const worseBy = (baseline.better === 'less' ? value / baseline.median : baseline.median / value) - 1;
  const tolerance = Math.max(LEAST_TOLERANCE, SPREADS * relativeSpread(baseline.values));
  return {
    name: baseline.name,
    baseline: baseline.median,
    measured: value,
    worseBy,
    tolerance,
    isRegression: worseBy > tolerance,
  };
}
