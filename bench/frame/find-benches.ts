/** Finds benches by the names of their files. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from './bench.ts';

const BENCH_FOLDER = join(import.meta.dirname, '..');

export interface FoundBench extends Bench {
  /** Where it was found. */
  file: string;
}

/** All benches, by name. Throws where two have one name. */
export async function findBenches(): Promise<FoundBench[]> {
  const files = globSync('**/*.bench.ts', { cwd: BENCH_FOLDER }).map((name) => join(BENCH_FOLDER, name));
  const found = (await Promise.all(files.map(benchesOf))).flat();
  const names = found.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two benches are called ${twice}`);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function benchesOf(file: string): Promise<FoundBench[]> {
  const { BENCHES } = (await import(pathToFileURL(file).href)) as { BENCHES: readonly Bench[] };
  return BENCHES.map((bench) => ({ ...bench, file }));
}

/** Those whose names begin with one of the words; without words, those that are not to be named. Throws where a word chooses none. */
export function chooseBenches(all: readonly FoundBench[], words: readonly string[]): FoundBench[] {
  const unknown = words.find((word) => !all.some(({ name }) => name.startsWith(word)));
  if (unknown !== undefined) throw new Error(`no bench's name begins with ${unknown}; npm run bench -- --list names all`);
  return all.filter(({ name, set }) => (words.length === 0 ? set !== 'named' : words.some((word) => name.startsWith(word))));
}
