import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeCodec } from '../../protocols/conformance/describe-codec.ts';
import { loadCodec } from '../../protocols/conformance/codec-folders.ts';
import { driveChunks } from '../../protocols/conformance/drive.ts';
import { falseClaims, loadCodecFolder, tierOf } from '../../protocols/conformance/quality.ts';
import { codecFiles, registered } from './templates.ts';

// Inside the repository, because the aliases of its imports hold only there.
const scratch = join(import.meta.dirname, '../../.tmp');
const protocols = join(import.meta.dirname, '../../protocols');
let folder = '';

beforeAll(() => {
  mkdirSync(scratch, { recursive: true });
  folder = join(mkdtempSync(join(scratch, 'new-codec-')), 'my-protocol');
  mkdirSync(folder);
  for (const [file, text] of Object.entries(codecFiles('my-protocol'))) writeFileSync(join(folder, file), text);
});

afterAll(() => rmSync(join(folder, '..'), { recursive: true }));

test('a new codec loads and refuses every byte', async () => {
  const codec = await loadCodec(relative(protocols, folder));
  const drive = driveChunks(codec, [Uint8Array.of(1, 2, 3)], { ident: null, dialect: null, transport: 'tcp' });
  expect(drive.refused.map(({ fault }) => fault.code)).toEqual(['wire_resync', 'wire_resync', 'wire_resync']);
});

test('the conformance kit fails a new codec because it has no golden', async () => {
  const codec = await loadCodec(relative(protocols, folder));
  const facts = { checked: () => null, lengthField: () => null, garbage: Uint8Array.of(1) };
  const goldens = new URL('golden/', `file://${folder}/`);
  expect(() => describeCodec(codec, { goldens, ...facts })).toThrow('my-protocol is not tested at all');
});

test('a new codec claims nothing and is below bronze', () => {
  const loaded = loadCodecFolder(relative(protocols, folder));
  expect(falseClaims(loaded)).toEqual([]);
  expect(tierOf(loaded.quality)).toBeNull();
});

test('a codec is registered behind those that are there', () => {
  const source =
    "import { codecRegistry } from './registry.ts';\nimport { a } from './a/index.ts';\n\nexport const CODECS = codecRegistry([a]);\n";
  expect(registered(source, 'my-protocol')).toBe(
    "import { codecRegistry } from './registry.ts';\nimport { a } from './a/index.ts';\nimport { myProtocol } from './my-protocol/index.ts';\n\nexport const CODECS = codecRegistry([a, myProtocol]);\n",
  );
  expect(() => registered('export const CODECS = [];', 'b')).toThrow('no codecRegistry');
});
