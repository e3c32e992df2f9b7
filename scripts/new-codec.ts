/**
 * Makes the folder of a codec that knows nothing yet, and fails the tests that say so.
 *
 *     npm run new:codec -- my-protocol [--register]
 *
 * `--register` adds it to `protocols/all.ts`, so that the gateway knows it. See docs/add-a-codec.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { codecFiles, registered } from './new-codec/templates.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { register: { type: 'boolean', default: false } },
});
const [name = '', ...more] = positionals;
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || more.length > 0) {
  throw new Error('say one name in kebab-case: npm run new:codec -- my-protocol');
}
const protocols = join(import.meta.dirname, '../protocols');
const folder = join(protocols, name);
if (existsSync(folder)) throw new Error(`protocols/${name} exists`);

mkdirSync(join(folder, 'golden'), { recursive: true });
for (const [file, text] of Object.entries(codecFiles(name))) {
  writeFileSync(join(folder, file), text);
  console.log(`wrote protocols/${name}/${file}`);
}
if (flags.register) {
  const all = join(protocols, 'all.ts');
  writeFileSync(all, registered(readFileSync(all, 'utf8'), name));
  console.log('registered in protocols/all.ts');
}
console.log(`\nNext: docs/add-a-codec.md, and npx vitest run --project unit protocols/${name} protocols/conformance/quality`);
