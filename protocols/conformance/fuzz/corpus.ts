/** Fuzz inputs on disk: `fixtures/fuzz/<codec>/<name>.hex`, a comment with the session, then one chunk a line. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SessionContext } from '#protocols/codec';
import { murmur3 } from '#wire/hash';
import { fromHex, toHex } from '#wire/hex';
import type { FuzzInput } from './input.ts';

const CORPUS = join(import.meta.dirname, '../../../fixtures/fuzz');
const CONTEXT_LINE = /^# context (\{.*\})$/m;

/** Where the inputs of a codec are kept; `codec` is its folder in `protocols`. */
function corpusFolder(codec: string): string {
  return join(CORPUS, basename(codec));
}

/** Names of the kept inputs, in order; none where there is no folder. */
export function corpusNames(codec: string): string[] {
  const folder = corpusFolder(codec);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.hex'))
        .sort()
    : [];
}

/** Reads one kept input. */
export function readInput(codec: string, name: string): FuzzInput {
  const text = readFileSync(join(corpusFolder(codec), name), 'utf8');
  const context = CONTEXT_LINE.exec(text)?.[1];
  if (context === undefined) throw new Error(`${name} has no line "# context {…}"`);
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const chunks = lines.map((line) => {
    const bytes = fromHex(line);
    if (bytes === null) throw new Error(`${name} has a line that is no hex: ${line.slice(0, 40)}`);
    return bytes;
  });
  return { context: JSON.parse(context) as SessionContext, chunks };
}

/** Writes an input, named after its bytes, and gives its path. */
export function keepInput(codec: string, { context, chunks }: FuzzInput, reason: string): string {
  const folder = corpusFolder(codec);
  mkdirSync(folder, { recursive: true });
  const name = murmur3(Buffer.concat(chunks), chunks.length).toString(16).padStart(8, '0');
  const path = join(folder, `${name}.hex`);
  const comment = reason
    .split('\n')
    .slice(0, 5)
    .map((line) => `# ${line}`.trimEnd().slice(0, 200));
  const lines = [...comment, `# context ${JSON.stringify(context)}`, ...chunks.filter(({ length }) => length > 0).map(toHex)];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
