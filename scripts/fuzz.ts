/**
 * Throws nearly right bytes at whatever takes bytes from outside, for a while: codecs, decoders of what clouds push, the PROXY header,
 * the reader of the spool and the configuration.
 *
 *     npm run fuzz -- [--seconds 10] [--frames 10000000] [--target teltonika]… [--seed 7] [--keep] [--keep-in result.jsonl]
 *
 * Seconds or frames are for all targets together; with both it ends with whichever comes first. No target may throw, hang or grow, a
 * codec may neither break the contract of `split` nor answer differently for another cut of the same stream; what else each must keep to
 * stands in `scripts/fuzz`. A failing input is made small and saved to `fixtures/fuzz/<target>/`, which the unit tests replay; `--keep`
 * saves inputs there that bring out something new. Exits 1 where a target failed.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { keepInput } from '../protocols/conformance/fuzz/corpus.ts';
import { makeInput } from '../protocols/conformance/fuzz/input.ts';
import type { FuzzOrder, FuzzResult, FuzzWord } from './fuzz/fuzz-worker.ts';
import { keepResult, presentCommit } from '../test/faults/results.ts';
import type { FuzzTarget } from './fuzz/target.ts';
import { loadTarget, targetNames } from './fuzz/targets.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string' },
    frames: { type: 'string' },
    target: { type: 'string', multiple: true, default: targetNames() },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 0x7fff_ffff)) },
    keep: { type: 'boolean', default: false },
    'keep-in': { type: 'string' },
  },
});
const DEFAULT_SECONDS = 10;
const frames = Number(flags.frames ?? Infinity);
const seconds = Number(flags.seconds ?? (flags.frames === undefined ? DEFAULT_SECONDS : Infinity));
const seed = Number(flags.seed);
if (!(seconds > 0) || !(frames > 0) || !Number.isInteger(seed)) {
  throw new Error('--seconds and --frames are numbers above 0, --seed a whole number');
}
if (flags.target.length === 0) throw new Error('there is nothing to fuzz');

/** An input takes microseconds; one that takes this much time of the processor hangs. A machine that is busy elsewhere does not count. */
const HANG_MS = 5_000;
/** The same for what comes before the first input. */
const START_MS = 60_000;
const LOOK_MS = 500;
const NOTES = [
  'Frames are damaged ones, headers, segments and files, noise included. Of eight inputs of a codec one is examined in full (every cut, twice), the others are decoded and held to the contract and the model.',
  'Inputs that bring out something new become seeds of those that follow.',
];
const HEAP_LIMIT_MB = 256;

const bound = [
  ...(Number.isFinite(seconds) ? [`${seconds} s`] : []),
  ...(Number.isFinite(frames) ? [`${frames} frames`] : []),
].join(' or ');
console.log(`fuzzing ${flags.target.join(', ')} for ${bound} in all, seed ${seed}`);
const startedAt = new Date();
const commit = flags['keep-in'] === undefined ? '' : presentCommit();
const targets: FuzzTarget[] = [];
for (const name of flags.target) targets.push(await loadTarget(name));
const weights = targets.reduce((sum, { weight }) => sum + weight, 0);
const results: Record<string, FuzzResult & { seconds: number }> = {};
for (const target of targets) {
  const share = Math.ceil((frames * target.weight) / weights);
  const from = performance.now();
  const result = await fuzz(target, share);
  results[target.name] = { ...result, seconds: Math.round((performance.now() - from) / 100) / 10 };
  tell(target.name, result);
}
const failed = Object.values(results).filter(hasFailed).length;
const total = (of: (result: FuzzResult) => number): number =>
  Object.values(results).reduce((sum, result) => sum + of(result), 0);
console.log(`${total((result) => result.frames)} frames; ${targets.length - failed} passed, ${failed} failed`);
if (flags['keep-in'] !== undefined) keep(flags['keep-in']);
process.exitCode = failed === 0 ? 0 : 1;

/** Keeps the run for the report. Nothing is acknowledged here: a target that failed stands among the counts. */
function keep(file: string): void {
  const words = [
    ...(flags.seconds === undefined ? [] : [`--seconds ${seconds}`]),
    ...(flags.frames === undefined ? [] : [`--frames ${frames}`]),
    ...(flags.target.length === targetNames().length ? [] : flags.target.map((name) => `--target ${name}`)),
    `--seed ${seed}`,
  ];
  const byTarget = Object.entries(results).map(([name, result]) => [`frames of ${name}`, result.frames] as const);
  const counts = { frames: total((result) => result.frames), ...Object.fromEntries(byTarget), 'targets that failed': failed };
  const findings = { lost: 0, duplicated: 0, altered: 0, reordered: 0, invented: 0, unbalanced: 0 };
  const command = `npm run fuzz -- ${words.join(' ')}`;
  const run = { suite: 'fuzz', command, seed, startedAt, counts, acknowledged: 0, findings, notes: NOTES } as const;
  keepResult(run, commit, file);
}

/** Time of the processor that this process has taken, its threads included, ms. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function hasFailed({ failure, iterations }: FuzzResult): boolean {
  return failure !== null || iterations === 0;
}

function tell(name: string, { iterations, frames: count, bytes, outcomes, kept, heapGrowthBytes, failure }: FuzzResult): void {
  console.log(
    `${name}: ${iterations} inputs of ${count} frames, ${(bytes / 1e6).toFixed(1)} MB, ${outcomes} different outcomes` +
      `${kept > 0 ? `, ${kept} kept` : ''}, heap ${(heapGrowthBytes / 1e6).toFixed(1)} MB above its ground`,
  );
  if (failure !== null) console.error(`${name} FAILED: ${failure.reason}\n  saved as ${failure.path}`);
}

async function fuzz({ name, seeds }: FuzzTarget, share: number): Promise<FuzzResult> {
  const counter = new SharedArrayBuffer(4);
  const durationMs = (seconds * 1000) / targets.length;
  const order: FuzzOrder = { target: name, seed, durationMs, frames: share, keep: flags.keep, counter };
  const worker = new Worker(new URL('./fuzz/fuzz-worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
  });
  const { promise, resolve } = Promise.withResolvers<FuzzResult>();
  Atomics.store(new Int32Array(counter), 0, -1);
  const iteration = (): number => Atomics.load(new Int32Array(counter), 0);
  const broken = (reason: string): void => {
    const path = keepInput(name, makeInput(seeds, seed, Math.max(0, iteration())), `seed ${seed}: ${reason}`);
    const failure = { path, reason };
    resolve({ iterations: iteration() + 1, frames: 0, bytes: 0, outcomes: 0, kept: 0, heapGrowthBytes: 0, failure });
  };
  let [before, since] = [-1, processorMs()];
  const watch = setInterval(() => {
    const now = iteration();
    const spentMs = processorMs() - since;
    if (now !== before) [before, since] = [now, processorMs()];
    else if (spentMs > (now === -1 ? START_MS : HANG_MS)) broken(`hangs: no answer for ${HANG_MS} ms`);
  }, LOOK_MS);
  worker
    .on('message', (word: FuzzWord) => {
      if ('grown' in word) seeds.push(word.grown);
      else resolve(word.result);
    })
    .on('error', (error) => broken(error instanceof Error ? error.message : String(error)));
  const result = await promise;
  clearInterval(watch);
  await worker.terminate();
  return result;
}
