import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpool } from '../../src/spool/spool.ts';
import { frameOf } from '../../src/spool/spool-fixture.ts';
import { removeFolder } from '../support/remove-folder.ts';

const ROUNDS = 20;
const CHILD = join(import.meta.dirname, 'spool-kill-child.ts');

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-kill-'));
});

afterEach(() => removeFolder(directory));

/** Runs a child that appends from `first` on, kills it after `lifeMs`, and gives the numbers it said were durable. */
async function appendUntilKilled(first: number, lifeMs: number): Promise<number[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, directory, String(first)]);
  let said = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), lifeMs);
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => void child.once('close', (_code, by) => resolve(by)));
  expect({ signal, complaints }).toEqual({ signal: 'SIGKILL', complaints: '' });
  // The last line may have been cut off by the kill.
  return said.split('\n').slice(1, -1).map(Number);
}

describe('a gateway killed twenty times', () => {
  it('has every record that it said was durable, whole and in order, each once', async () => {
    const durable: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // A number is never given twice, not even to a record that was lost: each life begins far above the one before.
      durable.push(...(await appendUntilKilled(1 + round * 10_000_000, Math.random() * 300)));
    }
    expect(durable.length).toBeGreaterThan(ROUNDS * 100);
    const spool = await openSpool({
      directory,
      budgetBytes: 1e10,
      retention: { ageMs: 0, bytes: 0 },
      now: Date.now,
      onFault: (code, detail) => expect.unreachable(`${code}: ${detail}`),
    });
    const found: number[] = [];
    const reader = spool.reader(1);
    let seq = 0;
    while (seq < spool.committedSeq) {
      for (const entry of (await reader.next(1_000)) ?? []) {
        expect(entry.seq).toBeGreaterThan(seq);
        seq = entry.seq;
        found.push(frameOf(entry.record));
      }
    }
    await spool.close();
    expect(found).not.toContain(-1);
    expect(new Set(found).size).toBe(found.length);
    const there = new Set(found);
    expect(durable.filter((n) => !there.has(n))).toEqual([]);
  });
});
