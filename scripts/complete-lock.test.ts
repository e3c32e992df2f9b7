import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completed, missingOptionals, type Lock } from './complete-lock.ts';

test('the lock file names the builds of every platform, so that npm ci takes it anywhere', () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')) as Lock;
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
  // If this fails: node scripts/complete-lock.ts
  expect(missingOptionals(lock).map(({ path }) => path)).toEqual([]);
});

test('what npm left out is entered with version and platform, what is there stays', () => {
  const lock: Lock = {
    packages: {
      '': { optionalDependencies: { tool: '1.0.0' } },
      'node_modules/tool': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: { '@tool/linux-x64-musl': '1.0.0', '@tool/win32-x64': '1.0.0' },
      },
      'node_modules/@tool/win32-x64': { version: '1.0.0', optional: true },
    },
  };
  expect(Object.entries(completed(lock).packages)).toEqual([
    ['', lock.packages['']],
    [
      'node_modules/@tool/linux-x64-musl',
      { version: '1.0.0', cpu: ['x64'], os: ['linux'], libc: ['musl'], optional: true, dev: true },
    ],
    ['node_modules/@tool/win32-x64', { version: '1.0.0', optional: true }],
    ['node_modules/tool', lock.packages['node_modules/tool']],
  ]);
  expect(missingOptionals(completed(lock))).toEqual([]);
});
