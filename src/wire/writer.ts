/** Builds a byte array from fixed-width integers, big-endian unless the name says `le`. Grows as needed. */
export interface Writer {
  bytes: Uint8Array;
  view: DataView;
  /** Bytes written so far. */
  length: number;
}

export function newWriter(capacity = 64): Writer {
  const bytes = new Uint8Array(capacity);
  return { bytes, view: new DataView(bytes.buffer), length: 0 };
}

/** The bytes written, as a view on the writer's memory. */
export function written(writer: Writer): Uint8Array {
  return writer.bytes.subarray(0, writer.length);
}

/** Makes room for `count` more bytes and gives the offset where they start. */
export function reserve(writer: Writer, count: number): number {
  const at = writer.length;
  if (at + count > writer.bytes.length) {
    const grown = new Uint8Array(Math.max(writer.bytes.length * 2, at + count));
    grown.set(writer.bytes.subarray(0, at));
    writer.bytes = grown;
    writer.view = new DataView(grown.buffer);
  }
  writer.length = at + count;
  return at;
}

export function writeU8(writer: Writer, value: number): void {
  const at = reserve(writer, 1);
  writer.view.setUint8(at, value);
}

export function writeU16(writer: Writer, value: number): void {
  const at = reserve(writer, 2);
  writer.view.setUint16(at, value);
}

export function writeU24(writer: Writer, value: number): void {
  const at = reserve(writer, 3);
  writer.view.setUint8(at, value >>> 16);
  writer.view.setUint16(at + 1, value & 0xffff);
}

export function writeU32(writer: Writer, value: number): void {
  const at = reserve(writer, 4);
  writer.view.setUint32(at, value);
}

export function writeI32(writer: Writer, value: number): void {
  const at = reserve(writer, 4);
  writer.view.setInt32(at, value);
}

/** Writes a whole number of up to 2^48. */
export function writeU48(writer: Writer, value: number): void {
  const at = reserve(writer, 6);
  writer.view.setUint16(at, Math.floor(value / 0x1_0000_0000));
  writer.view.setUint32(at + 2, value % 0x1_0000_0000);
}

/** Writes a whole number of up to 2^53. */
export function writeU64(writer: Writer, value: number): void {
  const at = reserve(writer, 8);
  writer.view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  writer.view.setUint32(at + 4, value % 0x1_0000_0000);
}

export function writeBytes(writer: Writer, bytes: Uint8Array): void {
  const at = reserve(writer, bytes.length);
  writer.bytes.set(bytes, at);
}

/** Writes the text's characters as one byte each; the text must be Latin-1. */
export function writeAscii(writer: Writer, text: string): void {
  const at = reserve(writer, text.length);
  for (let i = 0; i < text.length; i++) writer.bytes[at + i] = text.charCodeAt(i);
}
