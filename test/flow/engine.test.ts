/**
 * What the gateway needs of the embedded engine, asked of the real one: a new release of chdb, ffi-rs or the client must pass
 * this before its exact version is moved.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { createClient, ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRET_HEADER } from '../../src/sink/clickhouse/embedded/config-xml.ts';
import { endpointFile, isAnswering, readEndpoint } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { Engine, explainEnd } from '../../src/sink/clickhouse/embedded/engine.ts';
import { isRunning, until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const MEMORY_BYTES = 700_000_000;
const directory = mkdtempSync(join(tmpdir(), 'odograph-engine-'));
const ends: string[] = [];
let engine: Engine;
let client: ClickHouseClient;

beforeAll(async () => {
  engine = await Engine.start({
    directory,
    memoryBytes: MEMORY_BYTES,
    restartMs: { first: 50, last: 1_000 },
    silenceMs: 5_000,
    onRestart: (why) => void ends.push(why),
  });
  client = createClient({
    url: engine.endpoint.url,
    http_headers: engine.endpoint.headers,
    max_open_connections: 16,
    log: { level: 127 },
  });
  await client.command({ query: 'CREATE DATABASE lab ENGINE = Atomic' });
});

afterAll(async () => {
  await client.close();
  await engine.stop();
  removeFolder(directory);
});

/** One value, as text. */
async function ask(query: string, parameters: Record<string, unknown> = {}): Promise<string> {
  const result = await client.query({ query, query_params: parameters, format: 'TabSeparated' });
  return (await result.text()).trimEnd();
}

const underWay = (queryId: string): Promise<string> =>
  ask('SELECT count() FROM system.processes WHERE query_id = {queryId:String}', { queryId });

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );

describe('the embedded engine, as the client sees it', () => {
  it('is the release this gateway was tried with, at its exact versions', async () => {
    const pinned = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
    };
    expect(pinned.optionalDependencies).toMatchObject({ chdb: '3.4.0', 'ffi-rs': '1.3.7' });
    expect(pinned.dependencies).toMatchObject({ '@clickhouse/client': '1.23.1' });
    expect(await ask('SELECT version()')).toMatch(/^26\.7\./);
  });

  it('answers a ping and runs commands and queries', async () => {
    expect((await client.ping()).success).toBe(true);
    await client.command({ query: 'CREATE TABLE lab.plain (n UInt64) ENGINE = MergeTree ORDER BY n' });
    await client.insert({ table: 'lab.plain', values: [{ n: 1 }, { n: '18446744073709551615' }], format: 'JSONEachRow' });
    expect(await ask('SELECT sum(n > 1), max(n) FROM lab.plain')).toBe('1\t18446744073709551615');
  });

  it('takes binary bodies byte for byte, blank lines and statements within them included', async () => {
    await client.command({ query: 'CREATE TABLE lab.bytes (s String) ENGINE = MergeTree ORDER BY tuple()' });
    const every = Buffer.from(Array.from({ length: 64 }, (_, i) => i * 4));
    const hostile = Buffer.concat([
      Buffer.from('\n\nDROP TABLE lab.bytes;\n\n'),
      Buffer.from([0x0a, 0x0a, 0x00, 0x0d, 0x0a, 0xff]),
    ]);
    const rows = [every, hostile].map((bytes) => Buffer.concat([Buffer.from([bytes.length]), bytes]));
    // One column and two rows, then its name, its type and its values.
    const head = Buffer.concat([Buffer.from([1, rows.length]), Buffer.from('\x01s\x06String')]);
    const inserted = await client.exec({
      query: 'INSERT INTO lab.bytes FORMAT Native',
      values: Readable.from([Buffer.concat([head, ...rows])], { objectMode: false }),
      clickhouse_settings: { wait_end_of_query: 1 },
    });
    await buffer(inserted.stream);
    expect(Number(inserted.summary?.written_rows)).toBe(2);
    expect(await ask('SELECT hex(s) FROM lab.bytes ORDER BY length(s)')).toBe(
      [hostile, every].map((bytes) => bytes.toString('hex').toUpperCase()).join('\n'),
    );
  });

  it('binds parameters without reading them as SQL', async () => {
    const spiteful = "'; DROP TABLE lab.bytes; --\t\\";
    const answer = await client.query({
      query: 'SELECT {text:String} AS text, {number:UInt64} AS number, {list:Array(String)} AS list',
      query_params: { text: spiteful, number: 7, list: ['a', "b'"] },
      format: 'JSONEachRow',
    });
    expect(await answer.json()).toEqual([{ text: spiteful, number: 7, list: ['a', "b'"] }]);
  });

  it('gives its errors with their codes', async () => {
    const unknownTable = await failureOf(ask('SELECT * FROM lab.nothing'));
    expect(unknownTable).toBeInstanceOf(ClickHouseError);
    expect(unknownTable).toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    await client.command({ query: 'CREATE TABLE lab.bound (n Int32, CONSTRAINT small CHECK n < 10) ENGINE = Memory' });
    const refused = await failureOf(client.insert({ table: 'lab.bound', values: [{ n: 11 }], format: 'JSONEachRow' }));
    expect(refused).toMatchObject({ code: '469', type: 'VIOLATED_CONSTRAINT' });
    const torn = client.exec({
      query: 'INSERT INTO lab.plain FORMAT Native',
      values: Readable.from([Buffer.from('\x01\x01\x01n\x06UInt64\x01\x02\x03')], { objectMode: false }),
    });
    expect(await failureOf(torn.then(({ stream }) => text(stream)))).toMatchObject({ code: '33' });
    const other = client.exec({
      query: 'INSERT INTO lab.plain FORMAT Native',
      values: Readable.from([Buffer.from('\x01\x01\x01n\x05UInt8\x01')], { objectMode: false }),
      clickhouse_settings: { input_format_native_allow_types_conversion: 0 },
    });
    expect(await failureOf(other.then(({ stream }) => text(stream)))).toMatchObject({ code: '53', type: 'TYPE_MISMATCH' });
  });

  it('keeps the settings of a query to that query', async () => {
    const settings = { max_block_size: '17', insert_deduplication_token: 'once' };
    await client.command({ query: 'SELECT 1 FORMAT Null', clickhouse_settings: settings });
    const changed = await ask(
      "SELECT name, value FROM system.settings WHERE name IN ('max_block_size', 'insert_deduplication_token') AND changed",
    );
    expect(changed).toBe('');
  });

  it('runs many queries at once', async () => {
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(`SELECT ${i} + sleep(0.3)`)));
    expect(answers).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
    expect(performance.now() - startedAt).toBeLessThan(12 * 300);
  });

  it('tells the queries under way by their ids, and kills them', async () => {
    const long = failureOf(
      client
        .query({ query: 'SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1', query_id: 'lab-long' })
        .then((r) => r.text()),
    );
    await until('the query is under way', async () => (await underWay('lab-long')) === '1');
    await client.command({ query: "KILL QUERY WHERE query_id = 'lab-long' SYNC" });
    expect(await underWay('lab-long')).toBe('0');
    expect(await long).toBeInstanceOf(Error);
  });

  it('survives a query that wants more memory than it may use', async () => {
    const greedy = await failureOf(ask('SELECT length(groupArray(repeat(toString(number), 100))) FROM numbers(100000000)'));
    expect(greedy).toMatchObject({ code: '241', type: 'MEMORY_LIMIT_EXCEEDED' });
    expect(await ask('SELECT 1')).toBe('1');
    expect(ends).toEqual([]);
  });

  it('answers nobody without the secret, and keeps the secret to its user', async () => {
    const { url, headers } = engine.endpoint;
    for (const wrong of [{}, { [SECRET_HEADER]: 'x' }, { [SECRET_HEADER]: `${headers[SECRET_HEADER]}x` }]) {
      for (const path of ['/ping', '/?query=SELECT+1', '/play', '/replicas_status']) {
        const response = await fetch(`${url}${path}`, { headers: wrong });
        expect(response.status).toBe(404);
        await response.text();
      }
    }
    expect(statSync(endpointFile(directory)).mode & 0o777).toBe(0o600);
    const run = readdirSync(directory).find((name) => name.startsWith('run-')) as string;
    expect(statSync(join(directory, run, 'engine.xml')).mode & 0o777).toBe(0o600);
    const secret = headers[SECRET_HEADER] as string;
    const commandLines = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(commandLines).toContain(join(directory, 'tables'));
    expect(commandLines).not.toContain(secret);
    expect(await ask("SELECT position(file('/proc/self/environ'), 'ODOGRAPH')").catch(() => '0')).toBe('0');
  });
});

describe('the embedded engine, as a process', () => {
  it('refuses a folder that another process uses, and leaves that one as it was', async () => {
    await expect(Engine.start({ directory, memoryBytes: MEMORY_BYTES })).rejects.toThrow(
      /is in use by another process.*\[sink_engine\]/,
    );
    expect(readdirSync(directory).filter((name) => name.startsWith('run-'))).toHaveLength(1);
    expect(await ask('SELECT 1')).toBe('1');
  });

  it('merges many parts at once, and makes no statistics of columns', async () => {
    const named = 'SELECT value FROM system.merge_tree_settings WHERE name = {name:String}';
    expect(await ask(named, { name: 'min_parts_to_merge_at_once' })).toBe('10');
    expect(await ask(named, { name: 'auto_statistics_types' })).toBe('');
  });

  it('is started again after a kill, with the same address and what was committed', async () => {
    const { pid, endpoint } = engine;
    process.kill(pid as number, 'SIGKILL');
    await until('it answers again', async () => engine.pid !== pid && (await isAnswering(engine.endpoint)));
    expect(engine.endpoint).toEqual(endpoint);
    expect(await ask('SELECT count() FROM lab.plain')).toBe('2');
    expect(engine.restarts).toBe(1);
  });

  it('ignores the signals that reach a whole group or service: the gateway still has to drain', async () => {
    const { pid } = engine;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid as number, signal);
    expect(await ask('SELECT sleep(0.2)')).toBe('0');
    expect(engine.pid).toBe(pid);
  });

  it('is started again when it runs but does not answer', async () => {
    const { pid } = engine;
    process.kill(pid as number, 'SIGSTOP');
    await until('it answers again', async () => engine.pid !== pid && (await isAnswering(engine.endpoint)));
    expect(ends.at(-1)).toMatch(/did not answer for 5 s/);
  });

  it('moves to another port where its own was taken, and says so in its file', async () => {
    const before = engine.endpoint;
    const squatter = createServer((socket) => socket.destroy());
    process.kill(engine.pid as number, 'SIGKILL');
    await until('the port is free', () => engine.pid === undefined);
    await new Promise<void>((resolve) => {
      squatter.listen(Number(new URL(before.url).port), '127.0.0.1', resolve);
    });
    await until('it answers elsewhere', async () => engine.endpoint.url !== before.url && (await isAnswering(engine.endpoint)));
    squatter.close();
    await until('its file follows', () => readEndpoint(directory)?.url === engine.endpoint.url);
    expect(readEndpoint(directory)).toEqual(engine.endpoint);
  });

  it('dies with the process that owns it, and its folder is free for the next one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'odograph-owner-'));
    const owner = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'test/support/engine-owner.ts', folder]);
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    expect(isRunning(pid)).toBe(true);
    owner.kill('SIGKILL');
    const next = await Engine.start({ directory: folder, memoryBytes: MEMORY_BYTES });
    expect(isRunning(pid)).toBe(false);
    await next.stop();
    expect(existsSync(endpointFile(folder))).toBe(false);
    expect(readdirSync(folder)).toEqual(['tables']);
    removeFolder(folder);
  });

  it('says what to do where it is not installed or cannot start', async () => {
    expect(explainEnd("Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'ffi-rs' imported from child.ts", '/x')).toMatch(
      /not installed.*clickhouse\.mode/,
    );
    expect(explainEnd("Cannot find module 'chdb/libchdb'", '/x')).toMatch(/not installed/);
    expect(explainEnd('chdb: could not locate libchdb for linux-x64-musl.', '/x')).toMatch(/not installed/);
    await expect(Engine.start({ directory: '/dev/null/engine', memoryBytes: MEMORY_BYTES })).rejects.toThrow(
      /cannot be written \[sink_engine\]/,
    );
  });
});
