import { codecFolders, decoderFolders } from '../../protocols/conformance/codec-folders.ts';
import { codecTarget } from './codec-target.ts';
import { configTarget } from './config-target.ts';
import { proxyHeaderTarget } from './proxy-header-target.ts';
import { keptSeeds } from './seeds.ts';
import { spoolTarget } from './spool-target.ts';
import type { FuzzTarget } from './target.ts';

/** Targets that are no codec, by name. */
const OTHERS: Readonly<Record<string, () => FuzzTarget>> = {
  'proxy-header': proxyHeaderTarget,
  spool: spoolTarget,
  config: configTarget,
};

/** Names of all targets: codecs, decoders of what clouds push, and the others. */
export function targetNames(): string[] {
  return [...codecFolders(), ...decoderFolders(), ...Object.keys(OTHERS)];
}

/** Loads a target, with what was kept of earlier runs among its seeds. A name that is no target is taken for the folder of a codec. */
export async function loadTarget(name: string): Promise<FuzzTarget> {
  const target = OTHERS[name]?.() ?? (await codecTarget(name));
  return { ...target, seeds: [...target.seeds, ...keptSeeds(name)] };
}
