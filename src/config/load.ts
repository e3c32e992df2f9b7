/**
 * Loads the configuration: file, then environment, then flags, each over the one before. All problems are found before any of
 * them is reported, and nothing has been opened or bound by then.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError, problem, type ConfigProblem } from './config-error.ts';
import { conflictsOf, type KnownNames } from './conflicts.ts';
import { environmentLayer, fileLayer, isTree, merge, says, textLayer, type Layer, type Tree } from './layers.ts';
import { configSchema, type Config, type Settings } from './schema.ts';
import { bare, metaOf, schemaAt, unknownNameRule, type Path } from './schema-tree.ts';

/** A setting given on the command line. */
export interface FlagSetting {
  /** `section.key`. */
  path: string;
  text: string;
  /** How the flag is called, for problems: `--set`, `--log-level`. */
  flag: string;
}

/** Where to look for settings, and what they may name. */
export interface LoadOptions {
  /** Path of the file; must exist. Without one, `odograph.yaml` is read where it exists. */
  file?: string | undefined;
  flags?: readonly FlagSetting[];
  /** The process's environment if not given. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  known: KnownNames;
}

/** A valid configuration and where each value was written. */
export interface LoadedConfig {
  config: Config;
  /** `odograph.yaml:12`, the name of a variable or flag, or `default`. */
  sourceOf: (path: Path) => string;
}

const DEFAULT_FILE = 'odograph.yaml';

/** Loads and checks the configuration, or throws one `ConfigError` with every problem. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const environment = options.environment ?? process.env;
  const layers = [
    readFile(options.file ?? environment['ODOGRAPH_CONFIG']),
    environmentLayer(environment),
    textLayer((options.flags ?? []).map(({ path, text, flag }) => ({ path: path.split('.'), text, place: flag }))),
  ];
  const sourceOf = (path: Path): string => {
    const paths = [path, [...path.slice(0, -1), `${path.at(-1)}File`]];
    for (const at of paths) {
      const layer = layers.findLast(({ values }) => says(values, at));
      if (layer !== undefined) return layer.placeOf(at);
    }
    return 'default';
  };
  const raw = layers.reduce<Tree>((under, { values }) => merge(under, values), {});
  const problems = layers.flatMap((layer) => layer.problems);
  const checked = check(raw, sourceOf);
  problems.push(...checked.problems);
  if (checked.settings !== undefined) {
    readSecrets(checked.settings, raw, problems, sourceOf);
    const config = fillPaths(checked.settings);
    for (const { code, path, rule, reads } of conflictsOf(config, options.known)) {
      if (reads.some((read) => checked.invalid.some((bad) => touches(read, bad)))) continue;
      problems.push(problem(code, path, valueAt(config, path), rule, sourceOf(path)));
    }
    if (problems.length === 0) return { config, sourceOf };
  }
  throw new ConfigError(problems);
}

function readFile(path: string | undefined): Layer {
  const name = path ?? DEFAULT_FILE;
  try {
    return fileLayer(readFileSync(name, 'utf8'), name);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const problems: ConfigProblem[] = [];
    if (path !== undefined || !absent) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(problem('config_invalid', ['--config'], name, `a readable file: ${why}`, 'command line'));
    }
    return { values: {}, placeOf: () => name, problems };
  }
}

interface Checked {
  /** The settings with every invalid value replaced by its default, so that relations can still be checked. */
  settings: Settings | undefined;
  problems: ConfigProblem[];
  invalid: Path[];
}

function check(raw: Tree, sourceOf: (path: Path) => string): Checked {
  const result = configSchema.safeParse(raw);
  if (result.success) return { settings: result.data, problems: [], invalid: [] };
  const problems: ConfigProblem[] = [];
  const invalid: Path[] = [];
  for (const issue of result.error.issues) {
    for (const path of pathsOf(issue)) {
      invalid.push(path);
      const value = isLeaf(path) ? valueAt(raw, path) : undefined;
      const named = issue.code === 'unrecognized_keys' ? withNameOnly(path) : path;
      problems.push(problem('config_invalid', named, value, ruleOf(issue, path), sourceOf(path)));
    }
  }
  const mended = structuredClone(raw);
  for (const path of invalid) remove(mended, path);
  return { settings: configSchema.safeParse(mended).data, problems, invalid };
}

/** A path whose last name is cut where no name goes on: without its blank, `{password:secret}` is one name. */
function withNameOnly(path: Path): Path {
  return [...path.slice(0, -1), String(path.at(-1)).replace(/[^\w-].*$/s, '…')];
}

/** Whether a path leads to a setting that holds one value. What stands elsewhere is not shown: what was meant may be a secret. */
function isLeaf(path: Path): boolean {
  const schema = schemaAt(path);
  return schema !== undefined && !['object', 'record', 'array'].includes(bare(schema).def.type);
}

function pathsOf(issue: z.core.$ZodIssue): Path[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
}

function ruleOf(issue: z.core.$ZodIssue, path: Path): string {
  if (issue.code === 'unrecognized_keys') return unknownNameRule(path);
  const schema = schemaAt(path);
  const { rule } = schema === undefined ? {} : metaOf(schema);
  return rule ?? issue.message.replace(/^Invalid input: expected object.*/, 'a mapping of settings');
}

/** Takes the value at the path out; a wrong part of a list takes the whole list with it. */
function remove(tree: Tree, path: Path): void {
  let at: Tree = tree;
  for (const [depth, key] of path.entries()) {
    const next = at[key];
    if (depth === path.length - 1 || !isTree(next)) {
      delete at[key];
      return;
    }
    at = next;
  }
}

function touches(one: Path, other: Path): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return short.every((key, index) => long[index] === key);
}

function valueAt(tree: unknown, path: Path): unknown {
  let at = tree;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}

/** Replaces `passwordFile` settings by what the files hold, less one line end. */
function readSecrets(settings: Settings, raw: Tree, problems: ConfigProblem[], sourceOf: (path: Path) => string): void {
  for (const section of ['clickhouse', 'store'] as const) {
    const path: Path = [section, 'passwordFile'];
    const file = settings[section].passwordFile;
    if (file === undefined) continue;
    if (says(raw, [section, 'password'])) {
      problems.push(problem('config_conflict', path, file, `absent where ${section}.password is given`, sourceOf(path)));
      continue;
    }
    try {
      settings[section].password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(problem('config_invalid', path, file, `a readable file: ${why}`, sourceOf(path)));
    }
  }
}

/** Absolute, because the embedded engine misreads a relative path, and a log line should not depend on who started us where. */
function fillPaths(settings: Settings): Config {
  const { dataDir, spool, clickhouse, store } = settings;
  return {
    ...settings,
    spool: { ...spool, dir: resolve(spool.dir ?? join(dataDir, 'spool')) },
    clickhouse: { ...clickhouse, dir: resolve(clickhouse.dir ?? join(dataDir, 'clickhouse')) },
    store: { ...store, path: resolve(store.path ?? join(dataDir, 'odograph.sqlite')) },
  };
}
