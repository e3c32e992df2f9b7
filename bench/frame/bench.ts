/**
 * What a bench is. Each file `*.bench.ts` below `bench/` exports `BENCHES`, a list of them; `npm run bench` finds them by that name, and runs
 * each in a process of its own.
 */

/** One number that a run of a bench has measured. Its name is unique within the bench. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  better: 'less' | 'more' | 'neither';
  /** What it is meant to reach, in the same unit. */
  target?: number;
  /** Name of the figure of the same run that it is measured against: the table tells the ratio to it. */
  ceiling?: string;
  /** What the ratio to the ceiling is meant to reach. */
  targetRatio?: number;
  /**
   * Has `npm run bench:check` hold the figure to its baseline: as it is, where it says `alone` (a count, which no machine changes), or divided
   * by another figure of the same run, whose name it says, where it depends on the machine.
   */
  guard?: 'alone' | { over: string };
}

export interface Bench {
  /** Folder and name: `codec/teltonika`, `e2e/tcp-lone`. `npm run bench -- codec` chooses by what names begin with. */
  name: string;
  /** One sentence for `--list` and for the report. */
  about: string;
  /** How long one run takes, about. */
  seconds: number;
  /**
   * `micro` benches run by default and in `npm run bench:check`, `usual` ones by default, and those that must be `named` only when they are.
   * Absent means `usual`.
   */
  set?: BenchSet;
  /** Arguments for the process it runs in, as `--expose-gc`. */
  nodeFlags?: readonly string[];
  run(context: BenchContext): Promise<readonly Figure[]>;
}

export type BenchSet = 'micro' | 'usual' | 'named';

export interface BenchContext {
  /** An empty folder, removed after the run. */
  directory: string;
  /** Which round it is, from 0: for benches that change the order of what they compare. */
  round: number;
  /** Says to whoever waits what goes on. */
  tell(words: string): void;
  /** Has something done after the run, failed or not: a server stopped. What was asked for last is done first. */
  onEnd(end: () => void | Promise<void>): void;
}
