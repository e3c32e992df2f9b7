import { corpusNames, readInput } from '../protocols/conformance/fuzz/corpus.ts';
import type { FuzzSeed } from '../protocols/conformance/fuzz/input.ts';
import { codecPaths } from '../protocols/conformance/codec-folders.ts';
import { loadGoldens } from '../protocols/conformance/golden.ts';

/** The bytes a codec's fuzz inputs are made of: its goldens, and what was kept of earlier runs. */
export function fuzzSeeds(folder: string): FuzzSeed[] {
  const goldens = loadGoldens(codecPaths(folder).goldens);
  if (goldens.length === 0) throw new Error(`${folder} has no golden to start from`);
  const kept = corpusNames(folder).map((name) => readInput(folder, name));
  return [...goldens, ...kept.map(({ context, chunks }) => ({ context, bytes: new Uint8Array(Buffer.concat(chunks)) }))];
}
