/**
 * Texts that do not fit one element: Codec 16 and the professional trackers cut a VIN or a driver card's number into elements
 * of eight bytes and one. The pieces of a record are remembered by slot while it is read, and joined at its end.
 */
import type { Trace } from '#protocols/explain/trace';
import { addState, type Message } from '#model/message';
import type { SignalKey } from '#model/signals';
import { toHex } from '#wire/hex';
import { printable } from '#wire/text';
import { rawKey } from './io-table.ts';

/** A text and the slots of its pieces, in order. */
export interface Join {
  readonly key: SignalKey;
  readonly slots: readonly number[];
}

const MAX_SLOTS = 8;
const ABSENT = -1;
// One record is read at a time and nothing here outlives it: fields of the module cost no allocation for each record.
const ids = new Int32Array(MAX_SLOTS);
const offsets = new Int32Array(MAX_SLOTS).fill(ABSENT);
const lengths = new Int32Array(MAX_SLOTS);

/** Begins a record. */
export function forgetParts(): void {
  offsets.fill(ABSENT);
}

/** Remembers where the piece of a slot stands. */
export function keepPart(slot: number, id: number, offset: number, length: number): void {
  ids[slot] = id;
  offsets[slot] = offset;
  lengths[slot] = length;
}

/** Ends a record: adds each text whose pieces are all there and say something printable, the pieces themselves otherwise. */
export function addJoined(bytes: Uint8Array, joins: readonly Join[], message: Message, trace: Trace | null): void {
  for (const { key, slots } of joins) {
    const text = joined(bytes, slots);
    if (text === null || text === '') addPieces(bytes, slots, message, trace);
    else {
      addState(message, key, text);
      if (trace !== null) concludeOn(trace, slots);
    }
  }
}

function concludeOn(trace: Trace, slots: readonly number[]): void {
  trace.conclude(...slots.map((slot) => trace.fieldAt(offsets[slot] as number)));
}

function joined(bytes: Uint8Array, slots: readonly number[]): string | null {
  let text = '';
  for (const slot of slots) {
    const at = offsets[slot] as number;
    const piece = at === ABSENT ? null : printable(bytes, at, at + (lengths[slot] as number));
    if (piece === null) return null;
    text += piece;
  }
  return text;
}

function addPieces(bytes: Uint8Array, slots: readonly number[], message: Message, trace: Trace | null): void {
  for (const slot of slots) {
    const at = offsets[slot] as number;
    if (at === ABSENT) continue;
    addState(message, rawKey(ids[slot] as number), toHex(bytes.subarray(at, at + (lengths[slot] as number))));
    trace?.conclude(trace.fieldAt(at));
  }
}
