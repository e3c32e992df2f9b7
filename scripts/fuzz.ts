/**
 * Throws nearly right bytes at the codecs for a while.
 *
 *     npm run fuzz -- [--seconds 10] [--codec teltonika]… [--seed 7] [--keep]
 *
 * The time is for all codecs together. A codec must not throw, hang, grow, break the contract of `split`, nor answer
 * differently for another cut of the same stream. A failing input is made small and saved to `fixtures/fuzz/<codec>/`, which
 * the unit tests replay; `--keep` saves inputs there that bring out something new. Exits 1 where a codec failed.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { codecFolders, decoderFolders } from '../protocols/conformance/codec-folders.ts';
import { keepInput } from '../protocols/conformance/fuzz/corpus.ts';
import { makeInput } from '../protocols/conformance/fuzz/input.ts';
import { fuzzSeeds } from './fuzz-seeds.ts';
import type { FuzzOrder, FuzzResult } from './fuzz-worker.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    codec: { type: 'string', multiple: true, default: [...codecFolders(), ...decoderFolders()] },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 0x7fff_ffff)) },
    keep: { type: 'boolean', default: false },
  },
});
const [seconds, seed] = [Number(flags.seconds), Number(flags.seed)];
if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('--seconds is a number above 0, --seed a whole number');
if (flags.codec.length === 0) throw new Error('there is no codec to fuzz');

/** An input takes microseconds; one that takes this long hangs. */
const HANG_MS = 5_000;
const HEAP_LIMIT_MB = 256;

console.log(`fuzzing ${flags.codec.join(', ')} for ${seconds} s in all, seed ${seed}`);
let failed = 0;
for (const folder of flags.codec) {
  const result = await fuzz(folder);
  const { iterations, bytes, outcomes, kept, heapGrowthBytes, failure } = result;
  console.log(
    `${folder}: ${iterations} inputs, ${(bytes / 1e6).toFixed(1)} MB, ${outcomes} different outcomes` +
      `${kept > 0 ? `, ${kept} kept` : ''}, heap ${(heapGrowthBytes / 1e6).toFixed(1)} MB above its ground`,
  );
  if (failure !== null) console.error(`${folder} FAILED: ${failure.reason}\n  saved as ${failure.path}`);
  if (failure !== null || iterations === 0) failed++;
}
console.log(`${flags.codec.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function fuzz(folder: string): Promise<FuzzResult> {
  const counter = new SharedArrayBuffer(4);
  const durationMs = (seconds * 1000) / flags.codec.length;
  const order: FuzzOrder = { folder, seed, durationMs, keep: flags.keep, counter };
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
  });
  const { promise, resolve } = Promise.withResolvers<FuzzResult>();
  const iteration = (): number => Atomics.load(new Int32Array(counter), 0);
  const broken = (reason: string): void => {
    const path = keepInput(folder, makeInput(fuzzSeeds(folder), seed, iteration()), `seed ${seed}: ${reason}`);
    const failure = { path, reason };
    resolve({ iterations: iteration() + 1, bytes: 0, outcomes: 0, kept: 0, heapGrowthBytes: 0, failure });
  };
  let before = -1;
  const watch = setInterval(() => {
    const now = iteration();
    if (now === before) broken(`hangs: no answer for ${HANG_MS} ms`);
    before = now;
  }, HANG_MS);
  worker.on('message', resolve).on('error', (error) => broken(error instanceof Error ? error.message : String(error)));
  const result = await promise;
  clearInterval(watch);
  await worker.terminate();
  return result;
}
