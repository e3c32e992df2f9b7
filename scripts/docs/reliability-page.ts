/** Makes `docs/reliability.md` of the results that runs of the fault suite have left. It adds up, and measures nothing. */
import { SUITES, type FaultResult, type Findings, type SuiteName } from '../../test/faults/result.ts';
import { readResults } from '../../test/faults/results.ts';
import { machineWords } from './machine-words.ts';
import { markdownTable } from './markdown-table.ts';

const HEAD = `# Reliability

**What was acknowledged is never lost, and lands once.** This page is what runs of the fault suite found when they tried to break
that sentence. It is made from the results in \`docs/reliability/\`, a line for each run, by \`npm run docs:reliability\`; every number in
it was measured by the command beside it. How the suite works: [test/faults](../test/faults/README.md).

A reference client remembers every acknowledgement it got. At the end a judge compares that memory with \`messages\` (as the rows lie in
the table and as readers see them), \`quarantine\`, the journal \`frames\` and the ledger:

- **lost**: acknowledged, and neither stored nor in quarantine
- **duplicated**: seen twice by a reader, or inserted twice from one place of the spool
- **altered**: stored with another value than was sent
- **reordered**: stored before what its tracker was told of earlier
- **invented**: stored, and never sent
- **unbalanced**: the ledger does not add up, or says other than the journal
`;

/** What a release is to have been through, and where it is counted. */
const TARGETS: readonly { suite: SuiteName; count: string; name: string; least: number }[] = [
  { suite: 'kills', count: 'kills', name: 'kills', least: 1_000 },
  { suite: 'fuzz', count: 'frames', name: 'fuzzed frames', least: 10_000_000 },
  { suite: 'soak', count: 'seconds', name: 'seconds of soak at half the capacity', least: 3_600 },
  { suite: 'hostile', count: 'connections', name: 'hostile connections', least: 50_000 },
];

const FINDINGS: readonly (keyof Findings)[] = ['lost', 'duplicated', 'altered', 'reordered', 'invented', 'unbalanced'];

export function reliabilityPage(): string {
  const results = readResults();
  const suites = (Object.keys(SUITES) as SuiteName[]).map((suite) => ({
    suite,
    runs: results.filter((result) => result.suite === suite),
  }));
  const sections = suites.filter(({ runs }) => runs.length > 0).map(({ suite, runs }) => section(suite, runs));
  const parts = [
    HEAD,
    summary(results),
    ...sections,
    ...(results.length === 0 ? [] : [`## Machines\n\n${machineWords(results)}\n`]),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

function summary(results: readonly FaultResult[]): string {
  const rows = TARGETS.map(({ suite, count, name, least }) => {
    const runs = results.filter((result) => result.suite === suite);
    const done = sum(runs, (result) => result.counts[count] ?? 0);
    return [name, number(least), number(done), number(sum(runs, acknowledgedIn)), found(runs)];
  });
  const rest = results.filter(({ suite }) => !TARGETS.some((target) => target.suite === suite));
  if (rest.length > 0) rows.push(['other runs', '', number(rest.length), number(sum(rest, acknowledgedIn)), found(rest)]);
  return `## Summary\n\n${markdownTable(['what', 'wanted', 'done', 'acknowledged and judged', 'found'], rows)}`;
}

function section(suite: SuiteName, runs: readonly FaultResult[]): string {
  const names = [...new Set(runs.flatMap(({ counts }) => Object.keys(counts)))];
  const totals = runs.length > 1 && suite !== 'soak';
  const counts = names.map((name) => {
    const values = runs.map((run) => run.counts[name]).filter((value) => value !== undefined);
    return totals ? [name, number(values.reduce((all, value) => all + value, 0))] : [name, values.map(number).join(', ')];
  });
  const lines = runs.map((run) => {
    return [
      run.startedAt.slice(0, 16),
      `\`${run.command}\``,
      `\`${run.commit}\``,
      number(run.seconds),
      number(run.acknowledged),
      found([run]),
    ];
  });
  const notes = [...new Set(runs.flatMap((run) => run.notes))].map((note) => `- ${note}`);
  return [
    `## ${SUITES[suite]}\n`,
    markdownTable(['count', totals ? `of ${runs.length} runs` : 'value'], counts),
    markdownTable(['started (UTC)', 'command', 'commit', 'seconds', 'acknowledged', 'found'], lines),
    ...(notes.length === 0 ? [] : [`${notes.join('\n')}\n`]),
  ].join('\n');
}

/** What the judge found in runs, in words. */
function found(runs: readonly FaultResult[]): string {
  if (runs.length === 0) return 'not run';
  const kinds = FINDINGS.map((kind) => [kind, sum(runs, ({ findings }) => findings[kind])] as const);
  const bad = kinds.filter(([, count]) => count > 0);
  return bad.length === 0 ? 'nothing' : bad.map(([kind, count]) => `**${count} ${kind}**`).join(', ');
}

const acknowledgedIn = ({ acknowledged }: FaultResult): number => acknowledged;
const sum = (runs: readonly FaultResult[], of: (run: FaultResult) => number): number =>
  runs.reduce((all, run) => all + of(run), 0);
const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
