import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { CodecRegistry, DecoderRegistry } from '#protocols/registry';
import type { UnitOf } from '../../replay/stated.ts';
import { CommandFailure } from '../exit-codes.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
/** What codecs stand on; `package.json` says where `#model` and its like lead. */
const PATHS = ['protocols', 'src/model', 'src/wire', 'src/errors', 'package.json'];
const INSTEAD = 'where this is no checkout, save a decode with each version (--save) and compare the files';

/** The codecs of a version of this repository. */
export interface RefCodecs {
  /** What messages call it: the name asked for, and the commit. */
  name: string;
  codecs: CodecRegistry;
  decoders: DecoderRegistry;
  unitOf: UnitOf;
  /** Takes the files of the version away. */
  remove(): Promise<void>;
}

/**
 * Takes the codecs out of a git version of this repository, beside those that run: only `protocols` and what it stands on is of that
 * version. Fails with words where this is no checkout, the version is not known, or its codecs do not fit.
 */
export async function codecsOfRef(ref: string): Promise<RefCodecs> {
  if (!existsSync(join(ROOT, '.git')))
    throw new CommandFailure('usage', `"${ref}" is no file, and this is no git checkout: ${INSTEAD}`);
  const commit = await commitOf(ref);
  const directory = await mkdtemp(join(tmpdir(), 'odograph-codecs-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const archive = join(directory, 'codecs.tar');
    await run('git', ['-C', ROOT, 'archive', '--format=tar', '-o', archive, commit, ...PATHS]);
    await run('tar', ['-xf', archive, '-C', directory]);
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const { codecs, decoders } = await load(directory);
    return { name: `${ref} (${commit.slice(0, 10)})`, codecs, decoders, unitOf: await unitsIn(directory), remove };
  } catch (cause) {
    await remove();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure('unavailable', `the codecs of ${ref} cannot be used: ${why.trim()}; ${INSTEAD}`, { cause });
  }
}

async function commitOf(ref: string): Promise<string> {
  try {
    const { stdout } = await run('git', [
      '-C',
      ROOT,
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${ref}^{commit}`,
    ]);
    return stdout.trim();
  } catch (cause) {
    throw new CommandFailure('usage', `"${ref}" is neither a file nor a version of this repository`, { cause });
  }
}

interface AllCodecs {
  CODECS?: CodecRegistry;
  decodersOf?: (codecs: CodecRegistry) => DecoderRegistry;
}

async function load(directory: string): Promise<Pick<RefCodecs, 'codecs' | 'decoders'>> {
  const { CODECS, decodersOf } = (await import(pathToFileURL(join(directory, 'protocols/all.ts')).href)) as AllCodecs;
  if (CODECS === undefined) throw new Error('that version has no protocols/all.ts as this one knows it');
  return { codecs: CODECS, decoders: decodersOf?.(CODECS) ?? CODECS };
}

async function unitsIn(directory: string): Promise<UnitOf> {
  const { SIGNAL_BY_KEY } = (await import(pathToFileURL(join(directory, 'src/model/signals.ts')).href)) as {
    SIGNAL_BY_KEY?: ReadonlyMap<string, { unit: string }>;
  };
  return (key) => SIGNAL_BY_KEY?.get(key)?.unit ?? null;
}
