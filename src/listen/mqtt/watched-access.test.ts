import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WatchedAccess } from './watched-access.ts';

let folder = '';
let file = '';
let access: WatchedAccess | null = null;
const faults: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'access-'));
  file = join(folder, 'token');
  writeFileSync(file, 'one\n');
  faults.length = 0;
});
afterEach(() => {
  access?.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(passwordFile: string | null = file): WatchedAccess {
  access = new WatchedAccess({ fixed: { username: 'u' }, passwordFile, onFault: (error) => faults.push(error) });
  return access;
}

it('gives the password of now, less the line end of its file', () => {
  const opened = open();
  expect(opened.current).toEqual({ username: 'u', password: 'one' });
  writeFileSync(file, 'two\r\n');
  expect(opened.current).toEqual({ username: 'u', password: 'two' });
  expect(open(null).current).toEqual({ username: 'u' });
});

it('keeps the password of before where the file cannot be read, and says so', () => {
  const opened = open();
  rmSync(file);
  expect(opened.current).toEqual({ username: 'u', password: 'one' });
  expect(faults).toHaveLength(1);
  expect(() => open(join(folder, 'absent'))).toThrow(/ENOENT/);
});

it('tells when the file was replaced by one with another password', async () => {
  const changed = new Promise<void>((resolve) => open().onChange(resolve));
  writeFileSync(join(folder, 'next'), 'two');
  renameSync(join(folder, 'next'), file);
  await changed;
  expect(access?.current.password).toBe('two');
});
