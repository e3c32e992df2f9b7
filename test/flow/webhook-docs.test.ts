import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CODECS } from '#protocols/all';
import { loadConfig } from '../../src/config/load.ts';
import { providerTable } from '../../src/providers/table.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { isErrorCode } from '#errors/codes';
import { runs } from '../support/authority.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/webhooks.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]+?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

const dataDir = newDataDir();
let gateway: RunningGateway;
beforeAll(async () => {
  const webhooks = { allowHttp: true, allowPrivateAddresses: ['127.0.0.1'], retryMinMs: 50, retryMaxMs: 200 };
  gateway = await RunningGateway.start({ clickhouse: { mode: 'server', url: 'http://127.0.0.1:1' }, webhooks }, dataDir);
});
afterAll(() => gateway.remove());

const ask = async (method: string, path: string, body?: object) =>
  (await gateway.ask(method, `/v1/webhooks${path}`, body)).body as Record<string, unknown>;

/** Runs an example of the page against the gateway: it must take what is signed, and nothing else. */
async function expectToVerify(run: (environment: NodeJS.ProcessEnv) => ChildProcess, imei: string): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const made = await ask('POST', '', { url });
  const { id } = made['webhook'] as { id: string };
  const example = run({ ...process.env, WEBHOOK_SECRET: made['secret'] as string, PORT: String(port) });
  let printed = '';
  let complaints = '';
  example.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  example.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  try {
    const store = openSqliteStore(join(dataDir, 'data', 'odograph.sqlite'));
    const request = {
      trackerId: imei,
      provider: 'astrata',
      type: 'obd',
      vehicleType: null,
      foreignTrackerId: null,
      objectId: {},
    };
    const { tracker } = await registerTracker(store, providerTable(), request, Date.now);
    store.close();
    await until(`the example prints three events, not "${printed}${complaints}"`, () => printed.split('\n').length > 3, 40_000);
    const told = [
      'tracker.registered pending',
      'tracker.status_changed pending_validation',
      'tracker.status_changed pending_for_data',
    ];
    expect(printed.trimEnd().split('\n')).toEqual(told.map((event, index) => `${tracker.oid}-${index + 1}_${id} ${event}`));

    const now = Math.floor(Date.now() / 1_000);
    const forged = { 'webhook-id': 'x', 'webhook-timestamp': String(now), 'webhook-signature': `v1,${'A'.repeat(43)}=` };
    expect((await fetch(url, { method: 'POST', headers: forged, body: '{"data":{}}' })).status).toBe(400);
    expect((await fetch(url, { method: 'POST', body: '{"data":{}}' })).status).toBe(400);
    // Both secrets sign while one is replaced: the example that has the old one goes on.
    await ask('POST', `/${id}/rotate-secret`, {});
    await ask('POST', `/${id}/ping`);
    await until('the ping is taken', () => printed.includes('webhook.ping'), 40_000);
  } finally {
    const ended = once(example, 'exit');
    example.kill('SIGKILL');
    await ended;
    await ask('DELETE', `/${id}`);
  }
}

describe('the examples of docs/webhooks.md', () => {
  test('in JavaScript verifies what comes', async () => {
    const [code = ''] = blocks('js');
    const run = (env: NodeJS.ProcessEnv): ChildProcess => {
      const child = spawn(process.execPath, ['--input-type=module', '-'], { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'pipe'] });
      child.stdin.end(code);
      return child;
    };
    await expectToVerify(run, '352093081452251');
  });

  test.skipIf(!runs('python3', '--version'))('in Python verifies what comes (skipped without python3)', async () => {
    const [code = ''] = blocks('python');
    await expectToVerify(
      (env) => spawn('python3', ['-c', code], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
      '356307042441013',
    );
  });

  test('of the configuration can be loaded', () => {
    const examples = blocks('yaml');
    expect(examples).toHaveLength(1);
    const file = join(dataDir, 'example.yaml');
    writeFileSync(file, examples[0] ?? '');
    expect(() => loadConfig({ file, environment: {}, known: { protocols: [...CODECS.keys()] } })).not.toThrow();
  });
});

test('docs/webhooks.md names addresses of the API and codes that exist', async () => {
  const { body } = await gateway.ask('GET', '/openapi.json');
  const { paths } = body as { paths: Record<string, Record<string, unknown>> };
  const called = [...page.matchAll(/curl (?:-X (\w+) )?"\$ODOGRAPH([^"]*)"/g)].map(([, method = 'GET', path = '']) => {
    return `${method.toLowerCase()} ${path.replace('$ID', '{id}')}`;
  });
  expect(called.length).toBeGreaterThan(4);
  const known = new Set(
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)),
  );
  expect(called.filter((each) => !known.has(each))).toEqual([]);
  const codes = [...page.matchAll(/`(webhook_(?!oldest)[a-z_]+)`/g)].map(([, code = '']) => code);
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter((code) => !isErrorCode(code))).toEqual([]);
});
