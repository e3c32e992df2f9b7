import type { EpochMs } from '#model/clocks';
import type { SpoolSeq, Transport } from '#model/frame-record';
import type { Connection } from './connection.ts';

/** Which frames are asked for; an empty list asks for all. */
export interface FramesFilter {
  /** Idents they are filed under. */
  idents: readonly string[];
  /** Addresses of devices, with or without their port. */
  peers: readonly string[];
  listeners: readonly string[];
  /** Received at this time or later, and before that one; `null` without bound. */
  from: EpochMs | null;
  to: EpochMs | null;
  /** Frames of these spools from these numbers on are left out: whoever asks has them. */
  except: readonly { spoolId: string; fromSeq: SpoolSeq }[];
}

/** A frame as the raw journal has it. */
export interface StoredFrame {
  receivedAt: EpochMs;
  transport: Transport;
  listener: string;
  peer: string;
  sessionId: string;
  protocol: string;
  /** Ident it is filed under, empty where it named no device. */
  ident: string;
  /** Empty where none was known. */
  dialect: string;
  /** Absent where the devices of all may send. */
  companyId?: string;
  frame: Uint8Array;
}

interface Row {
  received_at: string;
  transport: Transport;
  listener: string;
  peer: string;
  session_id: string;
  protocol: string;
  ident: string;
  dialect: string;
  company_id: string;
  frame: string;
}

/** Sorting takes to the disk above this. */
const SORT_BYTES = 256 * 2 ** 20;

/** Gives the frames of the raw journal in the order in which they were received, each once. What was reingested is left out. */
export async function* framesHistory(connection: Connection, filter: FramesFilter): AsyncGenerator<StoredFrame> {
  const { conditions, parameters } = conditionsOf(filter, connection.database);
  const sql = `SELECT toUnixTimestamp64Milli(received_at) AS received_at, transport, listener, peer, session_id, protocol, ident,
      dialect, company_id, base64Encode(frame) AS frame
    FROM ${connection.database}.frames FINAL WHERE ${conditions.join(' AND ')}
    ORDER BY frames.received_at, spool_id, spool_seq`;
  const settings = { max_bytes_before_external_sort: String(SORT_BYTES) };
  for await (const row of connection.stream<Row>(sql, parameters, settings)) {
    const { transport, listener, peer, protocol, ident, dialect, company_id: companyId } = row;
    yield {
      receivedAt: Number(row.received_at),
      transport,
      listener,
      peer,
      sessionId: row.session_id,
      protocol,
      ident,
      dialect,
      ...(companyId === '' ? {} : { companyId }),
      frame: new Uint8Array(Buffer.from(row.frame, 'base64')),
    };
  }
}

function conditionsOf({ idents, peers, listeners, from, to, except }: FramesFilter, database: string) {
  // A frame of no bytes and no peer only says that a consent was stated.
  const conditions = ["transport != 'replay'", "fault != 'spool_corrupt'", "(frame != '' OR peer != '')"];
  const parameters: Record<string, unknown> = {};
  const add = (condition: string, name: string, value: unknown): void => {
    conditions.push(condition);
    parameters[name] = value;
  };
  // What a cloud pushes may be filed under one vehicle and speak of others.
  const speakers = `SELECT spool_id, spool_seq FROM ${database}.messages WHERE ident IN {idents:Array(String)}`;
  if (idents.length > 0) {
    add(`(ident IN {idents:Array(String)} OR (spool_id, spool_seq) IN (${speakers}))`, 'idents', idents);
  }
  if (listeners.length > 0) add('listener IN {listeners:Array(String)}', 'listeners', listeners);
  if (peers.length > 0) {
    add("(peer IN {peers:Array(String)} OR replaceRegexpOne(peer, ':[0-9]+$', '') IN {peers:Array(String)})", 'peers', peers);
  }
  if (from !== null) add('frames.received_at >= fromUnixTimestamp64Milli({from:Int64})', 'from', from);
  if (to !== null) add('frames.received_at < fromUnixTimestamp64Milli({to:Int64})', 'to', to);
  for (const [n, { spoolId, fromSeq }] of except.entries()) {
    add(`NOT (spool_id = {spool${n}:UInt64} AND spool_seq >= {seq${n}:UInt64})`, `seq${n}`, fromSeq);
    parameters[`spool${n}`] = BigInt(`0x${spoolId}`).toString();
  }
  return { conditions, parameters };
}
