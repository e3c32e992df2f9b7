/** The same figures of several runs. */
import type { Figure } from './bench.ts';
import { median } from './statistics.ts';

/** A figure, with the value of each run in the order of the runs. */
export interface Measured extends Omit<Figure, 'value'> {
  values: readonly number[];
}

/** Joins the figures of runs by their names. Throws where a run has not measured what another has. */
export function joinRuns(runs: readonly (readonly Figure[])[]): Measured[] {
  return (runs.at(-1) ?? []).map(({ value: _value, ...figure }) => {
    const values = runs.map((run) => run.find(({ name }) => name === figure.name)?.value);
    if (values.includes(undefined)) throw new Error(`not every run has measured ${figure.name}`);
    return { ...figure, values: values as number[] };
  });
}

/** The values divided by those of another figure in the same run; empty where there is no other of that name. */
export function ratiosTo(name: string, { values }: Measured, all: readonly Measured[]): number[] {
  const over = all.find((other) => other.name === name)?.values ?? [];
  return over.length === values.length ? values.map((value, run) => value / (over[run] ?? Number.NaN)) : [];
}

/** Whether the median reaches the targets that the figure has; null where it has none. */
export function meetsTargets(figure: Measured, all: readonly Measured[]): boolean | null {
  const { target, targetRatio, ceiling, better, values } = figure;
  const reaches = (value: number, wanted: number): boolean => (better === 'less' ? value <= wanted : value >= wanted);
  const verdicts: boolean[] = [];
  if (target !== undefined) verdicts.push(reaches(median(values), target));
  if (targetRatio !== undefined && ceiling !== undefined) {
    verdicts.push(reaches(median(ratiosTo(ceiling, figure, all)), targetRatio));
  }
  return verdicts.length === 0 ? null : verdicts.every(Boolean);
}
