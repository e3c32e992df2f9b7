import { basename } from 'node:path';
import { loadCodec } from '../../protocols/conformance/codec-folders.ts';
import { examine, glance } from '../../protocols/conformance/fuzz/examine.ts';
import { goldensOf } from './seeds.ts';
import type { FuzzTarget } from './target.ts';

/** Weights of codecs whose inputs cost much less or more than those of the others. */
const WEIGHTS: Readonly<Record<string, number>> = { ruptela: 6, teltonika: 4, 'can-frames': 4, 'astra-telematics': 0.5 };

/** A codec, or a decoder of what a cloud pushes, by its folder in `protocols`. */
export async function codecTarget(folder: string): Promise<FuzzTarget> {
  const codec = await loadCodec(folder);
  return {
    name: folder,
    weight: WEIGHTS[basename(folder)] ?? 1,
    seeds: goldensOf(folder),
    examine: (input) => examine(codec, input),
    glance: (input) => glance(codec, input),
  };
}
