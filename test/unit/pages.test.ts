import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CODECS } from '#protocols/all';
import { loadConfig } from '../../src/config/load.ts';
import { isErrorCode } from '#errors/codes';
import { FORMATS, type SourceFormat } from '../../src/capture/import/index.ts';
import { detectFormat } from '../../src/capture/import/formats.ts';
import { imported } from '../../src/capture/import/import-fixture.ts';
import { NOTES, SKIPS } from '../../src/capture/import/reasons.ts';

const ROOT = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'odograph-pages-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('docs/transports.md', () => {
  const page = readFileSync(join(ROOT, 'docs/transports.md'), 'utf8');

  it('shows configurations that can be loaded', () => {
    const examples = [...page.matchAll(/^```yaml\n([\s\S]+?)^```/gm)].map(([, yaml = '']) => yaml);
    expect(examples).toHaveLength(4);
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

describe('docs/console.md', () => {
  it('shows a sign-in that can be configured', () => {
    const [, yaml = ''] = /^```yaml\n([\s\S]+?)^```/m.exec(readFileSync(join(ROOT, 'docs/console.md'), 'utf8')) ?? [];
    expect(yaml).toContain('oidc:');
    const file = join(directory, 'console.yaml');
    writeFileSync(file, yaml);
    expect(() => loadConfig({ file, environment: {}, known: { protocols: [...CODECS.keys()] } })).not.toThrow();
  });
});

describe('docs/faults.md', () => {
  it('names tests that are there, and all that are in the folders of its faults', () => {
    const page = readFileSync(join(ROOT, 'docs/faults.md'), 'utf8');
    const named = new Set([...page.matchAll(/`((?:src|test)\/[\w/.-]+\.test\.ts)`/g)].map(([, file = '']) => file));
    expect([...named].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    const there = ['disk', 'world'].flatMap((folder) =>
      readdirSync(join(ROOT, 'test/faults', folder)).map((name) => `test/faults/${folder}/${name}`),
    );
    expect(there.filter((file) => file.endsWith('.test.ts') && !named.has(file))).toEqual([]);
  });
});

describe('docs/import.md', () => {
  const page = readFileSync(join(ROOT, 'docs/import.md'), 'utf8');

  it('shows an example of each format, each of which is recognised and read to its last line', () => {
    const examples = [...page.matchAll(/^```text ([a-z0-9-]+)\n([\s\S]+?)^```/gm)].map(([, format = '', text = '']) => ({
      format,
      text,
    }));
    expect(examples.map(({ format }) => format)).toEqual(
      FORMATS.filter((format) => !format.startsWith('pcap')).toSorted(inPage(page)),
    );
    for (const { format, text } of examples) {
      expect(detectFormat(new TextEncoder().encode(text))).toBe(format);
      const { entries, report } = imported(format as SourceFormat, text);
      expect([format, report.skipped]).toEqual([format, []]);
      expect(entries.length).toBeGreaterThan(1);
    }
  });

  it('says all that a report can say, in the same words', () => {
    const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` +\| (?:skipped|taken): (.+?) +\|$/gm)].map(
      ([, reason = '', means = '']) => [reason, means],
    );
    expect(rows).toEqual(Object.entries({ ...SKIPS, ...NOTES }));
  });
});

const inPage =
  (page: string) =>
  (a: string, b: string): number =>
    page.indexOf(`text ${a}\n`) - page.indexOf(`text ${b}\n`);
