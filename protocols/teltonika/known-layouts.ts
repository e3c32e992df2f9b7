/**
 * Which elements the latest records had, in order. A device sends the same ones in record after record: where a record begins as one before
 * it, only its values have to be read (`npm run bench -- codec/teltonika`).
 *
 * A layout is of the groups of one, two and four bytes, and of nothing in them but numbers and the fix's own precision. Whatever differs, be it one
 * value outside of its bounds, is read as if no layout were known: what a record says never depends on what came before it.
 */
import type { Message } from '#model/message';
import type { Family } from './families.ts';
import { u16, u32 } from './integers.ts';
import { HDOP, IO_LIMIT, NUMBER, rawKey, type IoEntry } from './io-table.ts';
import type { RecordShape } from './records.ts';

/** Elements in order, and what they make a message state. */
export interface Layout {
  readonly shape: RecordShape;
  readonly family: Family;
  /** Elements in the groups of one, two and four bytes. */
  readonly ones: number;
  readonly twos: number;
  readonly fours: number;
  /** Of each element: its id and how its value is made, `null` where that is the raw number. */
  readonly ids: Int32Array;
  readonly rows: readonly (IoEntry | null)[];
  /** Frozen, for all records of the layout. */
  readonly keys: readonly string[];
  /** Bits of the shared keys among them. */
  readonly stated: number;
  /** As many numbers with a fraction: copied, it is a list that takes numbers of any kind without growing. */
  readonly blank: readonly number[];
}

/** Says that a record is not of the layout. */
export const NOT_KNOWN = -1;

const PLACES = 256;
/** Of the layouts that find their place taken, one in so many takes it. */
const PATIENCE = 16;
const layouts: (Layout | null)[] = Array.from({ length: PLACES }, () => null);
let misses = 0;

function countAt(bytes: Uint8Array, at: number, { countBytes }: RecordShape): number {
  return countBytes === 1 ? (bytes[at] as number) : u16(bytes, at);
}

function idAt(bytes: Uint8Array, at: number, { idBytes }: RecordShape): number {
  return idBytes === 1 ? (bytes[at] as number) : u16(bytes, at);
}

/** Where the layout of the record is remembered: by what its first two groups begin with, as far as that is there. */
function placeOf(bytes: Uint8Array, from: number, shape: RecordShape): number {
  const { countBytes, idBytes } = shape;
  const ones = countAt(bytes, from, shape);
  const twosAt = from + countBytes + ones * (idBytes + 1);
  if (twosAt + countBytes + idBytes > bytes.length) return 0;
  const twos = countAt(bytes, twosAt, shape);
  return (ones * 31 + twos * 7 + idAt(bytes, twosAt + countBytes, shape) + idAt(bytes, from + countBytes, shape)) % PLACES;
}

/** The layout that the record whose groups begin at `from` may have; `null` where none is known. */
export function layoutAt(bytes: Uint8Array, from: number, shape: RecordShape, family: Family): Layout | null {
  const layout = layouts[placeOf(bytes, from, shape)] as Layout | null;
  return layout !== null && layout.shape === shape && layout.family === family ? layout : null;
}

/**
 * Reads the values of a record that has the layout. Gives the offset behind the group of four bytes; `NOT_KNOWN` where it has another one, or does
 * not end by `end`: the message is to be read anew then.
 */
export function readKnown(bytes: Uint8Array, from: number, end: number, layout: Layout, message: Message): number {
  const { shape, ones, twos, fours, blank } = layout;
  const { countBytes, idBytes } = shape;
  const twosAt = from + countBytes + ones * (idBytes + 1);
  const foursAt = twosAt + countBytes + twos * (idBytes + 2);
  const eightsAt = foursAt + countBytes + fours * (idBytes + 4);
  if (eightsAt + countBytes > end) return NOT_KNOWN;
  const isCounted =
    countAt(bytes, from, shape) === ones && countAt(bytes, twosAt, shape) === twos && countAt(bytes, foursAt, shape) === fours;
  if (!isCounted) return NOT_KNOWN;
  const values = blank.slice();
  let stated = readValues(bytes, from + countBytes, 1, 0, ones, layout, values, 0, message);
  if (stated >= 0) stated = readValues(bytes, twosAt + countBytes, 2, ones, ones + twos, layout, values, stated, message);
  if (stated >= 0)
    stated = readValues(bytes, foursAt + countBytes, 4, ones + twos, ones + twos + fours, layout, values, stated, message);
  if (stated < 0) return NOT_KNOWN;
  message.signalValues = values;
  return eightsAt;
}

/** Reads a group into `values` from `slot` on. Gives the next slot; -1 at an element of another id, or whose value is no reading. */
function readValues(
  bytes: Uint8Array,
  from: number,
  width: 1 | 2 | 4,
  first: number,
  last: number,
  { ids, rows, shape }: Layout,
  values: number[],
  slot: number,
  message: Message,
): number {
  const { idBytes } = shape;
  let next = slot;
  for (let i = first, at = from; i < last; i++, at += width) {
    const id = idBytes === 1 ? (bytes[at] as number) : u16(bytes, at);
    if (id !== ids[i]) return -1;
    at += idBytes;
    let value = width === 1 ? (bytes[at] as number) : width === 2 ? u16(bytes, at) : u32(bytes, at);
    const row = rows[i] as IoEntry | null;
    if (row !== null) {
      if (row.kind === HDOP) {
        if (message.fix === null) return -1;
        message.fix.hdop = value / 10;
        continue;
      }
      if (row.isSigned) value = (value << row.signShift) >> row.signShift;
      if (row.isBounded && !(value >= row.lowest && value <= row.highest)) return -1;
      if (row.isScaled) value = (value * row.multiply) / row.divide;
    }
    values[next++] = value;
  }
  return next;
}

/** Tells whether the layout of a record that was read without one is to be remembered. */
export function isWorthKnowing(bytes: Uint8Array, from: number, shape: RecordShape): boolean {
  return layouts[placeOf(bytes, from, shape)] === null || ++misses % PATIENCE === 0;
}

/**
 * Remembers the layout of a record whose groups of numbers were read from `from` on, and stated these keys: a frozen list. Does nothing where they
 * have anything else, or where a value was outside of its bounds.
 */
export function learn(bytes: Uint8Array, from: number, shape: RecordShape, family: Family, keys: readonly string[]): void {
  const counts: number[] = [];
  const ids: number[] = [];
  const rows: (IoEntry | null)[] = [];
  let stated = 0;
  let at = from;
  let slot = 0;
  for (const width of [1, 2, 4]) {
    const count = countAt(bytes, at, shape);
    counts.push(count);
    at += shape.countBytes;
    for (let i = 0; i < count; i++, at += shape.idBytes + width) {
      const id = idAt(bytes, at, shape);
      const row = rowOf(family, id, width, stated);
      if (row !== null && row.kind !== NUMBER && row.kind !== HDOP) return;
      ids.push(id);
      rows.push(row);
      if (row?.kind === HDOP) continue;
      if (keys[slot++] !== (row?.key ?? rawKey(id))) return;
      stated |= row?.sharedBit ?? 0;
    }
  }
  if (slot !== keys.length) return;
  const [ones = 0, twos = 0, fours = 0] = counts;
  const blank = Array.from(keys, () => 0.5);
  layouts[placeOf(bytes, from, shape)] = {
    shape,
    family,
    ones,
    twos,
    fours,
    ids: Int32Array.from(ids),
    rows,
    keys,
    stated,
    blank,
  };
}

/** How an element's value is made; `null` for the raw number. Of numbers that share a key the first one states it. */
function rowOf({ table }: Family, id: number, width: number, stated: number): IoEntry | null {
  const entry = id < IO_LIMIT ? (table[id] ?? null) : null;
  return entry === null || (entry.widths & width) === 0 || (stated & entry.sharedBit) !== 0 ? null : entry;
}
