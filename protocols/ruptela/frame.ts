/**
 * Finds Ruptela frames in a stream.
 *
 * Source: no public document of the vendor; the envelope is that of three public decoders, and the published frames agree
 * (README.md, Source). Big-endian.
 *
 *     length u16 · IMEI u64 · command u8 · payload · crc u16
 *
 * The length counts from the IMEI to the end of the payload; the crc is CRC-16/KERMIT over the same bytes. There is no start
 * mark, but an IMEI has at most fifteen digits, so its first byte is 0 and its second at most 3: with the range of the length
 * and the known commands that tells a frame from arbitrary bytes.
 *
 * What fails is refused so that the same ranges come out however the stream was cut. Bytes that start no frame are refused up
 * to the next place where one can start, a window at a time.
 */
import { fault, type Fault } from '#errors/fault';
import type { Probe, Split } from '#protocols/codec';
import { mismatchBy, none, type Mismatch } from '#protocols/explain/mismatch';
import { crc16Kermit } from '#wire/crc';
import { nextPossibleStart, refuseUpToNextFrame } from '../layers/resync.ts';
import { isKnownCommand } from './commands.ts';
import { endOfRecords, shapeOf } from './records.ts';

/** Longest frame. Devices fill up to 1 KiB with records; the rest is head-room, and the memory one connection may claim. */
export const MAX_FRAME_BYTES = 4096;
/** Length and crc around what the length counts. */
export const ENVELOPE_BYTES = 4;
/** Offset of the command in a frame. */
export const COMMAND_AT = 10;
export const PAYLOAD_AT = 11;
/** Largest IMEI. */
export const MAX_IMEI = 999_999_999_999_999;

/** IMEI and command. */
const MIN_LENGTH = 9;
const MAX_LENGTH = MAX_FRAME_BYTES - ENVELOPE_BYTES;

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Reads the IMEI of the frame that begins at `at`. Exact: it has fewer than 2^53 values. */
export function imeiAt(bytes: Uint8Array, at: number): number {
  let imei = 0;
  for (let i = at + 2; i < at + COMMAND_AT; i++) imei = imei * 0x100 + (bytes[i] as number);
  return imei;
}

type Mark = 'none' | 'partial' | 'whole';

const EXPECTED_LENGTH = `a length from ${MIN_LENGTH} to ${MAX_LENGTH}`;
const EXPECTED_IMEI = 'an IMEI of at most fifteen digits';

/** Tells whether a frame starts at `at`, as far as the bytes before `to` say. */
function markAt(bytes: Uint8Array, at: number, to: number, why: Mismatch[] | null = null): Mark {
  const here = to - at;
  if (here < 1) return 'partial';
  if ((bytes[at] as number) > MAX_LENGTH >> 8) return none(why, bytes, at, Math.min(at + 2, to), EXPECTED_LENGTH);
  if (here < 2) return 'partial';
  const length = u16(bytes, at);
  if (length < MIN_LENGTH || length > MAX_LENGTH) return none(why, bytes, at, at + 2, EXPECTED_LENGTH, length);
  if (here > 2 && bytes[at + 2] !== 0) return none(why, bytes, at + 2, at + 3, EXPECTED_IMEI);
  if (here > 3 && (bytes[at + 3] as number) > 3) return none(why, bytes, at + 2, at + 4, EXPECTED_IMEI);
  if (here < PAYLOAD_AT) return 'partial';
  const imei = imeiAt(bytes, at);
  if (imei === 0 || imei > MAX_IMEI) return none(why, bytes, at + 2, at + COMMAND_AT, EXPECTED_IMEI, imei);
  if (isKnownCommand(bytes[at + COMMAND_AT] as number)) return 'whole';
  return none(why, bytes, at + COMMAND_AT, at + PAYLOAD_AT, 'a command: 01 to 09, 0f to 11, 25 or 44');
}

/** Tells whether the payload's own counts lead exactly to its end, whatever the checksum says. */
function hasWholeStructure(bytes: Uint8Array, from: number, payloadEnd: number): boolean {
  const shape = shapeOf(bytes[from + COMMAND_AT] as number);
  return shape !== null && endOfRecords(bytes, from + PAYLOAD_AT, payloadEnd, shape) === payloadEnd;
}

/** What is wrong with the checksum of the whole frame in `[from, end)`; `null` where it holds. */
export function crcFault(bytes: Uint8Array, from: number, end: number): Fault | null {
  const at = end - 2;
  const computed = crc16Kermit(bytes, from + 2, at);
  const claimed = u16(bytes, at);
  if (claimed === computed) return null;
  const [said, found] = [claimed, computed].map((crc) => `0x${crc.toString(16).padStart(4, '0')}`);
  return fault('wire_crc', at - from, `crc is ${said}, computed ${found}`);
}

function splitWhole(bytes: Uint8Array, from: number, to: number): Split {
  const payloadEnd = from + 2 + u16(bytes, from);
  const end = payloadEnd + 2;
  if (to < end) return { kind: 'need-more', atLeast: end - from };
  const wrong = crcFault(bytes, from, end);
  if (wrong === null) return { kind: 'frame', end };
  const refusedEnd = hasWholeStructure(bytes, from, payloadEnd) ? end : nextPossibleStart(markAt, bytes, from, end);
  return { kind: 'refused', end: refusedEnd, fault: wrong };
}

/** See `Codec.split`. */
export function split(bytes: Uint8Array, from: number, to: number): Split {
  const mark = markAt(bytes, from, to);
  if (mark === 'partial') return { kind: 'need-more', atLeast: to - from + 1 };
  return mark === 'whole' ? splitWhole(bytes, from, to) : refuse(bytes, from, to);
}

/** A length above the limit before what can be an IMEI is refused as such; anything else starts no frame. */
function refuse(bytes: Uint8Array, from: number, to: number): Split {
  if (to - from < 4) return { kind: 'need-more', atLeast: 4 };
  const length = u16(bytes, from);
  if (length <= MAX_LENGTH || bytes[from + 2] !== 0 || (bytes[from + 3] as number) > 3)
    return refuseUpToNextFrame(markAt, bytes, from, to);
  const end = nextPossibleStart(markAt, bytes, from, from + 4);
  return { kind: 'refused', end, fault: fault('wire_length', 0, `length ${length} is above ${MAX_LENGTH}`) };
}

/** See `Codec.probe`. */
export function probe(bytes: Uint8Array, from: number, to: number): Probe {
  const mark = markAt(bytes, from, to);
  if (mark === 'partial') return 'need-more';
  return mark === 'none' ? 'mismatch' : 'match';
}

/** See `Codec.mismatch`. */
export const mismatch = mismatchBy(markAt);
