import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../../src/observe/metric-table.ts';
import { ROOT } from './import-graph.ts';

test('every metric of the table is fed by the gateway', () => {
  const feeding = readdirSync(join(ROOT, 'src'))
    .filter((name) => /^app(-[a-z]+)*\.ts$/.test(name))
    .map((name) => `src/${name}`);
  const source = [...feeding, 'src/observe/metrics.ts'].map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
  const fed = new Set([...source.matchAll(/\.(?:pull|count|observe)\(\s*'([a-z_]+)'/g)].map(([, name]) => name));
  expect(Object.keys(METRICS).filter((name) => !fed.has(name))).toEqual([]);
});
