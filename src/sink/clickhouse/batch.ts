import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import { FAST_TABLES, type FastTable } from './columns.ts';
import { Part, type WriteRow } from './part.ts';
import type { RepeatedTexts } from './repeated-texts.ts';
import { newTexts } from './row-binary.ts';
import {
  deviceTimeOf,
  refusedRowIndex,
  writeEvent,
  writeFrame,
  writeMessage,
  writeQuarantine,
  type BatchFacts,
  type RowFrame,
} from './rows.ts';

// The partition expression of the tables, in JavaScript: rows of one insert must share its value.
const FIRST_MONTH_AT = Date.UTC(2015, 0, 1);
const LAST_MONTH_AT = Date.UTC(2100, 0, 1);

/** Events of one message at most, as row numbers are made. */
const EVENTS_OF_A_MESSAGE = 0x1_0000;

/** The month of a time that is in one: its first instant, and that of the next. */
function monthOf(time: EpochMs): { from: EpochMs; to: EpochMs } {
  const date = new Date(time);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { from: Date.UTC(year, month, 1), to: Date.UTC(year, month + 1, 1) };
}

/** The partition of a row by its time: year and month, or 0 for a time no tracker can mean. */
export function partitionOf(time: EpochMs): number {
  if (time < FIRST_MONTH_AT || time >= LAST_MONTH_AT) return 0;
  const date = new Date(time);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}

/** What the batches of a sink have in common. */
export interface BatchesShare {
  texts: RepeatedTexts;
  /** Bytes of the greatest part that the last batch had of a table, and some more. */
  expectedBytes: Record<FastTable, number>;
}

/** Rows are not of one length: a part of as many takes somewhat more the next time. */
const ROOM_FOR_MORE = 1.05;

export function newShare(): BatchesShare {
  return { texts: newTexts(), expectedBytes: { messages: 0, frames: 0, events: 0, quarantine: 0 } };
}

interface LastPart {
  from: EpochMs;
  to: EpochMs;
  part: Part | null;
}

const NO_PART: LastPart = { from: Number.NaN, to: Number.NaN, part: null };

/** What some frames leave, cut into parts that ClickHouse takes or refuses as a whole. */
export class Batch {
  readonly facts: BatchFacts;
  readonly firstSeq: SpoolSeq;
  lastSeq: SpoolSeq;
  rows = 0;
  /** What the batch holds in memory, about: its rows and the frames they came from. */
  bytes = 0;
  readonly #parts = new Map<string, Part>();
  /** By table: the part of the last row, and the times it takes. */
  readonly #last: Record<FastTable, LastPart> = { messages: NO_PART, frames: NO_PART, events: NO_PART, quarantine: NO_PART };
  readonly #shared: BatchesShare;

  /** `facts.batchId` is the position of the first frame, so that ids rise with the spool. */
  constructor(facts: BatchFacts, shared: BatchesShare) {
    this.facts = facts;
    this.firstSeq = facts.batchId;
    this.lastSeq = facts.batchId;
    this.#shared = shared;
  }

  get parts(): Part[] {
    return [...this.#parts.values()];
  }

  /** Says that nothing more is added: the next batch expects as much. */
  seal(): void {
    for (const table of FAST_TABLES) {
      const lengths = this.parts.filter((part) => part.table === table).map(({ length }) => length);
      this.#shared.expectedBytes[table] = Math.ceil(Math.max(0, ...lengths) * ROOM_FOR_MORE);
    }
  }

  /** Adds the rows of a frame. One that cannot be written is told of in quarantine; a refused frame has none. */
  add(outcome: FrameOutcome): void {
    const { seq, record, ident, quarantine, messages } = outcome;
    const frame: RowFrame = { seq, record, ident };
    this.lastSeq = seq;
    if (outcome.column === 'refused') return;
    this.bytes += record.frame.length;
    const add = (table: FastTable, time: EpochMs, rowIndex: number, write: WriteRow): void => {
      try {
        this.#add(frame, table, time, rowIndex, write);
      } catch (error) {
        // Our bug: it costs this row, not the others, nor the life of the gateway at every start from here on.
        const reason = {
          code: 'bug_invariant',
          detail: `row ${rowIndex} of ${table} cannot be written: ${String(error)}`,
        } as const;
        const refusedIndex = refusedRowIndex(table, rowIndex);
        this.#add(frame, 'quarantine', record.receivedAt, refusedIndex, (out) =>
          writeQuarantine(out, frame, reason, refusedIndex, this.facts),
        );
      }
    };
    add('frames', record.receivedAt, 0, (out) => writeFrame(out, outcome, this.facts));
    if (quarantine !== null) {
      add('quarantine', record.receivedAt, 0, (out) => writeQuarantine(out, frame, quarantine, 0, this.facts));
    }
    for (const message of messages) {
      const time = deviceTimeOf(message);
      add('messages', time, message.index, (out) => writeMessage(out, outcome, message, message.index, this.facts));
      for (let i = 0; i < message.events.length; i++) {
        // By the message's own number: which messages of a frame are left out as resends may differ after a restart.
        const rowIndex = message.index * EVENTS_OF_A_MESSAGE + i;
        add('events', time, rowIndex, (out) => writeEvent(out, outcome, message, i, rowIndex, this.facts));
      }
    }
  }

  #add(frame: RowFrame, table: FastTable, time: EpochMs, rowIndex: number, write: WriteRow): void {
    this.bytes += this.#partAt(table, time).add(frame, rowIndex, write);
    this.rows++;
  }

  /** The part for a time. That of the last row of the table is the one, mostly: no month is reckoned then, and no name made. */
  #partAt(table: FastTable, time: EpochMs): Part {
    const last = this.#last[table];
    if (time >= last.from && time < last.to) return last.part as Part;
    const partition = partitionOf(time);
    const part = this.#part(table, partition);
    if (partition !== 0) this.#last[table] = { ...monthOf(time), part };
    return part;
  }

  #part(table: FastTable, partition: number): Part {
    const name = `${table}/${partition}`;
    let part = this.#parts.get(name);
    if (part === undefined) {
      // Nearly all rows are of this month: what the last batch had of the table, its first part of this one will have.
      const isFirst = this.parts.every((other) => other.table !== table);
      const expected = isFirst ? this.#shared.expectedBytes[table] : 0;
      part = new Part(table, partition, this.facts, this.#shared.texts, expected);
      this.#parts.set(name, part);
    }
    return part;
  }
}
