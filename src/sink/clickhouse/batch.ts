import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import type { FastTable } from './columns.ts';
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

/** The partition of a row by its time: year and month, or 0 for a time no tracker can mean. */
export function partitionOf(time: EpochMs): number {
  if (time < FIRST_MONTH_AT || time >= LAST_MONTH_AT) return 0;
  const date = new Date(time);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}

/** What some frames leave, cut into parts that ClickHouse takes or refuses as a whole. */
export class Batch {
  readonly facts: BatchFacts;
  readonly firstSeq: SpoolSeq;
  lastSeq: SpoolSeq;
  rows = 0;
  /** What the batch holds in memory, about: its rows and the frames they came from. */
  bytes = 0;
  readonly #parts = new Map<string, Part>();
  readonly #texts: Map<string, Uint8Array>;

  /** `facts.batchId` is the position of the first frame, so that ids rise with the spool. */
  constructor(facts: BatchFacts, texts: Map<string, Uint8Array>) {
    this.facts = facts;
    this.firstSeq = facts.batchId;
    this.lastSeq = facts.batchId;
    this.#texts = texts;
  }

  get parts(): Part[] {
    return [...this.#parts.values()];
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
    this.bytes += this.#part(table, partitionOf(time)).add(frame, rowIndex, write);
    this.rows++;
  }

  #part(table: FastTable, partition: number): Part {
    const name = `${table}/${partition}`;
    let part = this.#parts.get(name);
    if (part === undefined) {
      part = new Part(table, partition, this.facts, this.#texts);
      this.#parts.set(name, part);
    }
    return part;
  }
}
