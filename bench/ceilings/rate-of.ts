import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { forkOptions, onLoadedProcessor } from '../load/pinning.ts';
import type { ClickHouseRate } from './bare-clickhouse.ts';

/** Receipts a second that the spool gives when nothing else is to be done. */
export function spoolRate(directory: string, milliseconds: number, inFlight: number): Promise<number> {
  return told<number>('bare-spool.ts', [directory, milliseconds, inFlight]);
}

/** What ClickHouse takes of rows that were built beforehand. */
export function clickHouseRate(directory: string, milliseconds: number, recordsPerFrame: number): Promise<ClickHouseRate> {
  return told<ClickHouseRate>('bare-clickhouse.ts', [directory, milliseconds, recordsPerFrame]);
}

async function told<Told>(script: string, words: readonly (string | number)[]): Promise<Told> {
  const child = fork(join(import.meta.dirname, script), words.map(String), forkOptions(onLoadedProcessor));
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Told | number | null];
  if (message === null || child.exitCode !== null) throw new Error(`${script} ended by ${child.exitCode} without a figure`);
  return message as Told;
}
