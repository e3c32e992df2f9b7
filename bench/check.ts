/**
 * Holds the micro benches to their baselines: `npm run bench:check [-- codec]`. Exits 1 where a figure is worse than its baseline by
 * more than noise (bench/README.md says what that is), or where one cannot be compared. What looks worse is measured again, longer,
 * before it is called so.
 */
import { readBaseline } from './frame/baselines.ts';
import { formatNumber } from './frame/figure-rows.ts';
import { chooseBenches, findBenches, type FoundBench } from './frame/find-benches.ts';
import { runRounds } from './frame/run-rounds.ts';
import { textTable } from './frame/text-table.ts';
import { guardedFigures, judge, type Verdict } from './frame/verdict.ts';

const RUNS = 3;
const RUNS_AGAIN = 5;

type Values = ReadonlyMap<string, readonly number[]>;

const tell = (words: string): void => void process.stderr.write(`${words}\n`);
const problems: string[] = [];

/** The values of guarded figures, by bench and name. */
async function measure(benches: readonly FoundBench[], runs: number): Promise<Map<string, Values>> {
  const measured = await runRounds(benches, runs, tell);
  return new Map(
    [...measured].map(([bench, figures]) => [
      bench,
      new Map(guardedFigures(figures).map(({ name, values }) => [name, values] as const)),
    ]),
  );
}

/** Compares each figure that the baseline or the run has; what only one of them has is a problem. */
function verdictsOf(bench: string, values: Values): Verdict[] {
  const figures = readBaseline(bench)?.figures ?? [];
  const unknown = [...values.keys()].filter((name) => !figures.some((figure) => figure.name === name));
  for (const name of unknown)
    problems.push(`${bench}, ${name}: has no baseline; npm run bench -- ${bench} --runs 9 --save-baseline`);
  return figures.flatMap((figure) => {
    const measured = values.get(figure.name);
    if (measured === undefined) problems.push(`${bench}, ${figure.name}: has a baseline and was not measured`);
    return measured === undefined ? [] : [judge(figure, measured)];
  });
}

const benches = chooseBenches(await findBenches(), process.argv.slice(2)).filter(({ set }) => set === 'micro');
const first = await measure(benches, RUNS);
const verdicts = new Map(benches.map(({ name }) => [name, verdictsOf(name, first.get(name) ?? new Map())]));
const suspects = benches.filter(({ name }) => verdicts.get(name)?.some(({ isRegression }) => isRegression));
if (suspects.length > 0) {
  tell(`measured again: ${suspects.map(({ name }) => name).join(', ')}`);
  for (const [bench, values] of await measure(suspects, RUNS_AGAIN)) {
    const all = new Map([...values].map(([name, again]) => [name, [...(first.get(bench)?.get(name) ?? []), ...again]]));
    const again = verdictsOf(bench, all);
    // Only what was worse both times is.
    const before = new Set(
      verdicts
        .get(bench)
        ?.filter(({ isRegression }) => isRegression)
        .map(({ name }) => name),
    );
    verdicts.set(
      bench,
      again.map((verdict) => ({ ...verdict, isRegression: verdict.isRegression && before.has(verdict.name) })),
    );
  }
}

const percent = (share: number): string => `${share > 0 ? '+' : ''}${(share * 100).toFixed(0)} %`;
const rows = [...verdicts].flatMap(([bench, list]) =>
  list.map(({ name, baseline, measured, worseBy, tolerance, isRegression }) => [
    bench,
    name,
    formatNumber(baseline),
    formatNumber(measured),
    percent(worseBy),
    percent(tolerance),
    isRegression ? 'REGRESSION' : 'fine',
  ]),
);
console.log(textTable(['bench', 'figure', 'baseline', 'measured', 'worse by', 'tolerated', 'verdict'], rows));
for (const [bench, list] of verdicts) {
  for (const { name, baseline, measured, worseBy, tolerance } of list.filter(({ isRegression }) => isRegression)) {
    problems.push(
      `${bench}, ${name}: baseline ${formatNumber(baseline)}, measured ${formatNumber(measured)}: ` +
        `worse by ${percent(worseBy)}, tolerated ${percent(tolerance)}`,
    );
  }
}
if (rows.length === 0) problems.push('nothing was compared');
for (const problem of new Set(problems)) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
