/** Loads the DBC files of a fleet's vehicle models at start-up. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type * as Yaml from 'yaml';
import { GatewayError } from '#errors/gateway-error';
import type { DbcTables } from '#protocols/layers/dbc/tables';
import { compileTables } from './compile.ts';
import { readMapping } from './mapping.ts';
import { parseDbc } from './parse.ts';

/** Files above this are refused unread: the largest public ones have some 2 MiB. */
const FILE_LIMIT_BYTES = 32 * 2 ** 20;

function readText(path: string, problems: string[]): string | null {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > FILE_LIMIT_BYTES) {
      problems.push(`${path} has ${bytes.length} bytes, more than ${FILE_LIMIT_BYTES}`);
      return null;
    }
    const text = bytes.toString('utf8');
    // Tools for Windows write Latin-1, where a unit such as °C is no UTF-8.
    return text.includes('\uFFFD') ? bytes.toString('latin1') : text;
  } catch (error) {
    problems.push(`${path} cannot be read: ${(error as Error).message}`);
    return null;
  }
}

function readTree(path: string, text: string, problems: string[]): unknown {
  try {
    // Few have such files, and the parser is seventy modules.
    return (createRequire(import.meta.url)('yaml') as typeof Yaml).parse(text);
  } catch (error) {
    problems.push(`${path}: ${(error as Error).message}`);
    return null;
  }
}

function loadOne(path: string, problems: string[]): DbcTables | null {
  const text = readText(path, problems);
  const tree = text === null ? null : readTree(path, text, problems);
  if (tree === null) return null;
  const { mapping, problems: inMapping } = readMapping(tree);
  problems.push(...inMapping.map((problem) => `${path}: ${problem}`));
  if (mapping === null) return null;
  const messages = mapping.dbc.flatMap((file) => {
    const dbcPath = resolve(dirname(path), file);
    const dbc = parseDbc(readText(dbcPath, problems) ?? '');
    problems.push(...dbc.problems.map(({ line, what }) => `${dbcPath}:${line}: ${what}`));
    return dbc.messages;
  });
  const compiled = compileTables(messages, mapping);
  problems.push(...compiled.problems.map((problem) => `${path}: ${problem}`));
  return compiled.tables;
}

/**
 * Loads the mapping files, each by the name of its vehicle model, with the DBC files they name. Throws `config_invalid` with
 * every problem of every file: a signal that is silently not decoded would be found out months later.
 */
export function loadDbcProfiles(paths: Readonly<Record<string, string>>): ReadonlyMap<string, DbcTables> {
  const problems: string[] = [];
  const profiles = new Map<string, DbcTables>();
  for (const [name, path] of Object.entries(paths)) {
    const tables = loadOne(path, problems);
    if (tables !== null) profiles.set(name, tables);
  }
  if (problems.length > 0) throw new GatewayError('config_invalid', `the DBC files are not usable:\n${problems.join('\n')}`);
  return profiles;
}
