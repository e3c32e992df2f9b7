/** Reads the places that the trackers of a company have stated, in the order in which one gateway took them in. */
import { POSITION_COLUMNS, positionOf, type PositionRow, type ReadPosition } from './position.ts';
import type { Rows } from './rows.ts';

/** Which part of a spool, and whose. */
export interface ArrivalsQuery {
  /** 16 hex digits. */
  spoolId: string;
  companyId: string;
  /** Only these; `null` wants all of the company. */
  oids: readonly string[] | null;
  /** Trackers of the company that ClickHouse may not know yet. */
  freshOids: readonly string[];
  /** Behind this message of this frame, through that frame. */
  after: { seq: number; index: number };
  throughSeq: number;
  most: number;
}

/** A stored place with where it stood in the spool. */
export interface StoredArrival {
  seq: number;
  index: number;
  oid: string;
  observedAt: number;
  receivedAt: number;
  backlog: boolean;
  position: ReadPosition;
}

interface Row extends PositionRow {
  spool_seq: string;
  row_index: number;
  tracker_oid: string;
  observed_ms: string;
  received_ms: string;
  backlog: boolean;
}

/** Reads one page. */
export async function readArrivals(store: Rows, database: string, query: ArrivalsQuery): Promise<StoredArrival[]> {
  const { spoolId, companyId, oids, freshOids, after, throughSeq, most } = query;
  // A message that was taken in twice may not have collapsed yet.
  const rows = await store.rows<Row>(
    `SELECT toString(spool_seq) AS spool_seq, row_index, tracker_oid, toUnixTimestamp64Milli(observed_at) AS observed_ms,
       toUnixTimestamp64Milli(received_at) AS received_ms, backlog, assumeNotNull(lat) AS lat, assumeNotNull(lon) AS lon,
       ${POSITION_COLUMNS}
     FROM {db:Identifier}.messages AS m
     WHERE spool_id = {spool:UInt64} AND m.spool_seq >= {after:UInt64} AND m.spool_seq <= {through:UInt64}
       AND (m.spool_seq, row_index) > ({after:UInt64}, {index:UInt16}) AND m.lat IS NOT NULL AND m.lon IS NOT NULL
       ${oids === null ? '' : 'AND tracker_oid IN {oids:Array(String)}'}
       AND (tracker_oid IN {fresh:Array(String)} OR tracker_oid IN (
         SELECT tracker_oid FROM {db:Identifier}.tracker_idents WHERE company_id = {company:String}))
     ORDER BY m.spool_seq, row_index LIMIT 1 BY ident, device_time, record_id LIMIT {most:UInt32}`,
    {
      db: database,
      spool: BigInt(`0x${spoolId}`).toString(),
      company: companyId,
      fresh: freshOids,
      ...(oids === null ? {} : { oids }),
      after: after.seq,
      index: after.index,
      through: throughSeq,
      most,
    },
  );
  return rows.map((row) => ({
    seq: Number(row.spool_seq),
    index: row.row_index,
    oid: row.tracker_oid,
    observedAt: Number(row.observed_ms),
    receivedAt: Number(row.received_ms),
    backlog: row.backlog,
    position: positionOf(row),
  }));
}
