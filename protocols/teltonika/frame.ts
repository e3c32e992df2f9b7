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
import { mismatchBy, none, type Mismatch } from '#protocols/explain/mismatch';
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

type Why = Mismatch[] | null;
const EXPECTED_LENGTH = `a length from ${MIN_PAYLOAD} to ${MAX_PAYLOAD}`;

function loginMark(bytes: Uint8Array, at: number, to: number, why: Why): Mark {
  const end = Math.min(at + LOGIN_BYTES, to);
  for (let i = at + 2; i < end; i++)
    if (!isDigit(bytes[i] as number)) return none(why, bytes, i, i + 1, 'a digit of the IMEI, 30 to 39');
  return end - at === LOGIN_BYTES ? 'login' : 'partial';
}

/** Tells whether a frame starts at `at`, as far as the bytes before `to` say. */
function markAt(bytes: Uint8Array, at: number, to: number, why: Why = null): Mark {
  const here = to - at;
  if (here <= 0) return 'partial';
  if (bytes[at] !== 0) return none(why, bytes, at, at + 1, '00, the first byte of a login (000F) and of a preamble (00000000)');
  if (here === 1) return 'partial';
  if (bytes[at + 1] === 0x0f) return loginMark(bytes, at, to, why);
  const zeros = Math.min(here, 6);
  for (let i = 1; i < zeros; i++)
    if (bytes[at + i] !== 0)
      return none(why, bytes, at + i, at + i + 1, '00, of the preamble and the upper half of the length');
  if (here < 7) return 'partial';
  const high = bytes[at + 6] as number;
  if (high > MAX_PAYLOAD >> 8) return none(why, bytes, at + 4, at + 7, EXPECTED_LENGTH);
  if (here < PAYLOAD_AT) return 'partial';
  const length = (high << 8) | (bytes[at + 7] as number);
  if (length < MIN_PAYLOAD || length > MAX_PAYLOAD) return none(why, bytes, at + 4, at + 8, EXPECTED_LENGTH, length);
  if (here < DATA_MARK_BYTES) return 'partial';
  if (isKnownCodec(bytes[at + PAYLOAD_AT] as number)) return 'data';
  return none(why, bytes, at + PAYLOAD_AT, at + PAYLOAD_AT + 1, 'a codec: 07, 08, 0c to 10 or 8e');
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

/** What is wrong with the checksum behind the payload `[from, end)`, in words; `null` where it holds. */
export function wrongCrc(bytes: Uint8Array, from: number, end: number): string | null {
  const computed = crc16Arc(bytes, from, end);
  const claimed = u32(bytes, end);
  if (claimed === computed) return null;
  return `crc is 0x${claimed.toString(16).padStart(8, '0')}, computed 0x${computed.toString(16).padStart(4, '0')}`;
}

function splitData(bytes: Uint8Array, from: number, to: number): Split {
  const payload = from + PAYLOAD_AT;
  const payloadEnd = payload + u32(bytes, from + 4);
  const end = payloadEnd + 4;
  if (to < end) return { kind: 'need-more', atLeast: end - from };
  const detail = wrongCrc(bytes, payload, payloadEnd);
  if (detail === null) return { kind: 'frame', end };
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

function firstMark(bytes: Uint8Array, from: number, to: number, why: Why): Mark {
  let at = from;
  while (at < to && bytes[at] === PING && at - from < MAX_PINGS_PROBED) at++;
  return markAt(bytes, at, to, why);
}

/** See `Codec.probe`. */
export function probe(bytes: Uint8Array, from: number, to: number): Probe {
  const mark = firstMark(bytes, from, to, null);
  if (mark === 'partial') return 'need-more';
  return mark === 'none' ? 'mismatch' : 'match';
}

/** See `Codec.mismatch`. */
export const mismatch = mismatchBy(firstMark);
