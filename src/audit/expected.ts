/** The rows that a record of the spool must have left in ClickHouse, by what the present codecs say of it. */
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { deviceTimeOf, refusedRowIndex } from '../sink/clickhouse/rows.ts';
import { recordIdOf } from '../sink/clickhouse/stored-messages.ts';

/** Tables that are compared. */
export const AUDITED = ['frames', 'messages', 'events', 'quarantine'] as const;
export type Audited = (typeof AUDITED)[number];

/** A row that must be there. */
export interface ExpectedRow {
  table: Audited;
  seq: SpoolSeq;
  /** Equal for rows that are the same to ClickHouse, wherever they came from. */
  key: string;
  /** Number under which quarantine has the row where ClickHouse refused it. */
  refusedIndex: number;
  ident: string;
  deviceTime: EpochMs | null;
  /** Decimal digits; `null` for frames and quarantine. */
  recordId: string | null;
}

export function messageKey(ident: string, deviceTime: EpochMs, recordId: string): string {
  return `${ident} ${deviceTime} ${recordId}`;
}

export function eventKey(ident: string, deviceTime: EpochMs, recordId: string, index: number): string {
  return `${messageKey(ident, deviceTime, recordId)} ${index}`;
}

/** Gives the rows of a record; none where nothing of it may be kept. */
export function expectedRows(outcome: FrameOutcome): ExpectedRow[] {
  const { seq, ident, messages, quarantine, column } = outcome;
  if (column === 'refused') return [];
  const plain = { seq, ident, deviceTime: null, recordId: null };
  const rows: ExpectedRow[] = [{ ...plain, table: 'frames', key: String(seq), refusedIndex: refusedRowIndex('frames', 0) }];
  if (quarantine !== null) rows.push({ ...plain, table: 'quarantine', key: `${seq} 0`, refusedIndex: 0 });
  for (const message of messages) {
    const deviceTime = deviceTimeOf(message);
    const recordId = recordIdOf(message);
    const same = { seq, ident: message.ident, deviceTime, recordId };
    const key = messageKey(message.ident, deviceTime, recordId);
    rows.push({ ...same, table: 'messages', key, refusedIndex: refusedRowIndex('messages', message.index) });
    for (let i = 0; i < message.events.length; i++) {
      const index = refusedRowIndex('events', message.index * 0x1_0000 + i);
      rows.push({ ...same, table: 'events', key: `${key} ${i}`, refusedIndex: index });
    }
  }
  return rows;
}
