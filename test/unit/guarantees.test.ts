import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyEdit } from '../guarantees/breakage.ts';
import { BREAKAGES } from '../guarantees/index.ts';
import { keyOf, readShown } from '../guarantees/shown.ts';
import { pointersOf, rulesOf } from '../support/spec-rules.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

describe.each(Object.entries(BREAKAGES))('the breakages of %s', (spec, breakages) => {
  const rules = rulesOf(read(`docs/specs/${spec}.md`));

  it('are at least one for each rule', () => {
    const numbers = rules.map((rule) => Number.parseInt(rule, 10));
    expect([...new Set(breakages.map(({ rule }) => rule))]).toEqual(numbers);
  });

  it.each(breakages)('$rule: it $breaks', (breakage) => {
    const { rule, test, edits } = breakage;
    // The rule points to the test that guards it.
    expect(pointersOf(rules[rule - 1] ?? '')).toContainEqual(test);
    // The code still has the passages that are to be broken: where it has moved on, the breakage must follow.
    const texts = new Map<string, string>();
    for (const edit of edits) texts.set(edit.file, applyEdit(texts.get(edit.file) ?? read(edit.file), edit));
    // And the test was seen to fail without them: `npm run guarantees`.
    expect(readShown()).toHaveProperty([keyOf(spec, breakage)]);
  });
});
