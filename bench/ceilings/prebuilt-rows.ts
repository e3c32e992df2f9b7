/** Rows of messages and frames with what the sink writes in them, as RowBinary, built before any clock runs; sent again they are made other rows. */
import { CODECS, decodersOf } from '#protocols/all';
import type { FrameRecord } from '#model/frame-record';
import { OutcomeMaker } from '../../src/pipeline/outcome.ts';
import { Batch, newShare } from '../../src/sink/clickhouse/batch.ts';
import type { FastTable } from '../../src/sink/clickhouse/columns.ts';
import { TeltonikaFrames } from '../load/teltonika-frames.ts';
import { RECORD_EVERY_MS } from '../load/vehicle-track.ts';
import { rowBinaryOf, type RowBinaryRows } from './row-binary.ts';

/** Rows of one table, as one insert takes them. */
export interface PrebuiltPart extends RowBinaryRows {
  table: FastTable;
  rows: number;
}

/** What the inserts of one batch of the sink are: one for each table. */
export interface PrebuiltBatch {
  parts: readonly PrebuiltPart[];
  messages: number;
}

const RULES = { maxFutureMs: 600_000, liveAgeMs: 120_000 };
const OWNER = { oid: 'load-356307050000000', provider: 'targa' };
const DAY_MS = 86_400_000;
// A row of either table begins with the ident, fifteen digits behind their length, and a time; then messages have the record id, frames the
// spool's id and their place in it.
const TIME_AT = 16;
const ID_AT: Partial<Record<FastTable, number>> = { messages: 24, frames: 32 };

export function prebuiltBatches(
  count: number,
  messagesOfABatch: number,
  recordsPerFrame: number,
  devices: number,
): PrebuiltBatch[] {
  const decoders = decodersOf(CODECS);
  const maker = new OutcomeMaker({ decoders, owners: { find: () => OWNER }, rules: RULES, duplicateWindow: 0 });
  const startsAt = Date.now() - 20 * DAY_MS;
  const fleet = Array.from(
    { length: devices },
    (_, device) => new TeltonikaFrames({ device, recordsPerFrame, startsAt, window: 1 }),
  );
  const share = newShare();
  let seq = 0;
  return Array.from({ length: count }, () => {
    const batch = new Batch({ batchId: seq + 1, spoolIdHi: 0xfedc_ba98, spoolIdLo: 0x7654_3210, storedAt: Date.now() }, share);
    let messages = 0;
    while (messages < messagesOfABatch) {
      const frames = fleet[seq % devices] as TeltonikaFrames;
      batch.add(maker.of({ seq: ++seq, record: recordOf(frames) }));
      messages += recordsPerFrame;
    }
    return { messages, parts: batch.parts.map((part) => prebuilt(part)) };
  });
}

function prebuilt(part: Batch['parts'][number]): PrebuiltPart {
  const all = part.all();
  return { table: part.table, rows: all.rows, ...rowBinaryOf(all.bytes()) };
}

/** Makes rows that were sent others, of later records: rows that are equal by their keys would leave one. */
export function renew({ parts }: PrebuiltBatch, messagesOfADevice: number): void {
  for (const { table, bytes, starts } of parts) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const idAt = ID_AT[table] ?? TIME_AT;
    for (const start of starts) {
      const time = view.getBigInt64(start + TIME_AT, true);
      if (table === 'messages') view.setBigInt64(start + TIME_AT, time + BigInt(messagesOfADevice * RECORD_EVERY_MS), true);
      const id = view.getUint32(start + idAt, true);
      view.setUint32(start + idAt, (Math.imul(id, 0x9e37_79b1) + 1) >>> 0, true);
    }
  }
}

function recordOf(frames: TeltonikaFrames): FrameRecord {
  return {
    receivedAt: Date.now(),
    transport: 'tcp',
    listener: 'trackers',
    peer: '127.0.0.2:40000',
    sessionId: '0123456789abcdef',
    protocol: 'teltonika',
    codecVersion: 1,
    ident: frames.ident,
    dialect: null,
    fault: null,
    faultDetail: null,
    frame: Uint8Array.from(frames.next()),
  };
}
