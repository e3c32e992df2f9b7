/**
 * Records of Codec 7, spoken by the personal tracker GH3000 (2013).
 *
 * The vendor's document is no longer public. The layout is inferred from captured frames whose every byte it explains, and
 * agrees with an independent decoder. Big-endian, per record:
 *
 *     time u32: two bits not understood, seconds since 2007-01-01 · mask u8: 0 place, 1..3 elements of 1, 2, 4 bytes
 *     place: mask u8 · 0 lat f32, lon f32 · 1 altitude u16 · 2 angle u8 of 256 · 3 speed u8 · 4 satellites u8 · 5 area u16, cell u16
 *            · 6 signal u8 · 7 operator u32
 *     elements: count u8 · (id u8 · value)*
 */
import type { Decoded } from '#protocols/codec';
import { namesAlong } from '#protocols/explain/along';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { addSignal, emptyMessage, identify, type Message } from '#model/message';
import { cursorOver, NEED_MORE, readU16, readU32, readU8, type Cursor } from '#wire/cursor';
import { nameElement } from './explain.ts';
import { rawKey } from './io-table.ts';

export const CODEC_7 = 0x07;
/** 2007-01-01T00:00:00Z. */
const EPOCH_S = 1_167_609_600;
const SECONDS_MASK = 0x3fff_ffff;

/** Decodes `count` records of `bytes[from, end)`. Gives the offset after the last, or -1 with a fault where one is cut. */
export function decodeGh3000(
  bytes: Uint8Array,
  from: number,
  end: number,
  count: number,
  decoded: Decoded,
  trace: Trace | null,
): number {
  const cursor = cursorOver(bytes, from, end);
  try {
    for (let i = 0; i < count; i++) {
      const record = trace?.open(`record ${i + 1} of ${count}`, cursor.offset);
      decoded.messages.push(readRecord(cursor, decoded, trace));
      trace?.close(record, cursor.offset);
    }
    return cursor.offset;
  } catch (error) {
    if (error !== NEED_MORE) throw error;
    decoded.faults.push(
      fault('decode_truncated', from, `record ${decoded.messages.length + 1} of ${count} does not end inside the frame`),
    );
    return -1;
  }
}

function readRecord(cursor: Cursor, decoded: Decoded, trace: Trace | null): Message {
  const from = cursor.offset;
  const message = emptyMessage(cursor.bytes);
  trace?.follow(message);
  message.deviceTime = ((readU32(cursor) & SECONDS_MASK) + EPOCH_S) * 1000;
  trace?.field('time', from, cursor.offset, { part: 'deviceTime', meaning: 'Two bits not understood, seconds since 2007' });
  const mask = readU8(cursor);
  trace?.field('mask', from + 4, cursor.offset, {
    raw: mask,
    meaning: 'Bit 0 a place, bits 1 to 3 elements of 1, 2 and 4 bytes',
  });
  if (mask & 0x01) readPlace(cursor, message, decoded, trace);
  if (mask & 0x02) readElements(cursor, message, readU8, trace);
  if (mask & 0x04) readElements(cursor, message, readU16, trace);
  if (mask & 0x08) readElements(cursor, message, readU32, trace);
  identify(message, cursor.bytes, from, cursor.offset);
  return message;
}

function readF32(cursor: Cursor): number {
  readU32(cursor);
  return cursor.view.getFloat32(cursor.offset - 4);
}

function readPlace(cursor: Cursor, message: Message, decoded: Decoded, trace: Trace | null): void {
  const from = cursor.offset;
  const span = trace?.open('place', from);
  const name = namesAlong(cursor, trace);
  const mask = readU8(cursor);
  name?.('mask', { raw: mask, meaning: 'Which of the fields are there' });
  // What the mask leaves out has no byte, and so no name.
  const read = (bit: number, of: (bytes: Cursor) => number): number | null => ((mask & bit) === 0 ? null : of(cursor));
  const lat = read(0x01, readF32);
  name?.('latitude', { part: 'fix.lat' });
  const lon = read(0x01, readF32);
  name?.('longitude', { part: 'fix.lon' });
  const altitudeM = read(0x02, readU16);
  name?.('altitude', { part: 'fix.altitudeM' });
  const angle = read(0x04, readU8);
  name?.('angle', { part: 'fix.courseDeg', meaning: 'One 256th of a circle' });
  const speedKmh = read(0x08, readU8);
  name?.('speed', { part: 'fix.speedKmh' });
  const satellites = read(0x10, readU8);
  name?.('satellites', { part: ['fix.satellites', 'fix.valid'] });
  for (const [bit, what, key, of] of NETWORK) {
    const value = read(bit, of);
    if (value !== null) addSignal(message, key, value);
    name?.(what);
  }
  trace?.close(span, cursor.offset);
  if (lat === null || lon === null) return;
  if (Math.abs(lat) <= 90 && Math.abs(lon) <= 180) {
    const courseDeg = angle === null ? null : (angle * 360) / 256;
    const valid = satellites !== 0;
    message.fix = { lat, lon, fixTime: null, valid, altitudeM, courseDeg, speedKmh, satellites, hdop: null };
  } else {
    decoded.faults.push(fault('decode_range', from, `longitude ${lon}, latitude ${lat}`));
  }
}

/** What of a place is the mobile network's. */
const NETWORK: readonly (readonly [bit: number, name: string, key: string, read: (from: Cursor) => number])[] = [
  [0x20, 'area', 'device.gsm.area', readU16],
  [0x20, 'cell', 'device.gsm.cell', readU16],
  [0x40, 'signal', 'teltonika.gh.signal', readU8],
  [0x80, 'operator', 'device.gsm.operator', readU32],
];

function readElements(cursor: Cursor, message: Message, read: (from: Cursor) => number, trace: Trace | null): void {
  const from = cursor.offset;
  const count = readU8(cursor);
  const group = trace?.open('elements', from);
  trace?.field('count', from, cursor.offset, { raw: count, value: count });
  for (let i = 0; i < count; i++) {
    const at = cursor.offset;
    const id = readU8(cursor);
    addSignal(message, rawKey(id), read(cursor));
    if (trace !== null) nameElement(trace, id, at, at + 1, at + 1, cursor.offset, { meaning: 'In no document' });
  }
  trace?.close(group, cursor.offset);
}
