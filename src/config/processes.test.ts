import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';
import type { Config } from './schema.ts';
import { leftoverConfig, seatConfig, withPorts } from './seats.ts';

const directory = mkdtempSync(join(tmpdir(), 'odograph-processes-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const REDIS = { kind: 'redis', url: 'redis://127.0.0.1:6379' };

function load(settings: object): Config {
  const file = join(directory, 'odograph.yaml');
  writeFileSync(file, JSON.stringify({ dataDir: '/data', store: REDIS, ...settings }));
  return loadConfig({ file, environment: {}, known: { protocols: ['teltonika', 'astra-telematics'] } }).config;
}

function problems(settings: object): string[] {
  try {
    load(settings);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, rule }) => `${path}: ${rule}`);
    throw error;
  }
}

const listener = (fields: object) => ({ name: 'boxes', port: 5_027, protocols: ['teltonika'], ...fields });

test('one process needs nothing, and several need a registry that they can share', () => {
  expect(load({ processes: 1, store: { kind: 'sqlite' } }).processes).toBe(1);
  expect(problems({ processes: 2 })).toEqual([]);
  const rule = '1, because store.kind is sqlite: processes share their registry in Redis (store.kind: redis)';
  expect(problems({ processes: 2, store: { kind: 'sqlite' } })).toEqual([`processes: ${rule}`]);
});

test('a second connection cannot be refused where another process may have the first', () => {
  const refusing = (processes: number) => problems({ processes, listeners: [listener({ takeover: 'refuse' })] });
  expect(refusing(1)).toEqual([]);
  expect(refusing(2)).toEqual([
    'listeners[0].takeover: newest or both, because there are several processes: none knows in time who is connected to another',
  ]);
  expect(problems({ processes: 2, listeners: [listener({ transport: 'udp', takeover: 'refuse' })] })).toEqual([]);
});

test.each([
  [{ processes: 3, admin: { port: 65_534 } }, 'admin.port: at most 65533, because each process has the next port'],
  [
    { processes: 3, admin: { port: 5_025 }, listeners: [listener({})] },
    'listeners[0].port: none of 5025 to 5027, which the processes have for admin.port',
  ],
  [
    { processes: 3, admin: { port: 9_090 }, api: { port: 9_092 } },
    'api.port: 3 ports away from admin.port at least, because each process has the next ones',
  ],
])('says which ports of %j meet', (settings, expected) => {
  expect(problems(settings)).toEqual([expected]);
});

test('ports that are apart, of other addresses or any, are left alone', () => {
  expect(problems({ processes: 3, admin: { port: 9_090 }, api: { port: 9_093 } })).toEqual([]);
  expect(problems({ processes: 3, admin: { port: 0 }, api: { port: 0 } })).toEqual([]);
  expect(
    problems({ processes: 3, admin: { port: 5_026, host: '127.0.0.1' }, listeners: [listener({ host: '10.0.0.1' })] }),
  ).toEqual([]);
});

const config = (): Config =>
  load({
    processes: 2,
    spool: { dir: '/fast/spool', retentionBytes: '1GiB' },
    admin: { port: 9_090 },
    api: { port: 8_080 },
    listeners: [listener({ port: 0 }), listener({ name: 'datagrams', transport: 'udp' })],
    subscriptions: [{ name: 'cloud', url: 'mqtt://127.0.0.1', topics: ['{protocol}/{ident}'], protocols: ['teltonika'] }],
  });

test('the first process is a gateway of one process: its folders, ports and secrets are where they were', () => {
  expect(seatConfig(config(), 1)).toEqual(config());
});

test('another process shares TCP ports and the key file, and has folders and ports of its own', () => {
  const { dataDir, spool, secrets, listeners, subscriptions, admin, api, clickhouse, store } = seatConfig(config(), 3);
  expect([dataDir, spool.dir, secrets.keyFile]).toEqual(['/data/process-3', '/fast/spool/process-3', '/data/secrets.key']);
  expect(listeners.map(({ name }) => name)).toEqual(['boxes']);
  expect([subscriptions, admin.port, api.port]).toEqual([[], 9_092, 8_082]);
  expect([clickhouse, store]).toEqual([config().clickhouse, config().store]);
});

test('what a process has left is stored by one that takes nobody in, and keeps nothing for its size', () => {
  const { dataDir, spool, listeners, subscriptions, admin, api } = leftoverConfig(config(), 3);
  expect([dataDir, spool.dir, spool.retentionBytes]).toEqual(['/data/process-3', '/fast/spool/process-3', 0]);
  expect([listeners, subscriptions]).toEqual([[], []]);
  expect([admin.host, admin.port, api.host, api.port]).toEqual(['127.0.0.1', 0, '127.0.0.1', 0]);
});

test('the ports that the first has been given are those of all', () => {
  const ports = withPorts(config(), { boxes: 40_001 }).listeners.map(({ port }) => port);
  expect(ports).toEqual([40_001, 5_027]);
});
