import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { newSession } from '#protocols/codec';
import { must } from '../../protocols/conformance/check.ts';
import type { FuzzInput, FuzzSeed } from '../../protocols/conformance/fuzz/input.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { printConfig } from '../../src/config/print.ts';
import type { FuzzTarget } from './target.ts';

const EXAMPLE = join(import.meta.dirname, '../../config/odograph.example.yaml');
/** Stands where a secret does, in every seed that has one. No message may say it. */
const PLANTED = 'planted-Zq7xW2';
/** Settings that say more than the example does. */
const RICH = {
  dataDir: './data',
  listeners: [
    {
      name: 'mqtt',
      transport: 'mqtt',
      port: 1_883,
      protocols: ['teltonika'],
      mqtt: { credentials: [{ username: 'd1', passwordHash: `sha256:${'0'.repeat(32)}:${'1'.repeat(64)}`, ident: 'd1' }] },
      limits: { connections: 10, idleTimeoutMs: '30s' },
    },
    { name: 'udp', transport: 'udp', port: 5_027, protocols: ['teltonika'], udp: { waitingBytes: '1MiB' } },
    {
      name: 'balanced',
      port: 5_028,
      protocols: ['teltonika', 'ruptela'],
      proxyProtocol: { from: ['10.0.0.0/8', 'fd00::/8'] },
      tls: { certFile: 'a.pem', keyFile: 'a.key', clientCaFile: 'ca.pem', requireClientCert: true },
    },
  ],
  subscriptions: [{ name: 'cloud', url: 'mqtts://b.example', topics: ['a/{ident}/#'], protocols: ['bmw'], password: PLANTED }],
  clickhouse: { mode: 'server', url: 'http://ch.example:8123', username: 'odograph', password: PLANTED, batchAgeMs: '1s' },
  store: { kind: 'redis', url: `redis://user:${PLANTED}@redis.example:6379`, password: PLANTED },
  lifecycle: { maxHdop: 4.5 },
};
const KNOWN = { protocols: ['teltonika', 'ruptela', 'astra-telematics'], pushed: ['bmw'] };

/** The configuration file, as YAML and as JSON. */
export function configTarget(): FuzzTarget {
  const folder = mkdtempSync(join(tmpdir(), 'odograph-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const example = readFileSync(EXAMPLE, 'utf8');
  const texts = [JSON.stringify(RICH), JSON.stringify(parse(example)), example, `clickhouse: { password: ${PLANTED} }\n`];
  const seeds: FuzzSeed[] = texts.map((text) => ({ context: newSession('http'), bytes: new TextEncoder().encode(text) }));
  return { name: 'config', weight: 0.1, seeds, examine: (input) => examine(input, join(folder, 'odograph.yaml')) };
}

/** Every file is either a configuration or a list of problems, each with place and rule, and no message says a secret. */
function examine({ chunks }: FuzzInput, file: string): Set<string> {
  const bytes = Buffer.concat(chunks);
  writeFileSync(file, bytes);
  // A secret that damage has moved to another setting is not known to be one any more.
  const guardsSecrets = isSecretInPlace(bytes.toString());
  try {
    const loaded = loadConfig({ file, environment: {}, known: KNOWN });
    if (guardsSecrets) must(!printConfig(loaded).includes(PLANTED), 'a secret is printed');
    return new Set(['valid']);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    must(error.problems.length > 0, 'no problem is named');
    if (guardsSecrets) must(!error.message.includes(PLANTED), 'a message says a secret');
    return new Set(
      error.problems.map(({ code, path, rule }) => `${code} ${path.replaceAll(/\d+/g, 'N')}: ${generalRule(rule)}`),
    );
  }
}

function generalRule(rule: string): string {
  return rule.startsWith('readable YAML') ? 'readable YAML' : rule.replaceAll(/\d+/g, 'N');
}

function isSecretInPlace(text: string): boolean {
  const found = [...text.matchAll(new RegExp(`.{0,13}${PLANTED}`, 'g'))];
  return found.every(([before]) => /password"?: ?"?planted|redis:\/\/user:planted/.test(before));
}
