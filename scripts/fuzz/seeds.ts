import { codecPaths } from '../../protocols/conformance/codec-folders.ts';
import { corpusNames, readInput } from '../../protocols/conformance/fuzz/corpus.ts';
import type { FuzzSeed } from '../../protocols/conformance/fuzz/input.ts';
import { loadGoldens } from '../../protocols/conformance/golden.ts';

/** The goldens of a codec. */
export function goldensOf(folder: string): FuzzSeed[] {
  const goldens = loadGoldens(codecPaths(folder).goldens);
  if (goldens.length === 0) throw new Error(`${folder} has no golden to start from`);
  return goldens;
}

/** What was kept of earlier runs of a target. */
export function keptSeeds(name: string): FuzzSeed[] {
  const kept = corpusNames(name).map((file) => readInput(name, file));
  return kept.map(({ context, chunks }) => ({ context, bytes: new Uint8Array(Buffer.concat(chunks)) }));
}
