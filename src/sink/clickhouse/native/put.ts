/** Writes counts and texts as ClickHouse's binary formats have them: lengths as unsigned LEB128, texts as UTF-8 behind theirs. */

/** Up to here the length takes one byte, and a loop over ASCII beats the encoder's call. */
const SHORT_TEXT = 0x7f;
/** A length takes five bytes at most, a character three. */
export const TEXT_HEAD_BYTES = 5;
const BYTES_OF_A_UNIT = 3;
const encoder = new TextEncoder();

/** Most bytes a text can take. */
export function mostOf(text: string): number {
  return TEXT_HEAD_BYTES + BYTES_OF_A_UNIT * text.length;
}

/** A length or count. Gives where the next value goes, as the others do. */
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

/** A text behind its length. */
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

/** Bytes behind their length. */
export function putBlob(bytes: Uint8Array, from: number, value: Uint8Array): number {
  const at = putCount(bytes, from, value.length);
  bytes.set(value, at);
  return at + value.length;
}
