import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { targetNames } from '../../scripts/fuzz/targets.ts';
import { removeFolder } from '../support/remove-folder.ts';

const root = join(import.meta.dirname, '../..');
const name = `toy-that-hangs-${process.pid}`;
const folder = join(root, '.tmp', name);
const corpus = join(root, 'fixtures/fuzz', name);

function fuzz(...words: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/fuzz.ts'), ...words], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

afterAll(() => {
  for (const path of [folder, corpus]) removeFolder(path);
});

test('half a minute of fuzz finds no throw, no hang and no growth in anything that takes bytes', () => {
  const { status, output } = fuzz('--seconds', '30');
  expect(status, output).toBe(0);
  expect(output).toContain(`${targetNames().length} passed, 0 failed`);
});

test('a codec that hangs is seen, and its input is kept', () => {
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'protocols/conformance/toy/golden'), join(folder, 'golden'), { recursive: true });
  writeFileSync(
    join(folder, 'index.ts'),
    `import { toy } from '#protocols/conformance/toy/index';
const split: typeof toy.split = (bytes, from, to, context) => {
  while (bytes[from] === 0x13);
  return toy.split(bytes, from, to, context);
};
export const hangs = { ...toy, name: '${name}', split };
`,
  );
  const { status, output } = fuzz('--seconds', '30', '--target', relative(join(root, 'protocols'), folder));
  expect(output).toContain('hangs: no answer for 5000 ms');
  expect(output).toContain('0 passed, 1 failed');
  expect(status).toBe(1);
  expect(existsSync(corpus) ? readdirSync(corpus).length : 0).toBe(1);
});
