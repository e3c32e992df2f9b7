import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SPECS = join(ROOT, 'docs/specs');
const POINTER = /^ *- `([^`]+\.test\.ts)`: "(.+)"$/gm;

/** The numbered rules of a spec, each with all that belongs to it. */
function rulesOf(text: string): string[] {
  return text.split(/^(?=\d+\. )|^(?=#)|^(?=\S)/m).filter((block) => /^\d+\. /.test(block));
}

const specs = readdirSync(SPECS).filter((name) => name.endsWith('.md'));

describe('the specs', () => {
  it('are there', () => {
    expect(specs).toEqual(expect.arrayContaining(['spool.md', 'ack.md']));
  });

  it.each(specs)('%s points to tests that exist, by file and name', (name) => {
    const pointers = [...readFileSync(join(SPECS, name), 'utf8').matchAll(POINTER)];
    const missing = pointers
      .map(([, file = '', title = '']) => ({ file, title }))
      .filter(({ file, title }) => !readFileSync(join(ROOT, file), 'utf8').includes(title));
    expect(missing).toEqual([]);
  });

  it.each(['spool.md', 'ack.md', 'sink.md', 'webhooks.md', 'capture-format.md', 'ledger.md'])(
    '%s has a test for each of its rules',
    (name) => {
      const rules = rulesOf(readFileSync(join(SPECS, name), 'utf8'));
      expect(rules.length).toBeGreaterThan(5);
      const untested = rules.filter((rule) => [...rule.matchAll(POINTER)].length === 0);
      expect(untested).toEqual([]);
      for (const rule of rules) expect(rule).toMatch(/MUST|SHOULD/);
    },
  );
});
