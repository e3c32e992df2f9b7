import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codecFolders } from '../../protocols/conformance/codec-folders.ts';

test('sixty seconds of fuzz find no throw, no hang and no growth in any codec', () => {
  const script = join(import.meta.dirname, '../../scripts/fuzz.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--seconds', '60'], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain(`${codecFolders().length} passed, 0 failed`);
});
