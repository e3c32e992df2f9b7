import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { configExample, configJsonSchema } from './config-pages.ts';
import { PAGES } from './pages.ts';

const root = join(import.meta.dirname, '../..');
const known = { protocols: ['teltonika', 'astra-telematics'] };

test.each(PAGES)('$path is what `npm run docs:$word` makes', async ({ path, make }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(await make());
});

describe('the example file', () => {
  test('has every setting at its default', () => {
    const example = loadConfig({ file: join(root, 'config/odograph.example.yaml'), environment: {}, known }).config;
    const defaults = loadConfig({ environment: {}, known }).config;
    expect(example).toEqual(defaults);
  });
});

describe('the JSON Schema', () => {
  const validate = new Ajv2020({ strictSchema: false }).compile(JSON.parse(configJsonSchema()) as object);

  test('accepts the example file', () => {
    expect(validate(parse(configExample()))).toBe(true);
  });

  test.each([
    { admin: { port: 70_000 } },
    { admin: { prot: 1 } },
    { limits: { idleTimeoutMs: 'soon' } },
    { listeners: [{ name: 'a', port: 1 }] },
    { clickhouse: { mode: 'cloud' } },
  ])('refuses %j, as the loader does', (tree) => {
    expect(validate(tree)).toBe(false);
    const environment = Object.fromEntries(
      Object.entries(tree).flatMap(([section, value]) =>
        Array.isArray(value)
          ? [[`ODOGRAPH_${section.toUpperCase()}`, JSON.stringify(value)]]
          : Object.entries(value).map(([key, item]) => [`ODOGRAPH_${section}__${key}`.toUpperCase(), String(item)]),
      ),
    ) as Record<string, string>;
    expect(() => loadConfig({ environment, known })).toThrow(/config_invalid/);
  });

  test('accepts quantities as numbers and as text with a unit', () => {
    expect(validate({ limits: { idleTimeoutMs: '30s' }, spool: { segmentBytes: 1_048_576, budgetBytes: '64MiB' } })).toBe(true);
  });
});
