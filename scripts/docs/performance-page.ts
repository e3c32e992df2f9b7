/**
 * Makes `docs/performance.md`: what is written by hand in `docs/performance/text.md`, and behind it the last result of each bench that is
 * kept. It measures nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIGURE_HEAD, figureRows } from '../../bench/frame/figure-rows.ts';
import { readLastResults, type BenchResult } from '../../bench/frame/results.ts';
import { machineWords } from './machine-words.ts';
import { markdownTable } from './markdown-table.ts';

const TEXT = join(import.meta.dirname, '../../docs/performance/text.md');

export function performancePage(): string {
  const results = readLastResults();
  const figures = results.length === 0 ? 'Nothing has been kept yet.\n' : results.map(section).join('\n');
  const machines = results.length === 0 ? [] : [`## Machines\n\n${machineWords(results)}\n`];
  return [readFileSync(TEXT, 'utf8'), `## Figures\n\n${figures}`, ...machines].join('\n');
}

function section({ bench, about, command, commit, startedAt, figures }: BenchResult): string {
  const made = `\`${command}\`, ${startedAt.slice(0, 10)}, commit \`${commit}\``;
  return `### ${bench}\n\n${about}\n\n${markdownTable(FIGURE_HEAD, figureRows(figures))}\n${made}\n`;
}
