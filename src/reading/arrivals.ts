/** Reads the places that the trackers of a company have stated, in the order in which one gateway took them in. */
import type { Rows } from './rows.ts';
import type { ReadPosition } from './telemetry.ts';

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

interface Row {
  spool_seq: string;
  row_index: number;
  tracker_oid: string;
  observed_ms: string;
  received_ms: string;
  backlog: boolean;
  lat: number;
  lon: number;
  believed: boolean;
  altitude_m: number | null;
  speed_kmh: number | null;
  course_deg: number | null;
  satellites: number | null;
  hdop: number | null;
}

/** Reads one page. */
export async function readArrivals(store: Rows, database: string, query: ArrivalsQuery): Promise<StoredArrival[]> {
  const { spoolId, companyId, oids, freshOids, after, throughSeq, most } = query;
  // A message that was taken in twice may not have collapsed yet.
  const rows = await store.rows<Row>(
    `SELECT toString(spool_seq) AS spool_seq, row_index, tracker_oid, toUnixTimestamp64Milli(observed_at) AS observed_ms,
       toUnixTimestamp64Milli(received_at) AS received_ms, backlog, assumeNotNull(lat) AS lat, assumeNotNull(lon) AS lon,
       valid AND distrust = '' AS believed, altitude_m, speed_kmh, course_deg, satellites, hdop
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
    position: {
      lat: row.lat,
      lon: row.lon,
      valid: row.believed,
      altitudeM: row.altitude_m,
      speedKmh: row.speed_kmh,
      courseDeg: row.course_deg,
      satellites: row.satellites,
      hdop: row.hdop,
    },
  }));
}
