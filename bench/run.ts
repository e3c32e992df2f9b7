/**
 * Runs benches, each run of each in a process of its own, and prints medians of the runs:
 *
 *     npm run bench                        all but those that must be named
 *     npm run bench -- codec e2e/tcp       those whose names begin so
 *     npm run bench -- --micro             the micro benches of those, which npm run bench:check runs
 *     npm run bench -- --list              names, times, and what they measure
 *     npm run bench -- codec --runs 5      rounds of all that were chosen, in turns
 *     npm run bench -- codec --keep        adds the result to docs/performance/results.jsonl; --keep-in FILE to another file
 *     npm run bench -- codec --save-baseline   writes bench/baselines, to which npm run bench:check compares
 */
import { parseArgs } from 'node:util';
import { presentCommit, presentMachine } from '../test/faults/results.ts';
import { saveBaseline } from './frame/baselines.ts';
import { FIGURE_HEAD, figureRows } from './frame/figure-rows.ts';
import { chooseBenches, findBenches } from './frame/find-benches.ts';
import { keepResults, RESULTS_FILE, type BenchResult } from './frame/results.ts';
import { runRounds } from './frame/run-rounds.ts';
import { textTable } from './frame/text-table.ts';

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: {
    micro: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
    'keep-in': { type: 'string' },
    'save-baseline': { type: 'boolean', default: false },
  },
});
const runs = Number(flags.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs wants a whole number from 1');
const chosen = chooseBenches(await findBenches(), positionals).filter(({ set }) => !flags.micro || set === 'micro');

if (flags.list) {
  const rows = chosen.map(({ name, seconds, set = 'usual', about }) => [name, String(seconds), set, about]);
  console.log(textTable(['bench', 'seconds', 'set', 'about'], rows));
} else {
  const startedAt = new Date().toISOString();
  const [commit, machine] = [presentCommit(), presentMachine()];
  const measured = await runRounds(chosen, runs, (words) => process.stderr.write(`${words}\n`));
  const results = chosen.map(({ name, about }): BenchResult => {
    const command = `npm run bench -- ${name} --runs ${runs}`;
    return { bench: name, about, command, commit, startedAt, machine, figures: measured.get(name) ?? [] };
  });
  for (const { bench, about, command, figures } of results) {
    console.log(`\n${bench}: ${about}\n${command} (${commit}, Node ${machine.node})\n`);
    console.log(textTable(FIGURE_HEAD, figureRows(figures)));
  }
  const file = flags['keep-in'] ?? (flags.keep ? RESULTS_FILE : null);
  if (file !== null) keepResults(results, file);
  if (flags['save-baseline']) {
    for (const result of results) if (saveBaseline(result)) console.log(`saved the baseline of ${result.bench}`);
  }
}
