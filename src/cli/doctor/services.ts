/** ClickHouse and the registry: are they there, are they of this version, and do their clocks agree with ours? */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import type { Connection } from '../../sink/clickhouse/connection.ts';
import { migrations } from '../../sink/clickhouse/migrate.ts';
import { openStore } from '../../store/open.ts';
import { withConnection } from '../clickhouse-access.ts';
import type { Io } from '../console-io.ts';
import { findingsOf, messageOf, type Finding } from './finding.ts';

const engine = findingsOf('clickhouse');
const store = findingsOf('store');
const clock = findingsOf('clock');

/** Clocks of two machines that are kept in step differ by milliseconds. */
const SKEW_WARN_MS = 1_000;
const SKEW_FAIL_MS = 60_000;
/** Longest wait for a registry on the network, ms. */
const STORE_MS = 5_000;

/** Starts or reaches ClickHouse, and asks it for its version, its time and its tables. */
export async function checkClickHouse(config: Config, io: Io): Promise<Finding[]> {
  const { mode, url = '', dir } = config.clickhouse;
  const where = mode === 'server' ? url : `the engine in ${dir}`;
  try {
    return await withConnection(config, io, async (connection) => {
      const startedAt = Date.now();
      const [row] = await connection.rows<{ version: string; at: string }>(
        'SELECT version() AS version, toUnixTimestamp64Milli(now64(3)) AS at',
      );
      const middle = (startedAt + Date.now()) / 2;
      const findings = [engine.ok('answers', `${where} is ClickHouse ${row?.version ?? ''}`)];
      if (mode === 'server') findings.push(skew('ClickHouse', Number(row?.at) - middle));
      findings.push(await checkSchema(connection));
      return findings;
    });
  } catch (error) {
    const change =
      mode === 'server'
        ? 'start it, or set clickhouse.url and its access'
        : 'see what it says; the folder may be damaged or of another user';
    return [engine.fail('answers', `${where} does not: ${messageOf(error)}`, change)];
  }
}

async function checkSchema(connection: Connection): Promise<Finding> {
  const wanted = migrations();
  const newest = wanted.at(-1)?.number ?? 0;
  const [there] = await connection.rows<{ n: string }>(
    "SELECT count() AS n FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { database: connection.database },
  );
  if (Number(there?.n) === 0)
    return engine.ok('schema', `database ${connection.database} is new: the tables are made at the start`);
  const applied = await connection.rows<{ number: number; sha256: string }>(
    `SELECT number, sha256 FROM ${connection.database}.schema_migrations FINAL ORDER BY number`,
  );
  const known = new Map(wanted.map(({ number, sha256 }) => [number, sha256]));
  const foreign = applied.filter(({ number, sha256 }) => known.get(number) !== sha256);
  const last = applied.at(-1)?.number ?? 0;
  const saw = `database ${connection.database} is at migration ${last}, this version knows ${newest}`;
  if (last > newest) return engine.fail('schema', saw, 'run the version that made it, or a newer one');
  if (foreign.length > 0)
    return engine.fail(
      'schema',
      `${saw}, and another file stands behind ${foreign[0]?.number ?? 0}`,
      'run the version that made it',
    );
  if (applied.length < wanted.length)
    return engine.warn('schema', saw, 'run `odograph migrate`, or leave it to the next start');
  return engine.ok('schema', saw);
}

/** Opens the registry as the gateway does. */
export async function checkStore(config: Config): Promise<Finding[]> {
  const { kind, path, url, nodes } = config.store;
  if (kind === 'sqlite') return [checkFile(path)];
  const where = url ?? nodes?.join(', ') ?? 'Redis';
  try {
    const opened = await openStore(config.store);
    try {
      await Promise.race([
        opened.statusCounts(),
        pause(STORE_MS).then(() => Promise.reject(new Error('no answer in 5 seconds'))),
      ]);
      const startedAt = Date.now();
      const at = await opened.clock();
      const findings = [store.ok('answers', `${where} answers`)];
      if (at !== null) findings.push(skew('Redis', at - (startedAt + Date.now()) / 2));
      const doubts = await opened.doubts();
      return [...findings, ...doubts.map((doubt) => store.warn('settings of Redis', doubt, 'see docs/redis.md'))];
    } finally {
      await opened.close();
    }
  } catch (error) {
    return [store.fail('answers', `${where} does not: ${messageOf(error)}`, 'start it, or set store.url and its access')];
  }
}

function checkFile(path: string): Finding {
  if (!existsSync(path)) return store.ok('file', `${path} is made at the start`);
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const [row] = database.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
      const said = row?.quick_check ?? '';
      if (said === 'ok') return store.ok('file', `${path} is whole`);
      return store.fail('file', `${path} is damaged: ${said}`, 'bring it back from a backup');
    } finally {
      database.close();
    }
  } catch (error) {
    return store.fail(
      'file',
      `${path} cannot be read: ${messageOf(error)}`,
      'bring it back from a backup, or give the gateway the file',
    );
  }
}

function skew(name: string, ms: number): Finding {
  const saw = `that of ${name} is ${Math.abs(ms / 1_000).toFixed(1)} s ${ms < 0 ? 'behind' : 'ahead of'} ours`;
  const change = 'keep both machines in step with NTP';
  if (Math.abs(ms) > SKEW_FAIL_MS) return clock.fail('other clocks', saw, change);
  return Math.abs(ms) > SKEW_WARN_MS ? clock.warn('other clocks', saw, change) : clock.ok('other clocks', saw);
}

/** What the system says of its own clock. */
export function checkClock(): Finding {
  if (Date.now() < Date.UTC(2026, 0, 1)) {
    return clock.fail(
      'time',
      `it is ${new Date().toISOString()} here`,
      'set the clock: every message would seem to come from the future',
    );
  }
  const isSynced = existsSync('/run/systemd/timesync/synchronized') || existsSync('/run/chrony/chronyd.pid');
  const now = `it is ${new Date().toISOString()}`;
  return clock.ok(
    'time',
    isSynced ? `${now}, kept in step over NTP` : `${now}; whether it is kept in step cannot be seen from here`,
  );
}
