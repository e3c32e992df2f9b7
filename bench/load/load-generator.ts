import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Histogram } from 'hdr-histogram-js';
import { addedLatencies } from './latencies.ts';
import { forkOptions, onGeneratorProcessor } from './pinning.ts';
import type { LoadPlan, LoadResult, LoadRun, LoadTotals, Order, Word } from './tasks.ts';

export type LoadOptions = Partial<LoadPlan> & Pick<LoadPlan, 'transport' | 'port' | 'connections'>;

/** A spell of sending, of all processes together. */
export interface Spell {
  frames: number;
  /** Frames acknowledged a second. */
  framesPerSecond: number;
  /** Share of a processor the generator used: near 1 it was itself what held the figure back. */
  busy: number;
  cpuUs: number;
  latencies: Histogram;
  resent: number;
}

/** Connections of one process: each holds descriptors, and has as many ports of its address as the kernel hands out. */
const PER_PROCESS = 10_000;

/** Processes of the load generator that load one port, together. */
export class LoadGenerator {
  readonly recordsPerFrame: number;
  readonly startsAt: number;
  readonly #processes: readonly GeneratorProcess[];
  #totals: LoadTotals[] = [];

  private constructor(processes: readonly GeneratorProcess[], { recordsPerFrame, startsAt }: LoadPlan) {
    this.#processes = processes;
    this.recordsPerFrame = recordsPerFrame;
    this.startsAt = startsAt;
  }

  /** Starts it, and has all connections logged in. Rejects where one of them is not let in. */
  static async open(options: LoadOptions): Promise<LoadGenerator> {
    const whole: LoadPlan = {
      protocol: 'teltonika',
      host: '127.0.0.1',
      firstDevice: 0,
      recordsPerFrame: 1,
      startsAt: defaultStart(),
      window: 1,
      localAddress: '127.0.0.1',
      path: '',
      authorization: '',
      ...options,
    };
    const plans: LoadPlan[] = [];
    for (let at = 0; at < whole.connections; at += PER_PROCESS) {
      const connections = Math.min(PER_PROCESS, whole.connections - at);
      const localAddress = `127.0.0.${2 + plans.length}`;
      plans.push({ ...whole, connections, firstDevice: whole.firstDevice + at, localAddress });
    }
    const started = plans.map((plan) => ({ plan, process: new GeneratorProcess() }));
    const processes = started.map((each) => each.process);
    try {
      await Promise.all(started.map(({ plan, process }) => process.ask({ order: 'open', plan }, 'opened')));
    } catch (error) {
      for (const each of processes) each.close();
      throw error;
    }
    return new LoadGenerator(processes, whole);
  }

  /** Sends for a while. `measuring` and `measured` are called when the measured time begins and ends, in the first process to get there. */
  async run(run: LoadRun, measuring: () => void = nothing, measured: () => void = nothing): Promise<Spell> {
    const [from, to] = [once(measuring), once(measured)];
    const share = run.framesPerSecond === null ? null : run.framesPerSecond / this.#processes.length;
    const words = await Promise.all(
      this.#processes.map((each) => each.ask({ order: 'run', run: { ...run, framesPerSecond: share } }, 'done', from, to)),
    );
    const done = words.filter((word) => word.word === 'done');
    this.#totals = done.map(({ totals }) => totals);
    return spellOf(done.map(({ result }) => result));
  }

  /** Frames acknowledged to each device so far, in the order of their numbers. */
  get acknowledged(): number[] {
    return this.#totals.flatMap(({ acknowledged }) => acknowledged);
  }

  /** Frames acknowledged so far, to all devices. */
  get acknowledgedFrames(): number {
    return added(this.acknowledged);
  }

  /** Frames sent of which it is not known what became. */
  get unknown(): number {
    return added(this.#totals.flatMap(({ sent }) => sent)) - this.acknowledgedFrames;
  }

  /** Why connections were lost. */
  get lost(): string[] {
    return this.#totals.flatMap(({ lost }) => lost);
  }

  close(): void {
    for (const each of this.#processes) each.close();
  }
}

/** A time two days ago at a full hour: what is sent is a backlog, and stays in the past however fast it comes. */
function defaultStart(): number {
  const hourMs = 3_600_000;
  return Math.floor(Date.now() / hourMs) * hourMs - 20 * 24 * hourMs;
}

function added(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

function nothing(): void {
  // Nobody looks.
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function spellOf(results: readonly LoadResult[]): Spell {
  const sum = (of: (result: LoadResult) => number): number => results.reduce((all, result) => all + of(result), 0);
  const seconds = Math.max(...results.map((result) => result.seconds));
  return {
    frames: sum(({ frames }) => frames),
    framesPerSecond: sum((result) => result.frames / result.seconds),
    cpuUs: sum(({ cpuUs }) => cpuUs),
    busy: sum(({ cpuUs }) => cpuUs) / 1e6 / seconds,
    latencies: addedLatencies(results.map(({ latencies }) => latencies)),
    resent: sum(({ resent }) => resent),
  };
}

class GeneratorProcess {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'generator.ts'), [], {
      ...forkOptions(onGeneratorProcessor),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** Gives an order, and waits for the word that ends it. */
  ask(order: Order, until: Word['word'], measuring = nothing, measured = nothing): Promise<Word> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the load generator ended by ${code}`));
      const hear = (word: Word): void => {
        if (word.word === 'measuring') measuring();
        if (word.word === 'measured') measured();
        if (word.word !== until && word.word !== 'failed') return;
        child.off('message', hear);
        child.off('exit', ended);
        if (word.word === 'failed') reject(new Error(`the load generator failed: ${word.why}`));
        else resolve(word);
      };
      child.on('message', hear);
      child.once('exit', ended);
      child.send(order);
    });
  }

  close(): void {
    if (this.#child.connected) this.#child.send({ order: 'close' } satisfies Order);
  }
}
