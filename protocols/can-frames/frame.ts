/**
 * The frame of can-frames version 1, over TCP, UDP and MQTT alike (docs/can-frames.md). Big-endian:
 *
 *     'ODCF' · version u8 (1) · length u24 · sequence u32 · payload · crc u32
 *     ack: 'ODAK' · sequence u32        refusal: 'ODNO' · sequence u32
 *
 * The length counts the payload alone, a protobuf `Envelope`. The CRC is that of zlib over everything before it. The
 * sequence is the sender's own, and comes back in the ack.
 *
 * What fails is refused so that the same ranges come out however the stream was cut: a decision waits until the bytes it
 * depends on are there, and no later byte changes it.
 */
import type { Probe, Split } from '#protocols/codec';
import { mismatchBy, none, type Mismatch } from '#protocols/explain/mismatch';
import { type Fault, fault } from '#errors/fault';
import { crc32 } from '#wire/crc32';
import { newWriter, writeAscii, writeBytes, writeU24, writeU32, writeU8, written } from '#wire/writer';
import { nextPossibleStart, refuseUpToNextFrame } from '../layers/resync.ts';

const VERSION = 1;
export const HEAD_BYTES = 12;
const CRC_BYTES = 4;
/** Memory one connection may claim, and some thousand CAN frames. */
export const MAX_PAYLOAD_BYTES = 60 * 1024;
export const MAX_FRAME_BYTES = HEAD_BYTES + MAX_PAYLOAD_BYTES + CRC_BYTES;

const MARK = [0x4f, 0x44, 0x43, 0x46, VERSION];
/** Mark and length: what is looked at before more is waited for. */
const MARK_AND_LENGTH_BYTES = 8;

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return u32(bytes, at + 4) & 0xff_ffff;
}

type Mark = 'none' | 'partial' | 'whole';

/** Tells whether a frame starts at `at`, as far as the bytes before `to` say. */
function markAt(bytes: Uint8Array, at: number, to: number, why: Mismatch[] | null = null): Mark {
  const here = Math.min(to - at, MARK.length);
  for (let i = 0; i < here; i++)
    if (bytes[at + i] !== MARK[i]) return none(why, bytes, at, at + here, '4f44434601, the mark ODCF and version 1');
  return here < MARK.length ? 'partial' : 'whole';
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, '0')}`;
}

/** Checks a whole frame's checksum; `null` where it holds. */
function crcFault(bytes: Uint8Array, from: number, end: number): Fault | null {
  const at = end - CRC_BYTES;
  const claimed = u32(bytes, at);
  const computed = crc32(bytes, from, at);
  if (claimed === computed) return null;
  return fault('wire_crc', at - from, `crc is ${hex(claimed)}, computed ${hex(computed)}`);
}

/** See `Codec.split`. */
export function split(bytes: Uint8Array, from: number, to: number): Split {
  const mark = markAt(bytes, from, to);
  if (mark === 'none') return refuseUpToNextFrame(markAt, bytes, from, to);
  // The very next byte may tell that this is no mark.
  if (mark === 'partial') return { kind: 'need-more', atLeast: to - from + 1 };
  if (to - from < MARK_AND_LENGTH_BYTES) return { kind: 'need-more', atLeast: MARK_AND_LENGTH_BYTES };
  const length = lengthAt(bytes, from);
  if (length > MAX_PAYLOAD_BYTES) {
    const end = from + MARK_AND_LENGTH_BYTES;
    return { kind: 'refused', end, fault: fault('wire_length', 5, `length ${length} is above ${MAX_PAYLOAD_BYTES}`) };
  }
  const end = from + HEAD_BYTES + length + CRC_BYTES;
  if (to < end) return { kind: 'need-more', atLeast: end - from };
  const wrong = crcFault(bytes, from, end);
  if (wrong === null) return { kind: 'frame', end };
  // The length itself may be what was damaged: another frame inside the claimed range is not lost with it.
  return { kind: 'refused', end: nextPossibleStart(markAt, bytes, from, end), fault: wrong };
}

/** See `Codec.probe`. */
export function probe(bytes: Uint8Array, from: number, to: number): Probe {
  const mark = markAt(bytes, from, to);
  if (mark === 'partial') return 'need-more';
  return mark === 'none' ? 'mismatch' : 'match';
}

/** See `Codec.mismatch`. */
export const mismatch = mismatchBy(markAt);

/** Says what is wrong with bytes that should be one whole frame, as a datagram or an MQTT message brings it, or `null`. */
export function frameFault(frame: Uint8Array): Fault | null {
  if (frame.length < HEAD_BYTES + CRC_BYTES) return fault('wire_length', 0, `${frame.length} bytes are too few for a frame`);
  if (markAt(frame, 0, frame.length) !== 'whole') return fault('wire_resync', 0, 'no frame of version 1 starts here');
  const claimed = HEAD_BYTES + lengthAt(frame, 0) + CRC_BYTES;
  if (claimed !== frame.length) return fault('wire_length', 5, `the frame claims ${claimed} bytes of ${frame.length}`);
  return crcFault(frame, 0, frame.length);
}

/** The payload of a whole frame, as a view. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(HEAD_BYTES, frame.length - CRC_BYTES);
}

function answer(mark: string, frame: Uint8Array): Uint8Array {
  const writer = newWriter(8);
  writeAscii(writer, mark);
  writeBytes(writer, frame.subarray(8, HEAD_BYTES));
  return written(writer);
}

/** The bytes that let the sender forget a whole frame. */
export function ackOf(frame: Uint8Array): Uint8Array {
  return answer('ODAK', frame);
}

/** The bytes that refuse its sender. */
export function refusalOf(frame: Uint8Array): Uint8Array {
  return answer('ODNO', frame);
}

/** Puts a payload into a frame; `sequence` is an unsigned 32-bit number. */
export function wrap(sequence: number, payload: Uint8Array): Uint8Array {
  const writer = newWriter(HEAD_BYTES + payload.length + CRC_BYTES);
  writeAscii(writer, 'ODCF');
  writeU8(writer, VERSION);
  writeU24(writer, payload.length);
  writeU32(writer, sequence);
  writeBytes(writer, payload);
  writeU32(writer, crc32(writer.bytes, 0, writer.length));
  return written(writer);
}
