/** Writes the pages that are made from the code: all of them, or those of the word given (`config`, `errors`, `metrics`). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from './docs/pages.ts';

const word = process.argv[2];
const chosen = PAGES.filter((page) => word === undefined || page.word === word);
if (chosen.length === 0) throw new Error(`no page is called ${word}`);
for (const { path, make } of chosen) {
  writeFileSync(join(import.meta.dirname, '..', path), await make());
  console.log(`wrote ${path}`);
}
