/**
 * Fuzzes one target in a thread of its own, so that `scripts/fuzz.ts` can see it hang and bound its memory.
 *
 * The counter it shares holds the iteration under way; from it, the seed and the seeds' bytes the input can be made again. Inputs that
 * bring out something new become seeds: each is told before the next iteration begins, so that this holds.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { keepInput } from '../../protocols/conformance/fuzz/corpus.ts';
import { shrink } from '../../protocols/conformance/fuzz/examine.ts';
import { makeInput, type FuzzInput, type FuzzSeed } from '../../protocols/conformance/fuzz/input.ts';
import type { FuzzTarget } from './target.ts';
import { loadTarget } from './targets.ts';

/** What the thread is told. */
export interface FuzzOrder {
  target: string;
  seed: number;
  /** It ends with whichever comes first. */
  durationMs: number;
  frames: number;
  /** Keep inputs that bring out something no kept input brought out. */
  keep: boolean;
  counter: SharedArrayBuffer;
}

/** What the thread says: each new seed as it comes, and the result at its end. */
export type FuzzWord = { grown: FuzzSeed } | { result: FuzzResult };

export interface FuzzResult {
  iterations: number;
  /** Damaged frames, headers, segments or files, noise included. */
  frames: number;
  bytes: number;
  /** Different things that came out: kinds of frame, faults, events. */
  outcomes: number;
  kept: number;
  heapGrowthBytes: number;
  /** Where the failing input was saved, and why it failed; `null` where none did. */
  failure: { path: string; reason: string } | null;
}

/** Of so many inputs one is examined, the others are glanced at, where a target has both. */
const EXAMINED_OF = 8;
/** Iterations between two looks at the heap, and after which the first look sets the ground level. */
const HEAP_EVERY = 20_000;
/** A corpus is to be read and replayed in every unit test. */
const KEPT_AT_MOST = 40;
/** Seeds that grow out of one run. */
const GROWN_AT_MOST = 200;
/** What is longer is no seed: inputs made of it would grow on and on. */
const SEED_BYTES = 4_096;
const HEAP_CEILING_BYTES = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const say = (word: FuzzWord): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of our own, no window
  parentPort?.postMessage(word);
};

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

async function fails(target: FuzzTarget, input: FuzzInput): Promise<boolean> {
  try {
    target.glance?.(input);
    await target.examine(input);
    return false;
  } catch {
    return true;
  }
}

async function outcomesOfSeeds({ seeds, examine }: FuzzTarget): Promise<Set<string>> {
  const seen = new Set<string>();
  for (const { bytes, context } of seeds) {
    for (const outcome of await examine({ context, chunks: [bytes] })) seen.add(outcome);
  }
  return seen;
}

async function run({ target: name, seed, durationMs, frames, keep, counter }: FuzzOrder): Promise<FuzzResult> {
  const target = await loadTarget(name);
  const { seeds } = target;
  const seen = await outcomesOfSeeds(target);
  const shared = new Int32Array(counter);
  const result: FuzzResult = { iterations: 0, frames: 0, bytes: 0, outcomes: 0, kept: 0, heapGrowthBytes: 0, failure: null };
  let grown = 0;
  let ground: number | null = null;
  const fail = (input: FuzzInput, reason: string): FuzzResult => {
    const path = keepInput(name, input, `seed ${seed}, iteration ${result.iterations}: ${reason}`);
    return { ...result, outcomes: seen.size, failure: { path, reason } };
  };
  const notice = (input: FuzzInput, outcomes: ReadonlySet<string>): void => {
    const fresh = [...outcomes].filter((outcome) => !seen.has(outcome));
    if (fresh.length === 0) return;
    for (const outcome of fresh) seen.add(outcome);
    if (keep && result.kept < KEPT_AT_MOST) {
      keepInput(name, input, fresh.join('\n'));
      result.kept++;
    }
    const bytes = new Uint8Array(Buffer.concat(input.chunks));
    if (grown === GROWN_AT_MOST || bytes.length === 0 || bytes.length > SEED_BYTES) return;
    grown++;
    const one = { context: input.context, bytes };
    seeds.push(one);
    say({ grown: one });
  };
  const endsAt = performance.now() + durationMs;
  while (performance.now() < endsAt && result.frames < frames) {
    Atomics.store(shared, 0, result.iterations);
    const input = makeInput(seeds, seed, result.iterations);
    try {
      if (target.glance !== undefined && result.iterations % EXAMINED_OF !== 0) target.glance(input);
      else notice(input, await target.examine(input));
    } catch (error) {
      const small = await shrink((smaller) => fails(target, smaller), input);
      return fail(small, error instanceof Error ? error.message : `throws ${JSON.stringify(error)}`);
    }
    result.iterations++;
    result.frames += input.frames;
    result.bytes += input.chunks.reduce((sum, { length }) => sum + length, 0);
    if (result.iterations % HEAP_EVERY !== 0) continue;
    ground ??= heapBytes();
    result.heapGrowthBytes = heapBytes() - ground;
    if (result.heapGrowthBytes > HEAP_CEILING_BYTES) return fail(input, `the heap grew by ${result.heapGrowthBytes} bytes`);
  }
  return { ...result, outcomes: seen.size };
}

say({ result: await run(workerData as FuzzOrder) });
