/** The head of a record: when, where and how fast. The same in Codec 8, 8 Extended and 16; the wire is drawn in `decode.ts`. */
import { fault } from '#errors/fault';
import { NO_EVENTS, NO_TEXTS, type Message } from '#model/message';
import type { Decoded } from '#protocols/codec';
import { i32, u16, u32 } from './integers.ts';

/** Greatest time a Date can hold, ms. */
const MAX_TIME = 8.64e15;

/** Makes a message of the head at `at`. Faults: `decode_range` for an impossible place or time. */
export function readHead(bytes: Uint8Array, at: number, decoded: Decoded): Message {
  const deviceTime = u32(bytes, at) * 0x1_0000_0000 + u32(bytes, at + 4);
  const lon = i32(bytes, at + 9);
  const lat = i32(bytes, at + 13);
  const course = u16(bytes, at + 19);
  const satellites = bytes[at + 21] as number;
  const isPlace = lat >= -900_000_000 && lat <= 900_000_000 && lon >= -1_800_000_000 && lon <= 1_800_000_000;
  const isTime = deviceTime <= MAX_TIME;
  if (!isPlace) decoded.faults.push(fault('decode_range', at + 9, `longitude ${lon / 1e7}, latitude ${lat / 1e7}`));
  if (!isTime) decoded.faults.push(fault('decode_range', at, `time ${deviceTime} ms`));
  return {
    ident: null,
    deviceTime: isTime ? deviceTime : null,
    fix: isPlace
      ? {
          lat: lat / 1e7,
          lon: lon / 1e7,
          fixTime: null,
          // Without satellites the coordinates are those of the last fix; speed and angle are zero.
          valid: satellites > 0,
          altitudeM: (((bytes[at + 17] as number) << 24) >> 16) | (bytes[at + 18] as number),
          speedKmh: u16(bytes, at + 22),
          courseDeg: course <= 360 ? course : null,
          satellites,
          hdop: null,
        }
      : null,
    signalKeys: NO_TEXTS,
    signalValues: [],
    stateKeys: NO_TEXTS,
    stateValues: NO_TEXTS,
    events: NO_EVENTS,
    stored: false,
    identity: bytes,
    identityFrom: at,
    identityEnd: at,
  };
}
