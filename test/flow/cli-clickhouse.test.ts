import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';
import { removeFolder } from '../support/remove-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'odograph-query-'));
const config = join(dir, 'odograph.yaml');
writeFileSync(config, `dataDir: ${dir}\nlisteners: [{name: a, port: 1, protocols: [teltonika]}]\n`);
afterAll(() => removeFolder(dir));

const query = (...words: string[]) => odograph('query', ...words, '--config', config);

describe('without a gateway', () => {
  test('migrate makes the tables once, on an engine of its own', async () => {
    expect((await query('SELECT 1')).err).toContain('odograph migrate');
    const first = await odograph('migrate', '--json', '--config', config);
    expect(JSON.parse(first.out)).toMatchObject({
      database: 'odograph',
      applied: expect.arrayContaining([expect.stringMatching(/^0001_/), expect.stringMatching(/^0002_/)]),
    });
    const second = await odograph('migrate', '--config', config);
    expect(second).toEqual({ code: 0, out: 'database odograph is up to date\n', err: '' });
  });

  test('query starts the engine and stops it again', async () => {
    const { code, out } = await query('SELECT count() > 100 AS many FROM signal_catalogue');
    expect(code).toBe(0);
    expect(out).toMatch(/many.*1/s);
    // The folder is free again: another engine can have it.
    const engine = await Engine.start({ directory: join(dir, 'clickhouse'), memoryBytes: 2 ** 30 });
    await engine.stop();
  });
});

describe('with a running engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.start({ directory: join(dir, 'clickhouse'), memoryBytes: 2 ** 30 });
  });
  afterAll(() => engine.stop());

  test('gives rows to people, to scripts and in any format', async () => {
    const sql = 'SELECT number AS n, toUInt64(9223372036854775809) AS big FROM numbers(2)';
    expect((await query(sql)).out).toMatch(/n.*big.*\n.*0.*9223372036854775809/);
    expect(JSON.parse((await query(sql, '--json')).out)).toEqual([
      { n: '0', big: '9223372036854775809' },
      { n: '1', big: '9223372036854775809' },
    ]);
    expect((await query(sql, '--format', 'CSV')).out).toBe('0,9223372036854775809\n1,9223372036854775809\n');
    expect((await query(`${sql} FORMAT TSV`)).out).toBe('0\t9223372036854775809\n1\t9223372036854775809\n');
  });

  test('changes nothing unless told so', async () => {
    const statement = 'CREATE TABLE mine (a UInt8) ENGINE = Memory';
    const refused = await query(statement);
    expect([refused.code, refused.err]).toEqual([65, expect.stringContaining('readonly')]);
    expect((await query(statement, '--write')).code).toBe(0);
    expect((await query('SELECT count() FROM mine', '--format', 'TSV')).out).toBe('0\n');
  });

  test('wrong SQL ends with 65, also where it fails in the middle', async () => {
    expect((await query('SELEC')).code).toBe(65);
    expect((await query('SELECT throwIf(number = 100000) FROM numbers(200000)')).code).toBe(65);
  });
});

test('a server that is not there ends with 69', async () => {
  const { code, err } = await query(
    'SELECT 1',
    '--set',
    'clickhouse.mode=server',
    '--set',
    'clickhouse.url=http://127.0.0.1:9',
  );
  expect([code, err]).toEqual([69, expect.stringContaining('sink_unreachable')]);
});
