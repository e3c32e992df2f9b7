import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';
import { printConfig } from './print.ts';

const directory = mkdtempSync(join(tmpdir(), 'odograph-store-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function load(store: object) {
  const file = join(directory, 'odograph.yaml');
  writeFileSync(file, JSON.stringify({ store }));
  return loadConfig({ file, environment: {}, known: { protocols: ['teltonika', 'astra-telematics'] } });
}

function problems(store: object): string[] {
  try {
    load(store);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, rule }) => `${path}: ${rule}`);
    throw error;
  }
}

const URL = 'redis://127.0.0.1:6379';

test('a server or a cluster of Redis may hold the registry, its password from a file and nowhere to be seen', () => {
  writeFileSync(join(directory, 'password'), 'hush\n');
  const one = load({ kind: 'redis', url: `${URL}/3`, username: 'gateway', passwordFile: join(directory, 'password') });
  expect(one.config.store).toMatchObject({ password: 'hush', namespace: 'main', timeoutMs: 2_000 });
  expect(printConfig(one)).not.toContain('hush');
  const nodes = ['redis-1:7000', '[::1]:7001'];
  expect(load({ kind: 'redis', nodes, tls: true, namespace: 'fleet-7' }).config.store).toMatchObject({ nodes, tls: true });
});

test.each([
  [{ kind: 'redis' }, 'store.url: set, or store.nodes, because store.kind is redis'],
  [{ url: URL }, 'store.url: absent, because store.kind is sqlite'],
  [{ kind: 'redis', url: URL, nodes: ['a:1'] }, 'store.nodes: absent, because store.url is given'],
  [{ kind: 'redis', url: URL, caFile: 'ca.pem' }, 'store.caFile: absent without TLS, which rediss:// or store.tls say'],
  [
    { kind: 'redis', url: URL, tls: true, certFile: 'cert.pem' },
    'store.keyFile: given together with store.certFile, or not at all',
  ],
  [{ kind: 'redis', url: URL, password: 'a', passwordFile: 'b' }, 'store.passwordFile: absent where store.password is given'],
  [
    { kind: 'redis', url: 'redis://user:hush@127.0.0.1' },
    'store.url: a redis:// or rediss:// address without user and password',
  ],
  [{ kind: 'redis', nodes: ['nowhere'] }, 'store.nodes[0]: host:port'],
  [{ kind: 'redis', url: URL, namespace: 'a{b}' }, 'store.namespace: 1 to 64 of A-Z a-z 0-9 . _ -'],
])('%j is refused', (store, expected) => {
  expect(problems(store)).toEqual([expected]);
});
