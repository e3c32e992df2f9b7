import type { Connection } from '../sink/clickhouse/connection.ts';
import type { Audited } from './expected.ts';
import type { AuditReport } from './report.ts';

/**
 * What is the same row, by table: so many of it stay. Of messages without a device time nobody knows whether they are one that came
 * twice or two that say the same.
 */
const SAME: Readonly<Record<Audited, { by: string; but: string; where: string }>> = {
  frames: { by: 'spool_id, spool_seq', but: '(ident, received_at)', where: '1' },
  quarantine: { by: 'spool_id, spool_seq, row_index', but: 'received_at', where: '1' },
  messages: { by: 'ident, record_id', but: 'device_time', where: "clock_repair != 'missing'" },
  events: { by: 'spool_id, spool_seq, row_index', but: '(ident, device_time, record_id, event_index)', where: '1' },
};

/** Counts rows of the compared records that say the same and that no merge takes away, into a report. */
export async function readDuplicates(connection: Connection, report: AuditReport): Promise<void> {
  const { spoolId, firstSeq, throughSeq, tables } = report;
  const parameters = { spool: BigInt(`0x${spoolId}`).toString(), from: firstSeq, through: throughSeq };
  for (const [table, { by, but, where }] of Object.entries(SAME) as [Audited, (typeof SAME)[Audited]][]) {
    const [row] = await connection.rows<{ n: string }>(
      `SELECT sum(more) AS n FROM (
         SELECT uniqExact(${but}) - 1 AS more FROM ${connection.database}.${table}
         WHERE spool_id = {spool:UInt64} AND spool_seq BETWEEN {from:UInt64} AND {through:UInt64} AND ${where}
         GROUP BY ${by} HAVING more > 0)`,
      parameters,
    );
    tables[table].duplicates = Number(row?.n ?? 0);
  }
}
