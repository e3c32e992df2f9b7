/** The process of one run of one bench: `fork(child.ts, [file, name, round])`. Sends its figures to the parent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchContext } from './bench.ts';
import { benchesOf } from './find-benches.ts';

const [file = '', name = '', round = '0'] = process.argv.slice(2);
const bench = (await benchesOf(file)).find((each) => each.name === name);
if (bench === undefined) throw new Error(`${file} has no bench ${name}`);
const directory = mkdtempSync(join(tmpdir(), 'odograph-bench-'));
const ends: (() => void | Promise<void>)[] = [];
const context: BenchContext = {
  directory,
  round: Number(round),
  tell: (words) => process.stderr.write(`  ${name}: ${words}\n`),
  onEnd: (end) => void ends.unshift(end),
};
try {
  const figures = await bench.run(context);
  await new Promise<void>((resolve, reject) => {
    process.send?.(figures, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
} finally {
  for (const end of ends) await end();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);
