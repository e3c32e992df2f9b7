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
import { fault } from '#errors/fault';
import { addSignal, emptyMessage, type Fix, type Message } from '#model/message';
import { cursorOver, NEED_MORE, readU16, readU32, readU8, type Cursor } from '#wire/cursor';
import { rawKey } from './io-table.ts';

export const CODEC_7 = 0x07;
/** 2007-01-01T00:00:00Z. */
const EPOCH_S = 1_167_609_600;
const SECONDS_MASK = 0x3fff_ffff;

/** Decodes `count` records of `bytes[from, end)`. Gives the offset after the last, or -1 with a fault where one is cut. */
export function decodeGh3000(bytes: Uint8Array, from: number, end: number, count: number, decoded: Decoded): number {
  const cursor = cursorOver(bytes, from, end);
  try {
    for (let i = 0; i < count; i++) decoded.messages.push(readRecord(cursor, decoded));
    return cursor.offset;
  } catch (error) {
    if (error !== NEED_MORE) throw error;
    decoded.faults.push(
      fault('decode_truncated', from, `record ${decoded.messages.length + 1} of ${count} does not end inside the frame`),
    );
    return -1;
  }
}

function readRecord(cursor: Cursor, decoded: Decoded): Message {
  const from = cursor.offset;
  const message = emptyMessage(cursor.bytes);
  message.deviceTime = ((readU32(cursor) & SECONDS_MASK) + EPOCH_S) * 1000;
  const mask = readU8(cursor);
  if (mask & 0x01) readPlace(cursor, message, decoded);
  if (mask & 0x02) readElements(cursor, message, readU8);
  if (mask & 0x04) readElements(cursor, message, readU16);
  if (mask & 0x08) readElements(cursor, message, readU32);
  message.identity = cursor.bytes.subarray(from, cursor.offset);
  return message;
}

function readF32(cursor: Cursor): number {
  readU32(cursor);
  return cursor.view.getFloat32(cursor.offset - 4);
}

function readPlace(cursor: Cursor, message: Message, decoded: Decoded): void {
  const from = cursor.offset;
  const mask = readU8(cursor);
  const place = mask & 0x01 ? { lat: readF32(cursor), lon: readF32(cursor) } : null;
  const rest: Omit<Fix, 'lat' | 'lon'> = {
    fixTime: null,
    valid: true,
    altitudeM: mask & 0x02 ? readU16(cursor) : null,
    courseDeg: mask & 0x04 ? (readU8(cursor) * 360) / 256 : null,
    speedKmh: mask & 0x08 ? readU8(cursor) : null,
    satellites: mask & 0x10 ? readU8(cursor) : null,
    hdop: null,
  };
  if (mask & 0x20) {
    addSignal(message, 'device.gsm.area', readU16(cursor));
    addSignal(message, 'device.gsm.cell', readU16(cursor));
  }
  if (mask & 0x40) addSignal(message, 'teltonika.gh.signal', readU8(cursor));
  if (mask & 0x80) addSignal(message, 'device.gsm.operator', readU32(cursor));
  if (place === null) return;
  if (Math.abs(place.lat) <= 90 && Math.abs(place.lon) <= 180) {
    message.fix = { ...place, ...rest, valid: rest.satellites !== 0 };
  } else {
    decoded.faults.push(fault('decode_range', from, `longitude ${place.lon}, latitude ${place.lat}`));
  }
}

function readElements(cursor: Cursor, message: Message, read: (from: Cursor) => number): void {
  const count = readU8(cursor);
  for (let i = 0; i < count; i++) {
    const id = readU8(cursor);
    addSignal(message, rawKey(id), read(cursor));
  }
}
