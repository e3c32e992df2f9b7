/**
 * Writes values as ClickHouse's RowBinary has them: little-endian numbers, lengths as unsigned LEB128, no separators.
 * Source: ClickHouse documentation, "Formats", RowBinary. A `LowCardinality(T)` is written as its `T`.
 *
 * A row is begun with room for the most it can take, and its values then written by functions that are given where, and give
 * where the next one goes: a check and a field of an object for each of fifty values cost more than the values
 * (`npm run bench -- pipeline/frame-to-row`).
 */
import { RepeatedTexts } from './repeated-texts.ts';

/** A batch over many months has many writers with few rows each. */
const INITIAL_BYTES = 4 * 1024;
/** Up to here the length takes one byte, and a loop over ASCII beats the encoder's call. */
const SHORT_TEXT = 0x7f;
/** Up to here a loop beats the call that copies. */
const SHORT_COPY = 24;
/** A character takes three bytes at most, a length five. */
const TEXT_HEAD_BYTES = 5;
const BYTES_OF_A_UNIT = 3;
const TWO_32 = 0x1_0000_0000;
const encoder = new TextEncoder();

/** Most bytes a text can take. */
export function mostOf(text: string): number {
  return TEXT_HEAD_BYTES + BYTES_OF_A_UNIT * text.length;
}

/** Repeated texts as rows have them. */
export function newTexts(): RepeatedTexts {
  return new RepeatedTexts((text) => {
    const bytes = new Uint8Array(mostOf(text));
    return bytes.slice(0, putText(bytes, 0, text));
  });
}

/** A length or count. */
export function putCount(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let left = value;
  while (left >= 0x80) {
    bytes[at++] = (left & 0x7f) | 0x80;
    left = Math.floor(left / 0x80);
  }
  bytes[at++] = left;
  return at;
}

/** A `String` that is different each time. */
export function putText(bytes: Uint8Array, at: number, value: string): number {
  const { length } = value;
  if (length > SHORT_TEXT) return putBlob(bytes, at, encoder.encode(value));
  bytes[at] = length;
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0x7f) return putBlob(bytes, at, encoder.encode(value));
    bytes[at + 1 + i] = unit;
  }
  return at + 1 + length;
}

/** A `String` of bytes. */
export function putBlob(bytes: Uint8Array, at: number, value: Uint8Array): number {
  return putBytes(bytes, putCount(bytes, at, value.length), value);
}

/** Bytes as they are. */
export function putBytes(bytes: Uint8Array, at: number, value: Uint8Array): number {
  const { length } = value;
  if (length > SHORT_COPY) bytes.set(value, at);
  else for (let i = 0; i < length; i++) bytes[at + i] = value[i] as number;
  return at + length;
}

/** A `UInt64` given as a number of up to 2^53, or a `DateTime64(3)`: epoch milliseconds, whole, within ±2^53. */
export function putWhole(view: DataView, at: number, value: number): number {
  const high = Math.floor(value / TWO_32);
  view.setUint32(at, value - high * TWO_32, true);
  view.setInt32(at + 4, high, true);
  return at + 8;
}

/** A `UInt64` given as two halves of 32 bits. */
export function putHalves(view: DataView, at: number, hi: number, lo: number): number {
  view.setUint32(at, lo, true);
  view.setUint32(at + 4, hi, true);
  return at + 8;
}

/** A `Nullable(Float32)`. */
export function putOptionalF32(view: DataView, at: number, value: number | null): number {
  if (value === null) return putAbsent(view, at);
  view.setUint8(at, 0);
  view.setFloat32(at + 1, value, true);
  return at + 5;
}

/** A `Nullable(Float64)`. */
export function putOptionalF64(view: DataView, at: number, value: number | null): number {
  if (value === null) return putAbsent(view, at);
  view.setUint8(at, 0);
  view.setFloat64(at + 1, value, true);
  return at + 9;
}

/** A `Nullable` value that is not there. */
export function putAbsent(view: DataView, at: number): number {
  view.setUint8(at, 1);
  return at + 1;
}

/** The mark before a `Nullable` value that is there. */
export function putPresent(view: DataView, at: number): number {
  view.setUint8(at, 0);
  return at + 1;
}

/** Where a text of the row before stands. */
class LastText {
  text = '';
  at = 0;
  /** With the text's length before it; 0 for none. */
  bytes = 0;

  /** Puts a `String` that is most often that of the row before: its bytes are copied then, without a look at a letter. */
  put(target: Uint8Array, at: number, value: string): number {
    const { text, bytes, at: from } = this;
    if (bytes > 0 && text === value) {
      for (let i = 0; i < bytes; i++) target[at + i] = target[from + i] as number;
      return at + bytes;
    }
    const end = putText(target, at, value);
    this.text = value;
    this.at = at;
    this.bytes = end - at;
    return end;
  }

  forget(): void {
    this.bytes = 0;
  }
}

/** A growing buffer of rows. */
export class RowBinaryWriter {
  /** Whom the row before was of. */
  readonly lastIdent = new LastText();
  readonly lastTracker = new LastText();
  /** Of the texts that come again and again. Writers may share them. */
  readonly texts: RepeatedTexts;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** `expectedBytes` is about as much as will be written: growing writes everything once more. */
  constructor(texts = newTexts(), expectedBytes = 0) {
    this.texts = texts;
    this.#bytes = new Uint8Array(Math.max(INITIAL_BYTES, expectedBytes));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Where values are written, as far as there is room. Another array as soon as more room is asked for. */
  get target(): Uint8Array {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  /** The bytes written, as a view. */
  bytes(from = 0, to = this.#length): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** Makes room for so many bytes behind what is written, and gives where that is. */
  room(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) this.#grow(at + count);
    return at;
  }

  /** Says how far is written. Throws where that is more than there was room for: what was written is not whole then. */
  writtenTo(at: number): void {
    if (at > this.#bytes.length) throw new RangeError(`a row takes ${at - this.#bytes.length} bytes more than it may`);
    this.#length = at;
  }

  /** Forgets what was written behind a length. */
  cutTo(length: number): void {
    this.#length = length;
    this.lastIdent.forget();
    this.lastTracker.forget();
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, least));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
