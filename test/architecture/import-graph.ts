import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { COMPOSERS, zoneOf, type Zone } from './zones.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** One import statement: from a file to a file of the repository or to a package. Paths are relative to the root. */
export interface Edge {
  from: string;
  to: string;
  /** Name of the package where `to` is none of our files. */
  external: boolean;
}

/** Lists the TypeScript files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

/** A comment, or one of the four ways to import; only an import has a specifier. */
const IMPORTS =
  /\/\*[^]*?\*\/|^\s*\/\/.*$|^\s*(?:import|export)\s[^'";]*?\bfrom\s*'(?<from>[^']+)'|^\s*import\s*'(?<effect>[^']+)'|\bimport\(\s*'(?<dynamic>[^']+)'\s*\)|\bimport\('(?<type>[^']+)'\)\./gm;

/** Finds every specifier a source text imports or exports from, types too. */
export function specifiersOf(source: string): string[] {
  return [...source.matchAll(IMPORTS)].flatMap(({ groups }) => {
    const found = groups?.['from'] ?? groups?.['effect'] ?? groups?.['dynamic'] ?? groups?.['type'];
    return found === undefined ? [] : [found];
  });
}

/** Reads every import of the files. */
export function edgesOf(files: readonly string[]): Edge[] {
  return files.flatMap((from) =>
    specifiersOf(readFileSync(join(ROOT, from), 'utf8')).map((specifier) => ({ from, ...resolve(from, specifier) })),
  );
}

function resolve(from: string, specifier: string): { to: string; external: boolean } {
  if (specifier.startsWith('.')) return { to: normalize(join(dirname(from), specifier)), external: false };
  for (const [alias, target] of Object.entries(packageJson.imports)) {
    const [prefix = ''] = alias.split('*');
    if (!specifier.startsWith(prefix)) continue;
    return { to: normalize(target.replace('*', specifier.slice(prefix.length))), external: false };
  }
  return { to: specifier, external: true };
}

const isTest = (file: string) => file.endsWith('.test.ts') || file.endsWith('.contract.ts');
const inside = (file: string, path: string) => file === path || file.startsWith(`${path}/`);
const isComposer = (file: string) => COMPOSERS.some((path) => inside(file, path)) || /^src\/app(-[a-z]+)*\.ts$/.test(file);

/** Says what is wrong with an edge, or `null` where it is allowed. */
export function objectionTo({ from, to, external }: Edge): string | null {
  const edge = `${from} → ${to}`;
  if (isComposer(from)) return null;
  if (isTest(from)) return to === 'src/app.ts' ? `${edge}: only flow tests run the whole gateway` : null;
  const zone = zoneOf(from);
  if (zone === undefined) return `${from}: no zone of test/architecture/zones.ts has this file`;
  if (external) return allowsPackage(zone, to) ? null : `${edge}: ${zone.path} may not import this package`;
  if (isComposer(to)) return `${edge}: nobody may import what puts the gateway together`;
  const target = zoneOf(to)?.path;
  if (target === zone.path) return null;
  const codec = zoneOf(to) !== undefined && target !== undefined && isCodec(target);
  const allowed = zone.may.some((path) => inside(to, path) || (path === 'protocols/*' && codec));
  return allowed ? null : `${edge}: ${zone.path} may not import ${target ?? to}`;
}

const isCodec = (path: string) =>
  path.startsWith('protocols/') && (zoneOf(`${path}/index.ts`)?.may.includes('protocols/layers') ?? false);

function allowsPackage(zone: Zone, name: string): boolean {
  return zone.packages.some((allowed) =>
    allowed === 'node:' ? name.startsWith('node:') : name === allowed || name.startsWith(`${allowed}/`),
  );
}

/** Finds cycles between files: each as the list of files on it. Type imports count too. */
export function cyclesIn(edges: readonly Edge[]): string[][] {
  const next = Map.groupBy(
    edges.filter(({ external }) => !external),
    ({ from }) => from,
  );
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    trail.push(file);
    for (const { to } of next.get(file) ?? []) visit(to);
    trail.pop();
    state.set(file, 'done');
  };
  for (const file of next.keys()) visit(file);
  return cycles;
}
