/** Settings that are valid and unwise, certificates that end, and the version of Node. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { findingsOf, messageOf, type Finding } from './finding.ts';

const { ok, warn, fail } = findingsOf('config');
const version = findingsOf('version');

const DAY_MS = 86_400_000;
const SOON_MS = 30 * DAY_MS;
const LOOPBACK = /^(localhost|127\.|::1$|\[::1\]$)/;

export function checkSettings(config: Config): Finding[] {
  return [...checkCertificates(config), checkAdmin(config), ...checkSecrets(config), checkNode()];
}

function checkCertificates({ listeners, store, api }: Config): Finding[] {
  const files = new Map<string, string>();
  for (const { name, tls } of listeners) {
    if (tls !== undefined) files.set(tls.certFile, `certificate of listener ${name}`);
    if (tls?.clientCaFile !== undefined) files.set(tls.clientCaFile, `client authority of listener ${name}`);
  }
  if (api.certFile !== undefined) files.set(api.certFile, 'certificate of the API');
  if (store.certFile !== undefined) files.set(store.certFile, 'client certificate for Redis');
  return [...files].map(([file, what]) => checkCertificate(what, file));
}

function checkCertificate(what: string, file: string): Finding {
  try {
    const { validTo, validFrom } = new X509Certificate(readFileSync(file));
    const left = Date.parse(validTo) - Date.now();
    const saw = `${file} is good until ${new Date(validTo).toISOString().slice(0, 10)}`;
    if (left < 0) return fail(what, `${file} has ended on ${new Date(validTo).toISOString().slice(0, 10)}`, 'renew it');
    if (Date.parse(validFrom) > Date.now())
      return fail(what, `${file} is not good before ${validFrom}`, 'look at the clock, or take another');
    return left < SOON_MS ? warn(what, saw, 'renew it soon; it is read again without a restart') : ok(what, saw);
  } catch (error) {
    return fail(what, `${file} cannot be read: ${messageOf(error)}`, 'name a PEM file');
  }
}

function checkAdmin({ admin }: Config): Finding {
  if (LOOPBACK.test(admin.host)) return ok('admin port', `${admin.host} is of this machine alone`);
  return warn(
    'admin port',
    `it answers at ${admin.host}, without any authentication`,
    'set admin.host to 127.0.0.1, or keep it behind a firewall',
  );
}

function checkSecrets({ clickhouse, store, secrets, dataDir }: Config): Finding[] {
  const findings: Finding[] = [];
  if (clickhouse.mode === 'server' && clickhouse.password === '') {
    findings.push(warn('password of ClickHouse', 'there is none', 'give its user a password, and set clickhouse.passwordFile'));
  }
  if (store.kind === 'redis' && store.password === '') {
    findings.push(warn('password of Redis', 'there is none', 'set requirepass or an ACL there, and store.passwordFile here'));
  }
  for (const file of [secrets.keyFile ?? join(dataDir, 'secrets.key'), join(dataDir, 'admin-key')]) {
    if (!existsSync(file)) continue;
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) === 0) findings.push(ok('secret file', `${file} is of its owner alone`));
    else findings.push(fail('secret file', `${file} can be read by others (mode ${mode.toString(8)})`, `chmod 600 ${file}`));
  }
  return findings;
}

function checkNode(): Finding {
  const { engines } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const wanted = engines.node.replace('>=', '').split('.').map(Number);
  const has = process.versions.node.split('.').map(Number);
  const isOld = (has[0] ?? 0) < (wanted[0] ?? 0) || (has[0] === wanted[0] && (has[1] ?? 0) < (wanted[1] ?? 0));
  const saw = `${process.versions.node}, needed is ${engines.node}`;
  return isOld ? version.fail('Node', saw, 'run a newer one') : version.ok('Node', saw);
}
