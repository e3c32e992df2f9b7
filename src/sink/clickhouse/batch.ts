import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import { FAST_TABLES, type FastTable } from './columns.ts';
import { NO_SIZE, type BlockSize } from './native/block.ts';
import { Part, type WriteRow } from './part.ts';
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

/** What the batches of a sink have in common: how much the greatest part was that the last of them had of a table, and some more. */
export type BatchesShare = Record<FastTable, BlockSize>;

/** Rows are not of one length: a part of as many takes somewhat more the next time. */
const ROOM_FOR_MORE = 1.05;

export function newShare(): BatchesShare {
  return { messages: NO_SIZE, frames: NO_SIZE, events: NO_SIZE, quarantine: NO_SIZE };
}

function more(count: number): number {
  return Math.ceil(count * ROOM_FOR_MORE);
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
      const sizes = this.parts.filter((part) => part.table === table).map(({ size }) => size);
      const { rows, extents } = sizes.reduce((most, size) => (size.rows > most.rows ? size : most), NO_SIZE);
      this.#shared[table] = { rows: more(rows), extents: extents.map(more) };
    }
  }

  /** Adds the rows of a frame. One that cannot be written is told of in quarantine; a refused frame has none. */
  add(outcome: FrameOutcome): void {
    const { seq, record, ident, quarantine, messages } = outcome;
    const frame: RowFrame = { seq, record, ident };
    this.lastSeq = seq;
    if (outcome.column === 'refused') return;
    this.bytes += record.frame.length;
    const add = <Table extends FastTable>(table: Table, time: EpochMs, rowIndex: number, write: WriteRow<Table>): void => {
      try {
        this.#add(frame, table, time, rowIndex, write);
      } catch (error) {
        // Our bug: it costs this row, not the others, nor the life of the gateway at every start from here on.
        const reason = {
          code: 'bug_invariant',
          detail: `row ${rowIndex} of ${table} cannot be written: ${String(error)}`,
        } as const;
        const refusedIndex = refusedRowIndex(table, rowIndex);
        this.#add(frame, 'quarantine', record.receivedAt, refusedIndex, (columns, row) =>
          writeQuarantine(columns, row, frame, reason, refusedIndex),
        );
      }
    };
    add('frames', record.receivedAt, 0, (columns, row) => writeFrame(columns, row, outcome));
    if (quarantine !== null) {
      add('quarantine', record.receivedAt, 0, (columns, row) => writeQuarantine(columns, row, frame, quarantine, 0));
    }
    for (const message of messages) {
      const time = deviceTimeOf(message);
      add('messages', time, message.index, (columns, row) => writeMessage(columns, row, outcome, message, this.facts.storedAt));
      for (let i = 0; i < message.events.length; i++) {
        // By the message's own number: which messages of a frame are left out as resends may differ after a restart.
        const rowIndex = message.index * EVENTS_OF_A_MESSAGE + i;
        add('events', time, rowIndex, (columns, row) => writeEvent(columns, row, outcome, message, { index: i, rowIndex }));
      }
    }
  }

  #add<Table extends FastTable>(frame: RowFrame, table: Table, time: EpochMs, rowIndex: number, write: WriteRow<Table>): void {
    this.bytes += this.#partAt(table, time).add(frame, rowIndex, write);
    this.rows++;
  }

  /** The part for a time. That of the last row of the table is the one, mostly: no month is reckoned then, and no name made. */
  #partAt<Table extends FastTable>(table: Table, time: EpochMs): Part<Table> {
    const last = this.#last[table];
    if (time >= last.from && time < last.to) return last.part as Part<Table>;
    const partition = partitionOf(time);
    const part = this.#part(table, partition);
    if (partition !== 0) this.#last[table] = { ...monthOf(time), part };
    return part;
  }

  #part<Table extends FastTable>(table: Table, partition: number): Part<Table> {
    const name = `${table}/${partition}`;
    let part = this.#parts.get(name) as Part<Table> | undefined;
    if (part === undefined) {
      // Nearly all rows are of this month: what the last batch had of the table, its first part of this one will have.
      const isFirst = this.parts.every((other) => other.table !== table);
      part = new Part(table, partition, this.facts, isFirst ? this.#shared[table] : NO_SIZE);
      this.#parts.set(name, part);
    }
    return part;
  }
}
