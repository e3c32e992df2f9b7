/**
 * Shows that the rules of the specs are guarded: breaks the code in the way that each breakage describes, in a copy of the
 * repository, and runs the test that must fail then.
 *
 *     npm run guarantees                     all of them
 *     npm run guarantees -- spool ack.7      a spec, or one rule of it
 *
 * Exits with 1 where a test passed all the same, did not run, or fails on unbroken code. What was seen is kept, and shown in
 * `docs/guarantees.md` (`npm run docs guarantees`).
 */
import { join } from 'node:path';
import { BrokenTree } from '../test/guarantees/broken-tree.ts';
import { BREAKAGES } from '../test/guarantees/index.ts';
import { keyOf, readShown, writeShown } from '../test/guarantees/shown.ts';

const ROOT = join(import.meta.dirname, '..');

const words = process.argv.slice(2);
const chosen = Object.entries(BREAKAGES)
  .flatMap(([spec, breakages]) => breakages.map((breakage) => ({ spec, breakage })))
  .filter(({ spec, breakage }) => words.length === 0 || words.includes(spec) || words.includes(`${spec}.${breakage.rule}`));
if (chosen.length === 0) throw new Error(`there is no rule ${words.join(', ')}: say ack, or ack.7`);

const tree = new BrokenTree(ROOT, join(ROOT, '.tmp/guarantees'));
const shown = readShown();
const on = new Date().toISOString().slice(0, 10);
let unguarded = 0;

for (const { spec, breakage } of chosen) {
  const { edits, test } = breakage;
  const key = keyOf(spec, breakage);
  const broken = tree.run({ edits, test });
  // A test that fails anyway shows nothing.
  const whole = broken.kind === 'failed' ? tree.run({ edits: [], test }) : null;
  if (broken.kind === 'failed' && whole?.kind === 'passed') {
    shown[key] = { said: broken.said, on };
    console.log(`${key}\n    fails: ${broken.said}`);
  } else {
    unguarded++;
    delete shown[key];
    const why = broken.kind === 'failed' ? `fails on whole code too: ${JSON.stringify(whole)}` : JSON.stringify(broken);
    console.log(`${key}\n    NOT SHOWN by ${test.file} "${test.name}": ${why}`);
  }
  // At once: all of them take a while, and what was seen was seen.
  writeShown(shown);
}

console.log(`${chosen.length - unguarded} of ${chosen.length} breakages make their test fail`);
if (unguarded > 0) process.exitCode = 1;
