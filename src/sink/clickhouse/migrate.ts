import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { GatewayError } from '#errors/gateway-error';
import { SIGNALS } from '#model/signals';
import type { Connection } from './connection.ts';
import { fillWholeLatest } from './latest.ts';

/** One numbered file of statements. */
export interface Migration {
  number: number;
  name: string;
  sha256: string;
  statements: string[];
}

interface Applied {
  number: number;
  sha256: string;
}

/** What is done after the statements of a file, before it is held to be applied: it may be killed and repeated with them. */
const AFTERWARDS: Readonly<Record<string, (connection: Connection) => Promise<void>>> = {
  '0005_latest_messages.sql': fillWholeLatest,
};

const FOLDER = new URL('migrations/', import.meta.url);

/** Reads the migrations of this version, in order. */
export function migrations(): Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, FOLDER), 'utf8');
      const statements = sql
        .replace(/^--.*$/gm, '')
        .split(/;\s*$/m)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '');
      return { number: Number(name.slice(0, 4)), name, sha256: createHash('sha256').update(sql).digest('hex'), statements };
    });
}

/**
 * Brings the tables to what this version needs, and gives the names of the files that were applied. Every statement can be
 * run again, so that a migration killed in the middle is simply repeated. Rejects with `sink_schema` where the tables were
 * made by a newer version, or a file that was applied has changed since.
 */
export async function migrate(connection: Connection, wanted: readonly Migration[] = migrations()): Promise<string[]> {
  const { database } = connection;
  await connection.command(`CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`);
  await connection.command(
    `CREATE TABLE IF NOT EXISTS ${database}.schema_migrations
       (number UInt32, name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
     ENGINE = ReplacingMergeTree ORDER BY number SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  );
  const applied = await connection.rows<Applied>(
    `SELECT number, sha256 FROM ${database}.schema_migrations FINAL ORDER BY number`,
  );
  check(applied, wanted, database);
  const done = new Set(applied.map(({ number }) => number));
  const names: string[] = [];
  for (const { number, name, sha256, statements } of wanted) {
    if (done.has(number)) continue;
    for (const statement of statements) await connection.commandIn(database, statement);
    await AFTERWARDS[name]?.(connection);
    await connection.insertObjects('schema_migrations', [{ number, name, sha256 }]);
    names.push(name);
  }
  await fillCatalogue(connection);
  return names;
}

function check(applied: readonly Applied[], wanted: readonly Migration[], database: string): void {
  const byNumber = new Map(wanted.map((migration) => [migration.number, migration]));
  for (const { number, sha256 } of applied) {
    const known = byNumber.get(number);
    if (known === undefined) {
      const newest = wanted.at(-1)?.number ?? 0;
      const detail = `database "${database}" is at migration ${number}, this version knows ${newest}: run the version that made it`;
      throw new GatewayError('sink_schema', detail);
    }
    if (known.sha256 !== sha256) {
      throw new GatewayError('sink_schema', `migration ${known.name} was changed after it was applied to "${database}"`);
    }
  }
}

/** Fills the catalogue where it is not that of this version. Readers may find it empty for a moment. */
async function fillCatalogue(connection: Connection): Promise<void> {
  const { database } = connection;
  const wanted = SIGNALS.map(({ key, unit, type, vss, description, min, max }) => ({
    key,
    unit,
    type,
    vss: vss ?? '',
    description,
    min,
    max,
  }));
  const have = await connection.rows<(typeof wanted)[number]>(
    `SELECT key, unit, type, vss, description, min, max FROM ${database}.signal_catalogue`,
  );
  if (contentOf(have) === contentOf(wanted)) return;
  await connection.command(`TRUNCATE TABLE ${database}.signal_catalogue`);
  await connection.insertObjects('signal_catalogue', wanted);
}

function contentOf(rows: readonly { key: string }[]): string {
  return JSON.stringify(rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
}
