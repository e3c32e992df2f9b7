import type { Verdict } from '../judge/verdict.ts';

/** Steps at which a gateway can be killed, and what is so far done and not done there. */
export const KILL_POINTS = {
  'spool-written': 'a group of records is written, and not synced',
  'spool-synced': 'a group of records is synced, and nobody is told',
  'segment-headed': 'a new segment has its header, and is not synced',
  'segment-synced': 'a new segment is synced, and its directory is not',
  'insert-sent': 'half of an insert is on its way to ClickHouse',
  'insert-asked': 'an insert is sent whole, and not answered',
  'insert-answered': 'an insert is answered, and nothing is noted of it',
  'registry-written': 'a transaction of the registry is written, and not committed',
  'registry-committed': 'the book of the trackers is committed, and the checkpoint is behind it',
  'checkpoint-written': 'a checkpoint is written beside the one that holds',
  'checkpoint-replaced': 'a checkpoint has taken the place of the one before, and its directory is not synced',
  'schema-asked': 'a statement of a migration of ClickHouse is sent, and not answered',
  'schema-answered': 'a statement of a migration of ClickHouse is done, and the next is not sent',
  'registry-schema': 'a statement of a migration of the registry is done, and not committed',
} as const;

export type KillPoint = keyof typeof KILL_POINTS;

/** Points that only the first start of a data folder comes by. */
export const MIGRATION_POINTS: readonly KillPoint[] = ['schema-asked', 'schema-answered', 'registry-schema'];

/** Points that a gateway under load comes by again and again. */
export const LOAD_POINTS: readonly KillPoint[] = (Object.keys(KILL_POINTS) as KillPoint[]).filter(
  (point) => !MIGRATION_POINTS.includes(point),
);

/** Loaded before a program, with `?at=…&nth=…` behind it, it kills it there. */
export const PRELOAD = new URL('preload.ts', import.meta.url).href;

/** How a gateway, a part of it, or its engine went down: by chance, at a step, or by being asked to. */
export type Death = 'at random' | 'engine' | 'SIGTERM' | KillPoint;

/** What rounds of deaths leave. */
export interface KillRun {
  verdict: Verdict;
  deaths: ReadonlyMap<Death, number>;
  /** Frames sent again because their acknowledgement did not come. */
  resends: number;
  frames: number;
}
