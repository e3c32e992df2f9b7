/** Deletes rows by mutations, and waits for them: what is deleted is off the disk but for parts that go by their age. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from './connection.ts';

const POLL_MS = 50;

/** Deletes the rows of a table that meet a condition. Rejects where the mutation fails. */
export async function erase(
  connection: Connection,
  table: string,
  condition: string,
  parameters: Record<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  await connection.command(`ALTER TABLE ${connection.database}.${table} DELETE WHERE ${condition}`, parameters);
  await mutationsEnded(connection, table, signal);
}

/** Waits until every mutation of a table is done: an answer that is lost on its way leaves one that goes on. */
export async function mutationsEnded(connection: Connection, table: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const [open] = await connection.rows<{ why: string }>(
      `SELECT latest_fail_reason AS why FROM system.mutations
       WHERE database = {database:String} AND table = {table:String} AND NOT is_done AND NOT is_killed LIMIT 1`,
      { database: connection.database, table },
    );
    if (open === undefined) return;
    if (open.why !== '') throw new Error(`a mutation of ${table} fails: ${open.why}`);
    await pause(POLL_MS, undefined, { signal });
  }
}
