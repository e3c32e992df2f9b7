/**
 * Writes what a codec makes of a golden's bytes into its JSON file, for a person to review and commit.
 *
 *     npm run golden -- --accept teltonika/codec8-login
 *     npm run golden -- --accept teltonika/new-case --kind synthetic --ref "after the vendor's page Codec" --ident 3568...
 *
 * Provenance and context are kept from the JSON file that is there; the flags set or replace them. Acceptance is a person's
 * act: where `CI` is set the script refuses.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Transport } from '#model/frame-record';
import { codecPaths, loadCodec } from '../protocols/conformance/codec-folders.ts';
import { contextOf, printGolden, readBytes, stateBytes, type GoldenHead } from '../protocols/conformance/golden.ts';

const { values: flags } = parseArgs({
  options: {
    accept: { type: 'string', multiple: true, default: [] },
    kind: { type: 'string' },
    ref: { type: 'string' },
    device: { type: 'string' },
    transport: { type: 'string' },
    ident: { type: 'string' },
    dialect: { type: 'string' },
  },
});

if ((process.env['CI'] ?? '') !== '') throw new Error('goldens are accepted by a person, not where CI is set');
if (flags.accept.length === 0) throw new Error('say which: npm run golden -- --accept <codec>/<case>');
for (const name of flags.accept) await accept(name);

async function accept(name: string): Promise<void> {
  const slash = name.lastIndexOf('/');
  if (slash <= 0) throw new Error(`${name} is not <codec>/<case>`);
  const [folder, golden] = [name.slice(0, slash), name.slice(slash + 1)];
  const codec = await loadCodec(folder);
  const { goldens } = codecPaths(folder);
  const file = join(goldens, `${golden}.json`);
  const head = headOf(file);
  const text = printGolden(head, stateBytes(codec, readBytes(goldens, golden), contextOf(head)));
  writeFileSync(file, text);
  console.log(`wrote ${file}\n${text}`);
}

function headOf(file: string): GoldenHead {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as GoldenHead) : null;
  const kind = (flags.kind ?? before?.provenance.kind) as GoldenHead['provenance']['kind'] | undefined;
  const ref = flags.ref ?? before?.provenance.ref;
  if (kind === undefined || ref === undefined)
    throw new Error('a new golden needs --kind and --ref: where do its bytes come from?');
  const device = flags.device ?? before?.device;
  const transport = (flags.transport ?? before?.transport) as Transport | undefined;
  const named = flags.ident !== undefined || flags.dialect !== undefined;
  const context = named ? { ident: flags.ident ?? null, dialect: flags.dialect ?? null } : before?.context;
  return {
    provenance: { kind, ref },
    ...(device === undefined ? {} : { device }),
    ...(transport === undefined ? {} : { transport }),
    ...(context === undefined ? {} : { context }),
  };
}
