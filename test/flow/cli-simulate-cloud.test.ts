import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { cloudSettings } from '../../src/simulate/clouds/simulated-clouds.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';

const ROOT = join(import.meta.dirname, '../..');
const SECRET = 'a-secret-of-thirty-characters';
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let gateway: RunningGateway;
beforeAll(async () => {
  // Nothing here needs ClickHouse.
  gateway = await RunningGateway.start({ clickhouse: { mode: 'server', url: 'http://127.0.0.1:1' } });
});
afterAll(() => gateway.remove());

async function endpoint(protocol: string, proof: object, ident: string | null = null): Promise<string> {
  const { status, body } = await gateway.ask('POST', '/v1/push-endpoints', { name: 'simulated', protocol, ident, proof });
  expect(status).toBe(201);
  return `http://127.0.0.1:${gateway.gateway.apiPort}${(body as { path: string }).path}`;
}

const push = (...words: string[]) => odograph('simulate-cloud', 'push', '--minutes', '1', ...words);

describe('odograph simulate-cloud push', () => {
  const hmac = { kind: 'hmac', header: 'X-Signature', prefix: 'sha256=', timestamp_header: 'X-Timestamp', secrets: [SECRET] };
  test.each([
    ['path', 'bmw', { kind: 'path' }, []],
    ['header', 'bmw', { kind: 'header', header: 'X-Key', secrets: [SECRET] }, ['--header', `X-Key: ${SECRET}`]],
    ['basic', 'silence', { kind: 'basic', secrets: [`cloud:${SECRET}`] }, ['--basic', `cloud:${SECRET}`]],
    ['bearer', 'html5', { kind: 'bearer', secrets: [SECRET] }, ['--bearer', SECRET]],
    ['hmac', 'mercedes-benz', hmac, ['--hmac', SECRET]],
    [
      'standard-webhooks',
      'stellantis',
      { kind: 'standard-webhooks', secrets: [WEBHOOK_SECRET] },
      ['--standard-webhooks', WEBHOOK_SECRET],
    ],
  ] as const)('proves itself by %s', async (kind, provider, proof, words) => {
    const to = await endpoint(provider, proof, provider === 'html5' ? 'my phone' : null);
    const pushed = await push('--provider', provider, '--to', to, ...words, '--json');
    expect(pushed).toMatchObject({ code: 0, err: '' });
    expect((JSON.parse(pushed.out) as { pushed: number }).pushed).toBeGreaterThan(1);
    if (kind === 'path') return;
    const refused = await push('--provider', provider, '--to', to);
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/body 1 of \d+ was answered 401/) });
  });

  test('says where something is missing', async () => {
    expect(await push('--provider', 'bmw')).toMatchObject({ code: 64, err: expect.stringContaining('--to') });
    const nobody = ['--provider', 'stellantis', '--cloud', 'http://127.0.0.1:1'];
    expect(await push(...nobody)).toMatchObject({ code: 69, err: expect.stringContaining('simulate-cloud serve') });
    const two = ['--provider', 'bmw', '--to', 'http://127.0.0.1:1', '--bearer', 'a', '--basic', 'a:b'];
    expect(await push(...two)).toMatchObject({ code: 64, err: expect.stringContaining('one proof') });
    expect(await push('--provider', 'bmw', '--to', 'http://127.0.0.1:1')).toMatchObject({ code: 69 });
  });
});

test('odograph simulate-cloud serve answers until it is stopped, and says what it knows', async () => {
  const words = ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/main.ts'), 'simulate-cloud', 'serve', '--port', '0'];
  const clouds = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(clouds, 'exit');
  try {
    let said = '';
    clouds.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('it says what it knows', () => said.includes('stellantis'));
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
    const unsubscribed = await push('--provider', 'stellantis', '--cloud', url);
    expect(unsubscribed).toMatchObject({ code: 1, err: expect.stringContaining('validate a tracker first') });
    const scooters = await fetch(`${url}/silence/api/v1/me/scooters`, { headers: { authorization: 'Bearer simulated-token' } });
    expect(await scooters.json()).toMatchObject([{ imei: '001010010000428' }]);
    expect((await fetch(`${url}/nobody/v1`)).status).toBe(404);
    const { port } = new URL(url);
    const taken = await odograph('simulate-cloud', 'serve', '--port', port);
    expect(taken).toMatchObject({ code: 69, err: expect.stringContaining(port) });
    clouds.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    clouds.kill('SIGKILL');
    await exited;
  }
}, 60_000);

test('config/simulated-clouds.yaml leads to them', () => {
  const file = readFileSync(join(ROOT, 'config/simulated-clouds.yaml'), 'utf8');
  expect(parse(file)).toEqual(cloudSettings('http://127.0.0.1:8090', 'http://127.0.0.1:8080'));
});
