import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 20;
const FRAMES = 60_000;
const MESSAGES = Array.from({ length: FRAMES }, (_, i) => 1 + ((i + 1) % 4)).reduce((sum, n) => sum + n, 0);
const CHILD = join(import.meta.dirname, 'engine-kill-child.ts');

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-engine-kill-'));
});

afterEach(() => removeFolder(directory));

/** Process ids of the engines that run on the directory: the engine's own command line names it. */
function enginesHere(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return words.includes('embedded/child.ts') && words.includes(directory);
      } catch {
        return false;
      }
    });
}

/** Runs a gateway; kills it, or its engine under it, after `lifeMs`. True where it finished before. */
async function live(victim: 'gateway' | 'engine', lifeMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, directory, String(FRAMES)]);
  let said = '';
  let complaints = '';
  const kill = (): void => {
    if (victim === 'gateway') child.kill('SIGKILL');
    else {
      for (const pid of enginesHere()) process.kill(pid, 'SIGKILL');
      // It has to get over the loss of its engine, and goes on for a while.
      setTimeout(() => child.kill('SIGKILL'), 700);
    }
  };
  child.stdout.on('data', (chunk: Buffer) => {
    if (said === '') setTimeout(kill, lifeMs);
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  await new Promise((resolve) => void child.once('close', resolve));
  expect(complaints).toBe('');
  expect(said).toMatch(/^open\n/);
  return said.endsWith('done\n');
}

describe('gateways and engines killed twenty times', () => {
  it('leave every row in ClickHouse once, whole parts, and no engine behind', async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      // Each of them had work left when it was killed.
      expect(await live(kill % 2 === 0 ? 'gateway' : 'engine', Math.random() * 300)).toBe(false);
    }
    expect(await live('gateway', 120_000)).toBe(true);
    expect(enginesHere()).toEqual([]);

    const engine = await Engine.start({ directory: join(directory, 'clickhouse'), memoryBytes: 1_000_000_000 });
    const connection = new Connection({
      url: () => engine.endpoint.url,
      headers: engine.endpoint.headers,
      database: 'odograph',
      requestTimeoutMs: 30_000,
      connections: 2,
    });
    const counted = async (table: string): Promise<unknown> => {
      const [row] = await connection.rows<Record<string, string>>(
        `SELECT count() AS physical, (SELECT count() FROM odograph.${table} FINAL) AS final,
                uniqExact(spool_seq, row_index) AS different, max(spool_seq) AS last FROM odograph.${table}`,
      );
      return row;
    };
    const all = (rows: number): unknown => ({
      physical: String(rows),
      final: String(rows),
      different: String(rows),
      last: String(FRAMES),
    });
    expect(await counted('frames')).toEqual(all(FRAMES));
    expect(await counted('messages')).toEqual(all(MESSAGES));
    for (const table of ['messages', 'frames']) {
      expect(await connection.rows(`CHECK TABLE odograph.${table} SETTINGS check_query_single_value_result = 1`)).toEqual([
        { result: 1 },
      ]);
    }
    expect(await connection.rows("SELECT name FROM system.detached_parts WHERE database = 'odograph'")).toEqual([]);
    await connection.close();
    await engine.stop();
  });
});
