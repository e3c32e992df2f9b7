/**
 * Where settings come from: the file, the environment, the command line. Each becomes a layer, a tree of raw values with the
 * place each was written at; later layers win, setting by setting. Lists are replaced whole.
 */
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { problem, type ConfigProblem } from './config-error.ts';
import { bare, membersOf, schemaAt, takesText, unknownNameRule, type Path } from './schema-tree.ts';

export type Tree = Record<string, unknown>;

/** A tree of raw values and the place each was written at. */
export interface Layer {
  values: Tree;
  /** Says where the value at `path`, or the nearest thing around it, was written. */
  placeOf: (path: Path) => string;
  problems: ConfigProblem[];
}

/** Tells whether the value is a tree rather than a leaf or a list. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads YAML (JSON is YAML too). An empty file is an empty layer. The parser is loaded only where there is a file: it is seventy modules. */
export function fileLayer(text: string, name: string): Layer {
  const { LineCounter, isNode, parseDocument } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  const problems = document.errors.map(({ message, pos }) =>
    problem('config_invalid', [], undefined, `readable YAML: ${message.toLowerCase()}`, placeAt(pos[0])),
  );
  const placeOf = (path: Path): string => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return placeAt(node.range[0]);
    }
    return name;
  };
  const values: unknown = problems.length > 0 ? {} : (document.toJS() ?? {});
  if (isTree(values)) return { values, placeOf, problems };
  // Without the value: a setting written without its blank, as in `password:secret`, is one text.
  problems.push(problem('config_invalid', [], undefined, 'a mapping of settings', placeAt(0)));
  return { values: {}, placeOf, problems };
}

/** One setting given as text, and how its giver calls it. */
export interface TextSetting {
  path: Path;
  text: string;
  place: string;
}

/** Makes a layer of settings given as text. Text settings are taken as they stand, others as JSON where they are JSON. */
export function textLayer(given: readonly TextSetting[]): Layer {
  const values: Tree = {};
  const places = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const { path, text, place } of given) {
    const schema = schemaAt(path);
    if (schema === undefined) {
      // Without the value: what was meant may be a secret.
      problems.push(problem('config_invalid', path, undefined, unknownNameRule(path), place));
      continue;
    }
    if (membersOf(schema) !== undefined || path.some((key) => typeof key === 'number')) {
      problems.push(problem('config_invalid', path, undefined, 'a single setting; lists are given whole, as JSON', place));
      continue;
    }
    put(values, path, takesText(schema) ? text : jsonOrText(text));
    places.set(path.join('.'), place);
  }
  const placeOf = (path: Path): string => {
    for (let depth = path.length; depth > 0; depth--) {
      const place = places.get(path.slice(0, depth).join('.'));
      if (place !== undefined) return place;
    }
    return given[0]?.place ?? '';
  };
  return { values, placeOf, problems };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function put(tree: Tree, path: Path, value: unknown): void {
  let at = tree;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    at = isTree(next) ? next : (at[key] = {} as Tree);
  }
  at[path.at(-1) ?? ''] = value;
}

const PREFIX = 'ODOGRAPH_';
/** Variables with the prefix that are not settings. */
const RESERVED = new Set(['ODOGRAPH_CONFIG']);

/**
 * Takes the settings out of the environment: `ODOGRAPH_LIMITS__IDLE_TIMEOUT_MS` is `limits.idleTimeoutMs`. A variable with
 * the prefix that leads to no setting is a problem: a typing error must not go unnoticed.
 */
export function environmentLayer(environment: Readonly<Record<string, string | undefined>>): Layer {
  const given: TextSetting[] = [];
  const unknown: ConfigProblem[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || RESERVED.has(name) || text === undefined) continue;
    const path = pathOfVariable(name.slice(PREFIX.length));
    if (path === undefined) unknown.push(problem('config_invalid', [name], undefined, 'the name of a setting', 'environment'));
    else given.push({ path, text, place: name });
  }
  const layer = textLayer(given);
  return { ...layer, problems: [...unknown, ...layer.problems] };
}

const plain = (text: string) => text.replaceAll('_', '').toLowerCase();

/** Finds the setting a variable names, whatever its capitals and underscores. */
function pathOfVariable(name: string): Path | undefined {
  const path: string[] = [];
  for (const part of name.split('__')) {
    const schema = schemaAt(path);
    if (schema === undefined) return undefined;
    if (bare(schema).def.type === 'record') path.push(part.toLowerCase());
    else {
      const key = Object.keys(membersOf(schema) ?? {}).find((member) => plain(member) === plain(part));
      if (key === undefined) return undefined;
      path.push(key);
    }
  }
  return path;
}

/** The name of the variable that gives the setting at `path`. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()).join('__');
}

/** Lays `over` on `under`, tree by tree; anything that is not a tree on both sides is replaced. */
export function merge(under: Tree, over: Tree): Tree {
  const merged: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

/** Tells whether the tree says anything at the path, or holds a list or leaf around it. */
export function says(tree: Tree, path: Path): boolean {
  let at: unknown = tree;
  for (const key of path) {
    if (Array.isArray(at)) return true;
    if (!isTree(at) || !Object.hasOwn(at, key)) return false;
    at = at[key];
  }
  return true;
}
