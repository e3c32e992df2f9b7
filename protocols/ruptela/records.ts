/**
 * The records of commands 01 and 44: where they lie, and what their header says.
 *
 *     records    left u8 · count u8 · record[count]
 *     record     time u32 s · time extension u8 · [part u8] · priority u8 · lon i32 1e-7° · lat i32 1e-7° · altitude u16 0.1 m
 *                · course u16 0.01° · satellites u8 · speed u16 km/h · hdop u8 0.1 · event id · elements
 *     elements   four groups, of values of 1, 2, 4 and 8 bytes: count u8 · (id · value)[count]
 *
 * In 44, ids and the event have two bytes instead of one, and `part` tells the pieces of a record that was too long: its low
 * nibble counts them from 0, its high nibble is the number of the last.
 */
import { fault, type Fault } from '#errors/fault';
import type { Name } from '#protocols/explain/along';
import type { Fix } from '#model/message';
import { readI32, readU16, readU32, readU8, type Cursor } from '#wire/cursor';
import { COMMANDS } from './commands.ts';

/** How a record is laid out. */
export interface RecordShape {
  idBytes: 1 | 2;
  headerBytes: number;
  hasPart: boolean;
}

const PLAIN: RecordShape = { idBytes: 1, headerBytes: 23, hasPart: false };
const EXTENDED: RecordShape = { idBytes: 2, headerBytes: 25, hasPart: true };

/** The layout of a command's records; `null` where it has none. */
export function shapeOf(command: number): RecordShape | null {
  if (command === COMMANDS.records) return PLAIN;
  return command === COMMANDS.extendedRecords ? EXTENDED : null;
}

export interface RecordHeader {
  /** Seconds since 1970, UTC. */
  time: number;
  /** Tells records of the same second apart. */
  timeExtension: number;
  part: number;
  lastPart: number;
  /** 0 low, 1 high, above: panic. */
  priority: number;
  fix: Fix | null;
  /** Id of the element, or one of 7, 8, 9, that made the device write this record. */
  event: number;
}

/** The value of both coordinates while the receiver has none. */
const NO_COORDINATE = -0x8000_0000;

/** Reads a header. Impossible coordinates or course are faulted, and the fix left out. */
export function readHeader(cursor: Cursor, shape: RecordShape, faults: Fault[], name: Name | null): RecordHeader {
  const time = readU32(cursor);
  name?.('time', { part: 'deviceTime', raw: time, meaning: 'seconds since 1970, UTC' });
  const timeExtension = readU8(cursor);
  name?.('time extension', { raw: timeExtension, meaning: 'Tells records of one second apart' });
  const part = shape.hasPart ? readU8(cursor) : 0;
  name?.('part', { raw: part, value: `${part & 0x0f} of 0 to ${part >> 4}`, meaning: 'Pieces of one long record' });
  const priority = readU8(cursor);
  name?.('priority', { raw: priority, meaning: '0 low, 1 high, above: panic' });
  const fix = readFix(cursor, faults, name);
  const event = shape.idBytes === 1 ? readU8(cursor) : readU16(cursor);
  return { time, timeExtension, part: part & 0x0f, lastPart: part >> 4, priority, fix, event };
}

function readFix(cursor: Cursor, faults: Fault[], name: Name | null): Fix | null {
  const at = cursor.offset;
  const lonRaw = readI32(cursor);
  name?.('longitude', { part: 'fix.lon', raw: lonRaw, meaning: '1e-7 degrees' });
  const latRaw = readI32(cursor);
  name?.('latitude', { part: 'fix.lat', raw: latRaw, meaning: '1e-7 degrees' });
  const altitudeM = readU16(cursor) / 10;
  name?.('altitude', { part: 'fix.altitudeM', meaning: '0.1 m' });
  const courseDeg = readU16(cursor) / 100;
  name?.('course', { part: 'fix.courseDeg', meaning: '0.01 degrees' });
  const satellites = readU8(cursor);
  name?.('satellites', { part: ['fix.satellites', 'fix.valid'], raw: satellites });
  const speedKmh = readU16(cursor);
  name?.('speed', { part: 'fix.speedKmh', raw: speedKmh });
  const hdop = readU8(cursor) / 10;
  name?.('hdop', { part: 'fix.hdop', meaning: 'tenths' });
  if (lonRaw === NO_COORDINATE || latRaw === NO_COORDINATE) return null;
  const place = placeOf(latRaw, lonRaw, at, faults);
  if (place === null) return null;
  if (courseDeg > 360) {
    faults.push(fault('decode_range', at + 10, `course ${courseDeg}`));
    return null;
  }
  return { ...place, fixTime: null, valid: satellites > 0, altitudeM, speedKmh, courseDeg, satellites, hdop };
}

/** Turns raw coordinates into degrees; faults impossible ones. */
export function placeOf(latRaw: number, lonRaw: number, at: number, faults: Fault[]): { lat: number; lon: number } | null {
  const [lat, lon] = [latRaw / 1e7, lonRaw / 1e7];
  if (Math.abs(lat) <= 90 && Math.abs(lon) <= 180) return { lat, lon };
  faults.push(fault('decode_range', at, `no place: ${lat}, ${lon}`));
  return null;
}

/** Gives the offset behind the last record of a payload, judged by its counts, or -1 where they lead beyond `end`. */
export function endOfRecords(bytes: Uint8Array, payload: number, end: number, shape: RecordShape): number {
  if (payload + 2 > end) return -1;
  let at = payload + 2;
  for (let left = bytes[payload + 1] as number; left > 0; left--) {
    at += shape.headerBytes;
    for (const width of [1, 2, 4, 8]) {
      if (at >= end) return -1;
      at += 1 + (bytes[at] as number) * (shape.idBytes + width);
    }
  }
  return at <= end ? at : -1;
}
