import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, MASK } from './config-error.ts';
import { variableOf } from './layers.ts';
import { loadConfig, type LoadOptions } from './load.ts';
import { printConfig } from './print.ts';
import { limitsOf, waitingRowsOf } from './schema.ts';
import { settings } from './schema-tree.ts';

const dir = mkdtempSync(join(tmpdir(), 'odograph-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const known = { protocols: ['teltonika', 'astra-telematics'] };
let files = 0;

function write(text: string): string {
  const path = join(dir, `${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

function load(yaml: string, more: Partial<LoadOptions> = {}) {
  return loadConfig({ file: write(yaml), environment: {}, known, ...more });
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

function problemsOf(yaml: string, more: Partial<LoadOptions> = {}) {
  const error = thrownBy(() => load(yaml, more));
  if (error instanceof ConfigError) return error.problems;
  throw error ?? new Error('the configuration was accepted');
}

describe('defaults', () => {
  test('an empty file gives one listener with both protocols and everything under ./data', () => {
    const { config, sourceOf } = load('');
    expect(config.listeners).toEqual([
      {
        name: 'trackers',
        transport: 'tcp',
        host: '0.0.0.0',
        port: 5027,
        protocols: ['teltonika', 'astra-telematics'],
        unregistered: 'store',
      },
    ]);
    expect(config.spool.dir).toBe(join(process.cwd(), 'data/spool'));
    expect(config.store.path).toBe(join(process.cwd(), 'data/odograph.sqlite'));
    expect(config.limits.refusedResendsBeforeAck).toBe(3);
    expect(sourceOf(['limits', 'connections'])).toBe('default');
  });

  test('every default obeys the rule of its own setting', () => {
    const withDefaults = settings().filter(({ fallback }) => fallback !== undefined);
    expect(withDefaults.length).toBeGreaterThan(30);
    for (const { schema, fallback } of withDefaults) expect(schema.safeParse(fallback).success).toBe(true);
  });

  test('every setting says what it is for', () => {
    expect(settings().filter(({ description }) => description === '')).toEqual([]);
  });
});

describe('layers', () => {
  test('environment wins over file and flags over environment, each remembered by its place', () => {
    const { config, sourceOf } = load('admin:\n  port: 1\n  host: 127.0.0.2\nlog:\n  level: warn\n', {
      environment: { ODOGRAPH_ADMIN__PORT: '2', ODOGRAPH_LOG__LEVEL: 'error' },
      flags: [{ path: 'admin.port', text: '3', flag: '--set' }],
    });
    expect(config.admin).toMatchObject({ host: '127.0.0.2', port: 3 });
    expect(config.log.level).toBe('error');
    expect(sourceOf(['admin', 'port'])).toBe('--set');
    expect(sourceOf(['log', 'level'])).toBe('ODOGRAPH_LOG__LEVEL');
    expect(sourceOf(['admin', 'host'])).toMatch(/\.yaml:3$/);
  });

  test('lists come from the environment as JSON and replace the list of the file', () => {
    const ODOGRAPH_LISTENERS = JSON.stringify([{ name: 'one', port: 0, protocols: ['teltonika'] }]);
    const { config } = load('listeners: [{name: two, port: 5, protocols: [teltonika]}]', {
      environment: { ODOGRAPH_LISTENERS },
    });
    expect(config.listeners.map(({ name }) => name)).toEqual(['one']);
  });

  test('text settings keep digits as text', () => {
    const { config } = load('', { environment: { ODOGRAPH_CLICKHOUSE__PASSWORD: '0123' } });
    expect(config.clickhouse.password).toBe('0123');
  });

  test('ODOGRAPH_CONFIG names the file', () => {
    const file = write('admin: {port: 77}');
    expect(loadConfig({ environment: { ODOGRAPH_CONFIG: file }, known }).config.admin.port).toBe(77);
  });

  test('every setting can be given by a variable of its own', () => {
    // Every setting but a password refuses an empty text, and by its own name.
    const refusing = settings().filter(({ secret }) => !secret);
    const named = refusing.map(({ path }) => problemsOf('', { environment: { [variableOf(path)]: '' } })[0]?.path);
    expect(named).toEqual(refusing.map(({ path }) => path.join('.')));
  });

  test('durations and sizes are numbers or text with a unit', () => {
    const { config } = load('limits: {idleTimeoutMs: 5m}\nspool: {segmentBytes: 2MiB, budgetBytes: "3 GiB"}');
    expect(config.limits.idleTimeoutMs).toBe(300_000);
    expect(config.spool.segmentBytes).toBe(2 * 2 ** 20);
    expect(config.spool.budgetBytes).toBe(3 * 2 ** 30);
  });

  test('a listener overrides only the limits it names', () => {
    const { config } = load(
      'limits: {connections: 5}\nlisteners: [{name: a, port: 1, protocols: [teltonika], limits: {loginDeadlineMs: 7s}}]',
    );
    const [listener] = config.listeners;
    if (listener === undefined) throw new Error('no listener');
    expect(limitsOf(config, listener)).toEqual({ ...config.limits, loginDeadlineMs: 7_000 });
  });
});

describe('problems', () => {
  test('all are found at once, from every layer, with place, value and rule', () => {
    const found = problemsOf('admin:\n  port: 99999\nlogg: {}\nlimits:\n  idleTimeoutMs: soon\n', {
      environment: { ODOGRAPH_ADMIN__PROT: '1', ODOGRAPH_LOG__LEVEL: 'loud' },
      flags: [{ path: 'spool.sise', text: '1', flag: '--set' }],
    });
    expect(found.map(({ path, value, source }) => [path, value, source.replace(/.*\//, '').replace(/^\d+/, 'N')])).toEqual([
      ['ODOGRAPH_ADMIN__PROT', '', 'environment'],
      ['spool.sise', '', '--set'],
      ['limits.idleTimeoutMs', '"soon"', 'N.yaml:5'],
      ['admin.port', '99999', 'N.yaml:2'],
      ['log.level', '"loud"', 'ODOGRAPH_LOG__LEVEL'],
      ['logg', '', 'N.yaml:3'],
    ]);
    expect(found.find(({ path }) => path === 'admin.port')?.rule).toBe('a whole number from 0 to 65535');
    expect(found.find(({ path }) => path === 'limits.idleTimeoutMs')?.rule).toContain('"30s"');
  });

  test('relations are checked even where other settings are invalid', () => {
    const found = problemsOf('admin: {port: x}\nclickhouse: {mode: server}');
    expect(found.map(({ path, code }) => [path, code])).toEqual([
      ['admin.port', 'config_invalid'],
      ['clickhouse.url', 'config_conflict'],
    ]);
  });

  test('larger batches need no word on how many rows may wait', () => {
    expect(waitingRowsOf(load('clickhouse: {batchRows: 100000}').config.clickhouse)).toBe(300_000);
  });

  test('nothing is said of a relation that reads an invalid setting', () => {
    const found = problemsOf('spool: {budgetBytes: tiny, segmentBytes: 4GiB}');
    expect(found.map(({ path }) => path)).toEqual(['spool.budgetBytes']);
  });

  test.each([
    ['spool: {budgetBytes: 64MiB, retentionBytes: 0}', 'spool.budgetBytes'],
    ['spool: {retentionBytes: 20GiB}', 'spool.retentionBytes'],
    ['clickhouse: {url: "http://ch:8123"}', 'clickhouse.url'],
    ['clickhouse: {retryMinMs: 1m, retryMaxMs: 1s}', 'clickhouse.retryMinMs'],
    ['clickhouse: {waitingRows: 1}', 'clickhouse.waitingRows'],
    [
      'listeners: [{name: a, port: 1, protocols: [teltonika]}, {name: b, port: 1, protocols: [teltonika]}]',
      'listeners[1].port',
    ],
    [
      'listeners: [{name: a, port: 1, protocols: [teltonika]}, {name: a, port: 2, protocols: [teltonika]}]',
      'listeners[1].name',
    ],
    ['listeners: [{name: a, port: 9090, protocols: [teltonika]}]', 'listeners[0].port'],
  ])('%s is a conflict', (yaml, path) => {
    expect(problemsOf(yaml).map((one) => [one.path, one.code])).toEqual([[path, 'config_conflict']]);
  });

  test('listeners on different addresses may share a port, and any free port is no conflict', () => {
    expect(() =>
      load(`listeners:
  - {name: a, host: 127.0.0.1, port: 5000, protocols: [teltonika]}
  - {name: b, host: 127.0.0.2, port: 5000, protocols: [teltonika]}
  - {name: c, port: 0, protocols: [teltonika]}
  - {name: d, port: 0, protocols: [teltonika]}`),
    ).not.toThrow();
  });

  test('protocols and providers must be known', () => {
    const found = problemsOf(
      'listeners: [{name: a, port: 1, protocols: [telex]}]\nproviders: {nobody: {protocols: [teltonika]}}',
    );
    expect(found.map(({ path, rule }) => [path, rule])).toEqual([
      ['providers.nobody', 'one of mercedes-benz, bmw, targa, astrata, cartrack, silence, stellantis, html5'],
      ['listeners[0].protocols[0]', 'one of teltonika, astra-telematics'],
    ]);
  });

  test('a client certificate for Stellantis has its key', () => {
    for (const [given, lacking] of [
      ['certFile', 'keyFile'],
      ['keyFile', 'certFile'],
    ]) {
      expect(problemsOf(`providers: {stellantis: {api: {${given}: a.pem}}}`)).toMatchObject([
        { path: `providers.stellantis.api.${given}`, rule: `given together with ${lacking}` },
      ]);
    }
  });

  test('unreadable YAML says where', () => {
    const [first] = problemsOf('admin:\n  port: [1\n');
    expect(first?.source).toMatch(/\.yaml:\d$/);
  });

  test('a file that was asked for must exist', () => {
    expect(() => loadConfig({ file: join(dir, 'absent.yaml'), environment: {}, known })).toThrow(/--config/);
  });

  test('whatever is written, the answer is a configuration or a ConfigError', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.dictionary(fc.string(), scalar, { maxKeys: 2 }));
    const section = fc.constantFrom('dataDir', 'listeners', 'limits', 'clickhouse', 'providers', 'admin', 'nonsense');
    fc.assert(
      fc.property(fc.dictionary(section, value), (tree) => {
        const error = thrownBy(() => load(JSON.stringify(tree)));
        return error === undefined || error instanceof ConfigError;
      }),
      { numRuns: 200 },
    );
  });
});

describe('secrets', () => {
  test('a password may stand in a file of its own, less its line end', () => {
    const secretFile = write('hunter2\n');
    const { config, sourceOf } = load('', { environment: { ODOGRAPH_CLICKHOUSE__PASSWORD_FILE: secretFile } });
    expect(config.clickhouse.password).toBe('hunter2');
    expect(sourceOf(['clickhouse', 'password'])).toBe('ODOGRAPH_CLICKHOUSE__PASSWORD_FILE');
  });

  test('the password and its file exclude each other', () => {
    const found = problemsOf(`clickhouse: {password: a, passwordFile: ${write('b')}}`);
    expect(found.map(({ path, code }) => [path, code])).toEqual([['clickhouse.passwordFile', 'config_conflict']]);
  });

  test('neither problems nor the printed configuration show one', () => {
    const loaded = load('clickhouse: {password: hunter2}');
    expect(printConfig(loaded)).toContain(`"${MASK}"`);
    expect(printConfig(loaded)).not.toContain('hunter2');
    const error = thrownBy(() =>
      load('clickhouse: {password: [hunter2], pasword: hunter2}', {
        flags: [{ path: 'clickhouse.pass', text: 'hunter2', flag: '--set' }],
      }),
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).not.toContain('hunter2');
    expect(JSON.stringify((error as ConfigError).problems)).not.toContain('hunter2');
  });

  test.each([
    'password:hunter2',
    'clickhouse: password:hunter2',
    'clickhouse: {password:hunter2}',
    'listeners: [{name: a, password: hunter2, port: x}, "password:hunter2"]',
    'store: {kind: redis, url: "redis://user:hunter2@redis.example:6379"}',
    'clickhouse: {mode: server, url: "https://user:hunter2@ch.example"}',
    'subscriptions: [{name: a, url: "mqtts://user:hunter2@b.example", topics: [a], protocols: [bmw]}]',
  ])('is not shown where it does not belong: %s', (text) => {
    const error = thrownBy(() => load(text));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).not.toContain('hunter2');
  });
});

test('the printed configuration names every setting with its source', () => {
  const printed = printConfig(load('admin: {port: 1}'));
  expect(printed).toMatch(/^admin\.port = 1 +# .*\.yaml:1$/m);
  expect(printed).toMatch(/^limits\.connections = 20000 +# default$/m);
});
