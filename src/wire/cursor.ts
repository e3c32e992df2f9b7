/**
 * Reads fixed-width integers from a byte array.
 *
 * The cursor holds state only; each `readX` is a free function that goes through one bounds-checked step. Reading past the
 * end throws the constant `NEED_MORE`, not an `Error`: a stack trace for each short frame would be pure waste. The position
 * does not move when that happens. Views returned by `readBytes` belong to the array the cursor was made of.
 */

/** Thrown, as it is, by every reader that finds too few bytes. */
export const NEED_MORE = Object.freeze({ name: 'NEED_MORE' });

export interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Offset of the next byte to read. */
  offset: number;
  /** First offset that must not be read. */
  readonly end: number;
}

/** Makes a cursor over `bytes[from, to)`. */
export function cursorOver(bytes: Uint8Array, from = 0, to = bytes.length): Cursor {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: from, end: to };
}

/** Bytes not yet read. */
export function remaining(cursor: Cursor): number {
  return cursor.end - cursor.offset;
}

function advance(cursor: Cursor, count: number): number {
  const start = cursor.offset;
  if (start + count > cursor.end) throw NEED_MORE;
  cursor.offset = start + count;
  return start;
}

export function readU8(cursor: Cursor): number {
  return cursor.view.getUint8(advance(cursor, 1));
}

export function readI8(cursor: Cursor): number {
  return cursor.view.getInt8(advance(cursor, 1));
}

export function readU16(cursor: Cursor): number {
  return cursor.view.getUint16(advance(cursor, 2));
}

export function readI16(cursor: Cursor): number {
  return cursor.view.getInt16(advance(cursor, 2));
}

export function readU16le(cursor: Cursor): number {
  return cursor.view.getUint16(advance(cursor, 2), true);
}

export function readU24(cursor: Cursor): number {
  const at = advance(cursor, 3);
  return cursor.view.getUint16(at) * 0x100 + cursor.view.getUint8(at + 2);
}

export function readU24le(cursor: Cursor): number {
  const at = advance(cursor, 3);
  return cursor.view.getUint8(at + 2) * 0x1_0000 + cursor.view.getUint16(at, true);
}

export function readU32(cursor: Cursor): number {
  return cursor.view.getUint32(advance(cursor, 4));
}

export function readI32(cursor: Cursor): number {
  return cursor.view.getInt32(advance(cursor, 4));
}

export function readU32le(cursor: Cursor): number {
  return cursor.view.getUint32(advance(cursor, 4), true);
}

export function readU48(cursor: Cursor): number {
  const at = advance(cursor, 6);
  return cursor.view.getUint16(at) * 0x1_0000_0000 + cursor.view.getUint32(at + 2);
}

/** Reads eight bytes as a number. Exact up to 2^53; larger values lose their low bits. */
export function readU64(cursor: Cursor): number {
  const at = advance(cursor, 8);
  return cursor.view.getUint32(at) * 0x1_0000_0000 + cursor.view.getUint32(at + 4);
}

/** Gives a view, not a copy, of the next `count` bytes. */
export function readBytes(cursor: Cursor, count: number): Uint8Array {
  const at = advance(cursor, count);
  return cursor.bytes.subarray(at, at + count);
}

/** Reads `count` bytes as ASCII; bytes above 0x7F come out as Latin-1. */
export function readAscii(cursor: Cursor, count: number): string {
  const at = advance(cursor, count);
  let text = '';
  for (let i = at; i < at + count; i++) text += String.fromCharCode(cursor.bytes[i] as number);
  return text;
}

/** Passes over `count` bytes. */
export function skip(cursor: Cursor, count: number): void {
  advance(cursor, count);
}
