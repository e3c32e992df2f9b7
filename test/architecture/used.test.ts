import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/schema-tree.ts';
import { METRICS } from '../../src/observe/metric-table.ts';
import { ROOT, filesBelow } from './import-graph.ts';

const sources = (is: (file: string) => boolean): string =>
  filesBelow('src')
    .filter((file) => is(file) && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');

test('every metric of the table is fed by the gateway', () => {
  const feeding = sources((file) => /^src\/app(-[a-z]+)*\.ts$/.test(file) || file === 'src/observe/metrics.ts');
  const fed = new Set([...feeding.matchAll(/\.(?:pull|count|observe)\(\s*'([a-z_]+)'/g)].map(([, name]) => name));
  expect(Object.keys(METRICS).filter((name) => !fed.has(name))).toEqual([]);
});

test('every setting is read by somebody', () => {
  const reading = sources((file) => !file.startsWith('src/config/') && !file.startsWith('src/cli/'));
  // The loader replaces it by what the file holds.
  const loaders = new Set(['passwordFile']);
  const unread = settings().filter(({ path }) => !new RegExp(String.raw`\b${path.at(-1)}\b`).test(reading));
  expect(unread.map(({ path }) => path.join('.')).filter((path) => !loaders.has(path.split('.').at(-1) ?? ''))).toEqual([]);
});
