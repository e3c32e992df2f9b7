/** Finds codecs by their folders: `protocols/<name>/index.ts` exports a codec of that name. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Codec } from '#protocols/codec';

const PROTOCOLS = join(import.meta.dirname, '..');

/** The folder of a codec, and the folder of its goldens. */
export function codecPaths(folder: string): { path: string; goldens: string } {
  const path = join(PROTOCOLS, folder);
  return { path, goldens: join(path, 'golden') };
}

/** Names of the folders that hold a codec, in order. */
export function codecFolders(): string[] {
  const entries = readdirSync(PROTOCOLS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = entries.map(({ name }) => name).filter((name) => name !== 'conformance' && name !== 'layers');
  return names.filter((name) => existsSync(join(PROTOCOLS, name, 'index.ts'))).sort();
}

/** Loads the codec of a folder. */
export async function loadCodec(folder: string): Promise<Codec> {
  const module = (await import(pathToFileURL(join(PROTOCOLS, folder, 'index.ts')).href)) as Record<string, unknown>;
  const codec = Object.values(module).find((value): value is Codec => isCodec(value) && value.name === basename(folder));
  if (codec === undefined) throw new Error(`protocols/${folder}/index.ts exports no codec named ${basename(folder)}`);
  return codec;
}

function isCodec(value: unknown): value is Codec {
  return typeof value === 'object' && value !== null && 'name' in value && 'split' in value && 'decode' in value;
}
