/**
 * Fuzzes one codec in a thread of its own, so that `scripts/fuzz.ts` can see it hang and bound its memory.
 *
 * The counter it shares holds the iteration under way; from it, the seed and the seeds' bytes the input can be made again.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { examine, shrink } from '../protocols/conformance/fuzz/examine.ts';
import { keepInput } from '../protocols/conformance/fuzz/corpus.ts';
import { makeInput, type FuzzInput } from '../protocols/conformance/fuzz/input.ts';
import { loadCodec } from '../protocols/conformance/codec-folders.ts';
import { fuzzSeeds } from './fuzz-seeds.ts';

/** What the thread is told. */
export interface FuzzOrder {
  folder: string;
  seed: number;
  durationMs: number;
  /** Keep inputs that bring out something no kept input brought out. */
  keep: boolean;
  counter: SharedArrayBuffer;
}

/** What the thread says at its end. */
export interface FuzzResult {
  iterations: number;
  bytes: number;
  /** Different things that came out: kinds of frame, faults, events. */
  outcomes: number;
  kept: number;
  heapGrowthBytes: number;
  /** Where the failing input was saved, and why it failed; `null` where none did. */
  failure: { path: string; reason: string } | null;
}

/** Iterations between two looks at the heap, and after which the first look sets the ground level. */
const HEAP_EVERY = 2_000;
/** A corpus is to be read and replayed in every unit test. */
const KEPT_AT_MOST = 40;
const HEAP_CEILING_BYTES = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

async function run({ folder, seed, durationMs, keep, counter }: FuzzOrder): Promise<FuzzResult> {
  const codec = await loadCodec(folder);
  const seeds = fuzzSeeds(folder);
  const seen = new Set(seeds.flatMap(({ bytes, context }) => [...examine(codec, { context, chunks: [bytes] })]));
  const shared = new Int32Array(counter);
  const result: FuzzResult = { iterations: 0, bytes: 0, outcomes: 0, kept: 0, heapGrowthBytes: 0, failure: null };
  let ground: number | null = null;
  const fail = (input: FuzzInput, reason: string): FuzzResult => {
    const path = keepInput(folder, input, `seed ${seed}, iteration ${result.iterations}: ${reason}`);
    return { ...result, outcomes: seen.size, failure: { path, reason } };
  };
  const endsAt = performance.now() + durationMs;
  while (performance.now() < endsAt) {
    Atomics.store(shared, 0, result.iterations);
    const input = makeInput(seeds, seed, result.iterations);
    try {
      const outcomes = examine(codec, input);
      const fresh = [...outcomes].filter((outcome) => !seen.has(outcome));
      if (keep && fresh.length > 0 && result.kept < KEPT_AT_MOST) {
        keepInput(folder, input, fresh.join('\n'));
        result.kept++;
      }
      for (const outcome of outcomes) seen.add(outcome);
    } catch (error) {
      return fail(shrink(codec, input), error instanceof Error ? error.message : `throws ${JSON.stringify(error)}`);
    }
    result.iterations++;
    result.bytes += input.chunks.reduce((sum, { length }) => sum + length, 0);
    if (result.iterations % HEAP_EVERY !== 0) continue;
    ground ??= heapBytes();
    result.heapGrowthBytes = heapBytes() - ground;
    if (result.heapGrowthBytes > HEAP_CEILING_BYTES) return fail(input, `the heap grew by ${result.heapGrowthBytes} bytes`);
  }
  return { ...result, outcomes: seen.size };
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of our own, no window
parentPort?.postMessage(await run(workerData as FuzzOrder));
