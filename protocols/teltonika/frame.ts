/**
 * Finds Teltonika frames in a TCP stream.
 *
 * Source: Teltonika, "Codec" (wiki.teltonika-gps.com/view/Codec). Big-endian. Two frames exist on a stream:
 *
 *     login   000F · IMEI, 15 ASCII digits
 *     data    preamble 00000000 · length u32 · codec id u8 · count u8 · ... · count u8 · crc u32
 *
 * The length counts from the codec id to the second count. The CRC is CRC-16/ARC (the vendor says CRC-16/IBM) over the same
 * bytes; its field has four bytes of which the upper two are zero. A single FF between frames is a ping without answer.
 *
 * What fails is refused so that the same ranges come out however the stream was cut: a decision waits until the bytes it
 * depends on are there, and no later byte changes it. Bytes that start no frame are refused up to the next place where one
 * can start, a window at a time. This file does not look into records beyond their structure.
 */
import type { Probe, Split } from '#protocols/codec';
import { fault } from '#errors/fault';
import { crc16Arc } from '#wire/crc';
import { nextPossibleStart, refuseUpToNextFrame } from '../layers/resync.ts';
import { shapeOf, walkRecords } from './records.ts';

/**
 * Longest frame. Devices send at most 1,280 bytes of records (vendor); answers to commands and picture blocks seen in the
 * wild have 2 KiB. The rest is head-room, and the memory one connection may claim.
 */
export const MAX_FRAME_BYTES = 16_384;
/** Preamble, length and CRC around the payload. */
export const ENVELOPE_BYTES = 12;
export const LOGIN_BYTES = 17;
/** Offset of the codec id in a data frame. */
export const PAYLOAD_AT = 8;

/** Codec id and both counts. */
const MIN_PAYLOAD = 3;
const MAX_PAYLOAD = MAX_FRAME_BYTES - ENVELOPE_BYTES;
const PING = 0xff;
/** Bytes that tell a data frame: preamble, length, codec id. */
const DATA_MARK_BYTES = 9;

function isKnownCodec(codec: number): boolean {
  return codec === 0x08 || codec === 0x8e || codec === 0x10 || codec === 0x07 || (codec >= 0x0c && codec <= 0x0f);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x100_0000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}

type Mark = 'none' | 'partial' | 'login' | 'data';

function loginMark(bytes: Uint8Array, at: number, to: number): Mark {
  const end = Math.min(at + LOGIN_BYTES, to);
  for (let i = at + 2; i < end; i++) if (!isDigit(bytes[i] as number)) return 'none';
  return end - at === LOGIN_BYTES ? 'login' : 'partial';
}

/** Tells whether a frame starts at `at`, as far as the bytes before `to` say. */
function markAt(bytes: Uint8Array, at: number, to: number): Mark {
  const here = to - at;
  if (here <= 0) return 'partial';
  if (bytes[at] !== 0) return 'none';
  if (here === 1) return 'partial';
  if (bytes[at + 1] === 0x0f) return loginMark(bytes, at, to);
  const zeros = Math.min(here, 6);
  for (let i = 1; i < zeros; i++) if (bytes[at + i] !== 0) return 'none';
  if (here < 7) return 'partial';
  const high = bytes[at + 6] as number;
  if (high > MAX_PAYLOAD >> 8) return 'none';
  if (here < PAYLOAD_AT) return 'partial';
  const length = (high << 8) | (bytes[at + 7] as number);
  if (length < MIN_PAYLOAD || length > MAX_PAYLOAD) return 'none';
  if (here < DATA_MARK_BYTES) return 'partial';
  return isKnownCodec(bytes[at + PAYLOAD_AT] as number) ? 'data' : 'none';
}

/** Tells whether the payload's own counts lead exactly to its end, whatever the checksum says. */
function hasWholeStructure(bytes: Uint8Array, payload: number, end: number): boolean {
  const count = bytes[payload + 1] as number;
  if (bytes[end - 1] !== count) return false;
  const shape = shapeOf(bytes[payload] as number);
  if (shape !== null) return walkRecords(bytes, payload + 2, end - 1, shape, count) === end - 1;
  // The command codecs: type u8 · size u32 · bytes.
  return end - payload >= 8 && payload + 7 + u32(bytes, payload + 3) === end - 1;
}

function splitData(bytes: Uint8Array, from: number, to: number): Split {
  const payload = from + PAYLOAD_AT;
  const payloadEnd = payload + u32(bytes, from + 4);
  const end = payloadEnd + 4;
  if (to < end) return { kind: 'need-more', atLeast: end - from };
  const computed = crc16Arc(bytes, payload, payloadEnd);
  const claimed = u32(bytes, payloadEnd);
  if (claimed === computed) return { kind: 'frame', end };
  const detail = `crc is 0x${claimed.toString(16).padStart(8, '0')}, computed 0x${computed.toString(16).padStart(4, '0')}`;
  const refusedEnd = hasWholeStructure(bytes, payload, payloadEnd) ? end : nextPossibleStart(markAt, bytes, from, end);
  return { kind: 'refused', end: refusedEnd, fault: fault('wire_crc', payloadEnd - from, detail) };
}

/** See `Codec.split`. */
export function split(bytes: Uint8Array, from: number, to: number): Split {
  if (to <= from) return { kind: 'need-more', atLeast: 1 };
  if (bytes[from] === PING) return { kind: 'idle', end: from + 1 };
  switch (markAt(bytes, from, to)) {
    case 'data':
      return splitData(bytes, from, to);
    case 'login':
      return { kind: 'frame', end: from + LOGIN_BYTES };
    case 'partial':
      return { kind: 'need-more', atLeast: to - from + 1 };
    case 'none':
      break;
  }
  return refuse(bytes, from, to);
}

function refuse(bytes: Uint8Array, from: number, to: number): Split {
  const hasPreamble = to - from >= 4 && u32(bytes, from) === 0;
  // A preamble whose length is already seen to be too great is refused on its eight bytes: nothing is buffered for it.
  if (!hasPreamble) return refuseUpToNextFrame(markAt, bytes, from, to);
  if (to - from < PAYLOAD_AT) return { kind: 'need-more', atLeast: PAYLOAD_AT };
  const length = u32(bytes, from + 4);
  if (length <= MAX_PAYLOAD) return refuseUpToNextFrame(markAt, bytes, from, to);
  const end = nextPossibleStart(markAt, bytes, from, from + PAYLOAD_AT);
  return { kind: 'refused', end, fault: fault('wire_length', 4, `length ${length} is above ${MAX_PAYLOAD}`) };
}

/** Pings that may come before the first frame and still leave the decision within 32 bytes. */
const MAX_PINGS_PROBED = 32 - LOGIN_BYTES;

/** See `Codec.probe`. */
export function probe(bytes: Uint8Array, from: number, to: number): Probe {
  let at = from;
  while (at < to && bytes[at] === PING && at - from < MAX_PINGS_PROBED) at++;
  const mark = markAt(bytes, at, to);
  if (mark === 'partial') return 'need-more';
  return mark === 'none' ? 'mismatch' : 'match';
}
