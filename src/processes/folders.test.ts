import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Config } from '../config/schema.ts';
import { removeSeat, seatsWithSpools, spoolFolders } from './folders.ts';

const root = mkdtempSync(join(tmpdir(), 'odograph-seats-'));
const config = { dataDir: join(root, 'data'), spool: { dir: join(root, 'spool') } as Config['spool'] };

beforeEach(() => {
  rmSync(root, { recursive: true });
  mkdirSync(config.spool.dir, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

it('finds the spools of processes by their numbers, and nothing else', () => {
  for (const name of ['process-10', 'process-2', 'process-1', 'process-0', 'process-02', 'process-2b', 'other-3']) {
    mkdirSync(join(config.spool.dir, name));
  }
  writeFileSync(join(config.spool.dir, 'lock'), '');
  expect(seatsWithSpools(config)).toEqual([2, 10]);
  expect(spoolFolders(config)).toEqual(['', 'process-2', 'process-10'].map((name) => join(config.spool.dir, name)));
});

it('finds none where there is no spool yet', () => {
  rmSync(config.spool.dir, { recursive: true });
  expect(seatsWithSpools(config)).toEqual([]);
});

it('removes both folders of a process, and never those of the first', () => {
  for (const folder of [config.spool.dir, config.dataDir]) mkdirSync(join(folder, 'process-2'), { recursive: true });
  removeSeat(config, 1);
  removeSeat(config, 2);
  expect(seatsWithSpools(config)).toEqual([]);
  expect([config.spool.dir, config.dataDir].map((folder) => existsSync(folder))).toEqual([true, true]);
  expect(existsSync(join(config.dataDir, 'process-2'))).toBe(false);
});
