/**
 * Writes can-frames: for the simulator, for senders in TypeScript, and for round-trip properties. What is left out of an
 * envelope is left out on the wire. Layout: `can-frames.proto` and `frame.ts`.
 */
import protobuf from 'protobufjs/minimal.js';
import { DEVICE_NUMBERS, DEVICE_TEXTS } from './device-fields.ts';
import type { CanEvent, CanFix, CanFrame, CanRecord, DeviceState, Envelope, ObdAnswer } from './envelope.ts';
import { wrap } from './frame.ts';

type Writer = protobuf.Writer;

const VARINT = 0;
const FIXED_64 = 1;
const SECTION = 2;
const FIXED_32 = 5;

function key(writer: Writer, field: number, wireType: number): Writer {
  return writer.uint32(field * 8 + wireType);
}

function writeFixed64(writer: Writer, field: number, value: number): void {
  if (value === 0) return;
  key(writer, field, FIXED_64)
    .fixed32(value % 2 ** 32)
    .fixed32(Math.floor(value / 2 ** 32));
}

function writeText(writer: Writer, field: number, text: string): void {
  if (text !== '') key(writer, field, SECTION).string(text);
}

function writeBytes(writer: Writer, field: number, bytes: Uint8Array): void {
  if (bytes.length > 0) key(writer, field, SECTION).bytes(bytes);
}

function writeFlag(writer: Writer, field: number, flag: boolean): void {
  if (flag) key(writer, field, VARINT).bool(true);
}

/** Writes a message as a field of another one. */
function writeSection(writer: Writer, field: number, write: (writer: Writer) => void): void {
  key(writer, field, SECTION).fork();
  write(writer);
  writer.ldelim();
}

function writeFix(writer: Writer, fix: CanFix): void {
  if (fix.latE7 !== null) key(writer, 1, FIXED_32).sfixed32(fix.latE7);
  if (fix.lonE7 !== null) key(writer, 2, FIXED_32).sfixed32(fix.lonE7);
  if (fix.altitudeCm !== null) key(writer, 3, VARINT).sint32(fix.altitudeCm);
  const unsigned = [fix.speedCentiKmh, fix.courseCentiDeg, fix.satellites, fix.hdopCenti];
  unsigned.forEach((value, i) => {
    if (value !== null) key(writer, 4 + i, VARINT).uint32(value);
  });
  writeFlag(writer, 8, fix.noLock);
  writeFixed64(writer, 9, fix.fixTimeMs);
}

function writeFrame(writer: Writer, frame: CanFrame): void {
  if (frame.id !== 0) key(writer, 1, FIXED_32).fixed32(frame.id);
  writeBytes(writer, 2, frame.data);
  if (frame.bus !== 0) key(writer, 3, VARINT).uint32(frame.bus);
  if (frame.offsetMs !== 0) key(writer, 4, VARINT).sint32(frame.offsetMs);
}

function writeAnswer(writer: Writer, answer: ObdAnswer): void {
  writeBytes(writer, 1, answer.data);
  if (answer.id !== 0) key(writer, 2, FIXED_32).fixed32(answer.id);
}

function writeDevice(writer: Writer, device: DeviceState): void {
  for (const { field, kind } of DEVICE_NUMBERS) {
    const value = device.numbers.get(field);
    if (value === undefined) continue;
    key(writer, field, VARINT);
    if (kind === 'signed') writer.sint32(value);
    else writer.uint32(value);
  }
  for (const { field } of DEVICE_TEXTS) writeText(writer, field, device.texts.get(field) ?? '');
}

function writeEvent(writer: Writer, event: CanEvent): void {
  writeText(writer, 1, event.code);
  writeFlag(writer, 2, event.alarm);
}

function writeRecord(writer: Writer, record: Partial<CanRecord>): void {
  const { timeMs = 0, fix = null, frames = [], answers = [], device = null, events = [] } = record;
  writeFixed64(writer, 1, timeMs);
  if (fix !== null) writeSection(writer, 2, (inner) => writeFix(inner, fix));
  for (const frame of frames) writeSection(writer, 3, (inner) => writeFrame(inner, frame));
  for (const answer of answers) writeSection(writer, 4, (inner) => writeAnswer(inner, answer));
  if (device !== null) writeSection(writer, 5, (inner) => writeDevice(inner, device));
  for (const event of events) writeSection(writer, 6, (inner) => writeEvent(inner, event));
}

/** An envelope to be written: what is not said is left out. */
export type EnvelopeToWrite = Partial<Omit<Envelope, 'records'>> & { records?: readonly Partial<CanRecord>[] };

/** Writes an envelope as protobuf. */
export function encodeEnvelope(envelope: EnvelopeToWrite): Uint8Array {
  const { ident = '', profile = '', backlog = false, records = [] } = envelope;
  const writer = new protobuf.Writer();
  writeText(writer, 1, ident);
  writeText(writer, 2, profile);
  writeFlag(writer, 3, backlog);
  for (const record of records) writeSection(writer, 4, (inner) => writeRecord(inner, record));
  return writer.finish();
}

/** Writes a whole frame; `sequence` is an unsigned 32-bit number that comes back in the ack. */
export function encodeFrame(sequence: number, envelope: EnvelopeToWrite): Uint8Array {
  return wrap(sequence, encodeEnvelope(envelope));
}
