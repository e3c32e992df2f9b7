import type { Connection } from './connection.ts';

/**
 * Sets how long the raw journal is kept, 0 for ever. ClickHouse drops parts once all of their frames are older, so that nothing
 * is rewritten for it: frames stay up to a month longer.
 */
export async function keepFrames(connection: Connection, retentionMs: number): Promise<void> {
  const { database } = connection;
  const wanted = retentionMs === 0 ? null : `toDateTime(received_at) + toIntervalSecond(${Math.ceil(retentionMs / 1_000)})`;
  const [table] = await connection.rows<{ engine_full: string }>(
    "SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = 'frames'",
    { database },
  );
  const [, is = null] = / TTL (.*?) (?:DELETE )?SETTINGS /.exec(table?.engine_full ?? '') ?? [];
  if (is === wanted) return;
  await connection.command(`ALTER TABLE ${database}.frames ${wanted === null ? 'REMOVE TTL' : `MODIFY TTL ${wanted}`}`);
}
