import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pointersOf, rulesOf } from '../support/spec-rules.ts';

const ROOT = join(import.meta.dirname, '../..');
const SPECS = join(ROOT, 'docs/specs');

const specs = readdirSync(SPECS).filter((name) => name.endsWith('.md'));

describe('the specs', () => {
  it('are there', () => {
    expect(specs).toEqual(expect.arrayContaining(['spool.md', 'ack.md']));
  });

  it.each(specs)('%s points to tests that exist, by file and name', (name) => {
    const pointers = pointersOf(readFileSync(join(SPECS, name), 'utf8'));
    const missing = pointers.filter((pointer) => !readFileSync(join(ROOT, pointer.file), 'utf8').includes(pointer.name));
    expect(missing).toEqual([]);
  });

  it.each(['spool.md', 'ack.md', 'sink.md', 'webhooks.md', 'capture-format.md', 'ledger.md', 'processes.md'])(
    '%s has a test for each of its rules',
    (name) => {
      const rules = rulesOf(readFileSync(join(SPECS, name), 'utf8'));
      expect(rules.length).toBeGreaterThan(5);
      const untested = rules.filter((rule) => pointersOf(rule).length === 0);
      expect(untested).toEqual([]);
      for (const rule of rules) expect(rule).toMatch(/MUST|SHOULD/);
    },
  );
});
