import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const script = join(import.meta.dirname, 'golden.ts');
const file = join(import.meta.dirname, '../protocols/conformance/toy/golden/position.json');

function golden(ci: string, ...words: string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [script, ...words], {
    encoding: 'utf8',
    env: { ...process.env, CI: ci },
  });
  return { status, stderr };
}

test('a golden accepted again is what is committed', () => {
  const before = readFileSync(file, 'utf8');
  expect(golden('', '--accept', 'conformance/toy/position')).toMatchObject({ status: 0 });
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('nothing is accepted where CI is set', () => {
  const { status, stderr } = golden('true', '--accept', 'conformance/toy/position');
  expect(status).toBe(1);
  expect(stderr).toContain('accepted by a person');
});

test('a name without a codec is refused', () => {
  expect(golden('', '--accept', 'position').stderr).toContain('position is not <codec>/<case>');
});
