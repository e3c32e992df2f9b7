/** What a run of the fault suite leaves behind: one line of JSON in `docs/reliability/`, from which the report is made. */

/** Suites a run may belong to, and how the report calls them. */
export const SUITES = {
  kills: 'Kills',
  'power-cuts': 'Power cuts',
  soak: 'Soak',
  fuzz: 'Fuzzing',
  hostile: 'Hostile connections',
  disk: 'Disk faults',
  world: 'ClickHouse, Redis, broker, clock and network faults',
} as const;
export type SuiteName = keyof typeof SUITES;

/** What the judge found, by kind; all zero where every promise held. */
export interface Findings {
  lost: number;
  duplicated: number;
  altered: number;
  reordered: number;
  invented: number;
  unbalanced: number;
}

/** One run. Everything in it was measured or is an argument of the command; nothing is computed by the report. */
export interface FaultResult {
  suite: SuiteName;
  /** As it is typed in the root of the repository; with the seed, where the run has one. */
  command: string;
  seed: number | null;
  /** Of the code that was run. */
  commit: string;
  startedAt: string;
  seconds: number;
  machine: Machine;
  /** What was done, by name: `kills`, `frames`, `connections`. The report prints the names as they are. */
  counts: Readonly<Record<string, number>>;
  /** Records (frames where the suite counts those) that were acknowledged and judged. */
  acknowledged: number;
  findings: Findings;
  /** Sentences for the reader: methods, and what the numbers do not say. */
  notes: readonly string[];
}

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
}
