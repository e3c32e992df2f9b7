/**
 * Finds codecs and decoders by their folders: `protocols/<name>/index.ts` exports a codec of that name, and
 * `protocols/push/<name>/index.ts` a decoder.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Codec, Decoder } from '#protocols/codec';
import { wholeFrames } from '#protocols/whole-frames';

const PROTOCOLS = join(import.meta.dirname, '..');

/** The folder of a codec, and the folder of its goldens. */
export function codecPaths(folder: string): { path: string; goldens: string } {
  const path = join(PROTOCOLS, folder);
  return { path, goldens: join(path, 'golden') };
}

/** Names of the folders that hold a codec, in order. */
export function codecFolders(): string[] {
  return foldersIn('.').filter((name) => name !== 'conformance' && name !== 'layers');
}

/** Folders that hold a decoder of what a cloud pushes, in order: `push/<name>`. */
export function decoderFolders(): string[] {
  return foldersIn(PUSH).map((name) => `${PUSH}/${name}`);
}

const PUSH = 'push';

function foldersIn(folder: string): string[] {
  const entries = readdirSync(join(PROTOCOLS, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = entries.map(({ name }) => name).filter((name) => existsSync(join(PROTOCOLS, folder, name, 'index.ts')));
  return names.sort();
}

/** Loads the codec of a folder. A decoder comes as a codec that finds each frame whole. */
export async function loadCodec(folder: string): Promise<Codec> {
  const module = (await import(pathToFileURL(join(PROTOCOLS, folder, 'index.ts')).href)) as Record<string, unknown>;
  const found = Object.values(module).find((value): value is Decoder => isDecoder(value) && value.name === basename(folder));
  if (found === undefined) throw new Error(`protocols/${folder}/index.ts exports no codec named ${basename(folder)}`);
  return 'split' in found ? (found as Codec) : wholeFrames(found);
}

function isDecoder(value: unknown): value is Decoder {
  return typeof value === 'object' && value !== null && 'name' in value && 'decode' in value;
}
