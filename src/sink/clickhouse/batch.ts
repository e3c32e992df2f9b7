import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import { Part, rowKey, type RowKey } from './part.ts';
import {
  deviceTimeOf,
  writeEvent,
  writeFrame,
  writeMessage,
  writeQuarantine,
  type BatchFacts,
  type FastTable,
} from './rows.ts';

// The partition expression of the tables, in JavaScript: rows of one insert must share its value.
const FIRST_MONTH_AT = Date.UTC(2015, 0, 1);
const LAST_MONTH_AT = Date.UTC(2100, 0, 1);

/** The partition of a row by its time: year and month, or 0 for a time no tracker can mean. */
function partitionOf(time: EpochMs): number {
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

  /** Adds the rows of a frame, but for those that `landed` says an earlier life of the gateway has stored. */
  add(outcome: FrameOutcome, landed: ReadonlyMap<FastTable, ReadonlySet<RowKey>>): void {
    const { seq, record, quarantine, messages } = outcome;
    this.lastSeq = seq;
    const add = (table: FastTable, time: EpochMs, rowIndex: number, write: Parameters<Part['add']>[2]): void => {
      if (landed.get(table)?.has(rowKey(seq, rowIndex)) === true) return;
      this.#part(table, partitionOf(time)).add(outcome, rowIndex, write);
      this.rows++;
    };
    add('frames', record.receivedAt, 0, (out) => writeFrame(out, outcome, this.facts));
    if (quarantine !== null) {
      add('quarantine', record.receivedAt, 0, (out) => writeQuarantine(out, outcome, quarantine, 0, this.facts));
    }
    let eventRow = 0;
    for (const message of messages) {
      const time = deviceTimeOf(message);
      add('messages', time, message.index, (out) => writeMessage(out, outcome, message, message.index, this.facts));
      for (let i = 0; i < message.events.length; i++) {
        const rowIndex = eventRow++;
        add('events', time, rowIndex, (out) => writeEvent(out, outcome, message, i, rowIndex, this.facts));
      }
    }
  }

  #part(table: FastTable, partition: number): Part {
    const name = `${table}/${partition}`;
    let part = this.#parts.get(name);
    if (part === undefined) {
      part = new Part(table, this.facts, this.#texts);
      this.#parts.set(name, part);
    }
    return part;
  }
}
