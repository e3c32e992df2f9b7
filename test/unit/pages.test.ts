import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CODECS } from '#protocols/all';
import { loadConfig } from '../../src/config/load.ts';
import { isErrorCode } from '#errors/codes';

const ROOT = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'odograph-pages-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('docs/transports.md', () => {
  const page = readFileSync(join(ROOT, 'docs/transports.md'), 'utf8');

  it('shows configurations that can be loaded', () => {
    const examples = [...page.matchAll(/^```yaml\n([\s\S]+?)^```/gm)].map(([, yaml = '']) => yaml);
    expect(examples).toHaveLength(3);
    const file = join(directory, 'example.yaml');
    for (const example of examples) {
      writeFileSync(file, example);
      expect(() => loadConfig({ file, environment: {}, known: { protocols: [...CODECS.keys()] } })).not.toThrow();
    }
  });

  it('names codes that exist', () => {
    const named = [...page.matchAll(/`((?:listener|session|wire)_[a-z_]+)`/g)].map(([, code = '']) => code);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((code) => !isErrorCode(code))).toEqual([]);
  });
});
