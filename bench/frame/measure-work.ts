/** Measures small pieces of work in turns with each other and with the calibration, by processor time. */
import type { Figure } from './bench.ts';
import { calibrationTurn } from './calibration.ts';
import { lowerQuartile, median } from './statistics.ts';

const ROUNDS = 31;
const ROUND_NS = 2e6;
const WARM_UP_NS = 100e6;

export interface Work {
  name: string;
  /** Does it once. What it gives is summed up, so that the engine cannot leave the work out. */
  once: () => number;
  /** How many of `unit` one call does; 1 where it is absent. */
  per?: number;
  /** `ns/frame` where it is absent. */
  unit?: string;
  target?: number;
  /** Has no allocated bytes told: what it does is done elsewhere, or its heap is not its own. */
  withoutBytes?: boolean;
}

const CALIBRATION = 'calibration';
let used = 0;

/**
 * Gives for each piece of work its time, held to the baseline by its ratio to the calibration; with `--expose-gc` also the bytes of the heap
 * that it allocates. Every piece is run warm before any is measured: they share what they call, as they do in a gateway.
 */
export function measureWorks(works: readonly Work[], round: number): Figure[] {
  const all: Work[] = [{ name: CALIBRATION, once: calibrationTurn }, ...works];
  // Twice: what is compiled later may have the engine throw away what it compiled before.
  all.map(warmUp);
  const times = all.map(warmUp);
  const took = all.map((): number[] => []);
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (let i = 0; i < all.length; i++) {
      const index = (i + turn + round) % all.length;
      took[index]?.push(nanosecondsOf(all[index] as Work, times[index] as number));
    }
  }
  // What was computed is used, so that none of it can be left out.
  if (Number.isNaN(used)) throw new Error('work gave no number');
  return all.flatMap((work, index) => figuresOf(work, lowerQuartile(took[index] as number[])));
}

function figuresOf(work: Work, ns: number): Figure[] {
  const { name, per = 1, unit = 'ns/frame', target } = work;
  if (name === CALIBRATION) return [{ name, value: ns, unit: 'ns', better: 'neither' }];
  const time: Figure = { name, value: ns / per, unit, better: 'less', guard: { over: CALIBRATION } };
  const bytes = work.withoutBytes === true ? null : bytesOf(work);
  const allocated: Figure[] =
    bytes === null ? [] : [{ name: `${name}, heap`, value: bytes / per, unit: unit.replace('ns', 'bytes'), better: 'less' }];
  return [target === undefined ? time : { ...time, target }, ...allocated];
}

/** Runs it until the engine has compiled it as far as it will; says how many times make a round. */
function warmUp(work: Work): number {
  let times = 16;
  // By processor time: on a busy machine the clock runs on while nothing is done.
  for (let left = WARM_UP_NS; ;) {
    const ns = nanosecondsOf(work, times);
    left -= ns * times;
    if (left <= 0) return Math.max(1, Math.round(ROUND_NS / Math.max(ns, 1)));
    if (ns * times < ROUND_NS) times *= 2;
  }
}

/** Processor time of one call, all threads of the process: what others do on the machine is not counted, the collector's work is. */
function nanosecondsOf({ once }: Work, times: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) used += once();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / times;
}

/** Bytes of the heap that one call allocates, as long as the collector does not come in between; null without `--expose-gc`. */
function bytesOf({ once }: Work): number | null {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  const found: number[] = [];
  for (let i = 0; i < 9; i++) {
    gc();
    const times = 200;
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < times; n++) used += once();
    found.push((process.memoryUsage().heapUsed - before) / times);
  }
  return Math.max(0, median(found));
}
