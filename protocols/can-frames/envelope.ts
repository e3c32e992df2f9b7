/**
 * The protobuf messages of `can-frames.proto` as plain objects, and their reading from the wire.
 *
 * Read field by field with protobufjs's `Reader` rather than by its reflection: that would compile functions out of text at
 * run time, and hold everything a hostile payload repeats before a limit could be looked at. The test reads and writes the
 * same bytes by reflection from the `.proto` file. Unknown fields are passed over.
 */
import protobuf from 'protobufjs/minimal.js';
import { type Fault, fault } from '#errors/fault';
import type { Trace, Traced } from '#protocols/explain/trace';
import { DEVICE_NUMBERS, DEVICE_NAMES, DEVICE_TEXTS, type DeviceNumber } from './device-fields.ts';
import {
  ANSWER_NAMES,
  closeField,
  ENVELOPE_NAMES,
  EVENT_NAMES,
  FIX_NAMES,
  FIXED_32,
  FIXED_64,
  FRAME_NAMES,
  type Naming,
  namingOf,
  openField,
  RECORD_NAMES,
  SECTION,
  VARINT,
} from './explain.ts';

/**
 * Most records, CAN frames of all records, and of one record answers and events. What is beyond them is a fault. So many
 * faults are told, and after so many broken records the envelope is read no further: each costs an exception.
 */
export const LIMITS = { records: 1024, frames: 4096, answers: 256, events: 64, faults: 32 } as const;

export interface Envelope {
  /** Empty where it is not said. */
  ident: string;
  /** Empty where it is not said. */
  profile: string;
  backlog: boolean;
  records: CanRecord[];
}

export interface CanRecord {
  /** Epoch ms; 0 where it is not said. */
  timeMs: number;
  fix: CanFix | null;
  frames: CanFrame[];
  answers: ObdAnswer[];
  /** Fields of `DeviceState` by their number. */
  device: DeviceState | null;
  events: CanEvent[];
}

/** Values as on the wire; `null` where they are not said. */
export interface CanFix {
  latE7: number | null;
  lonE7: number | null;
  altitudeCm: number | null;
  speedCentiKmh: number | null;
  courseCentiDeg: number | null;
  satellites: number | null;
  hdopCenti: number | null;
  noLock: boolean;
  /** Epoch ms; 0 where it is not said. */
  fixTimeMs: number;
}

export interface CanFrame {
  /** Bit 31 set for 29 bits, bit 30 remote request, bit 29 error frame. */
  id: number;
  data: Uint8Array;
  bus: number;
  offsetMs: number;
}

export interface ObdAnswer {
  data: Uint8Array;
  id: number;
}

export interface CanEvent {
  code: string;
  alarm: boolean;
  /** Where the code stands, for a trace. */
  named?: Traced;
}

/** Numbers and texts of `DeviceState` by field number, as on the wire. */
export interface DeviceState {
  numbers: Map<number, number>;
  texts: Map<number, string>;
  /** Where each stands, for a trace. */
  named?: Map<number, Traced>;
}

/** Reads a value, and gives it where it is not a message of its own. */
type Field = (reader: protobuf.Reader) => unknown;
/** Told of each value that was read, and where. */
type Named = (field: number, span: Traced) => void;

/** Reads every field of a message; those not in `fields`, under field number * 8 + wire type, are passed over. */
function readFields(
  reader: protobuf.Reader,
  fields: Readonly<Record<number, Field>>,
  naming: Naming | null,
  named: Named | null = null,
): void {
  while (reader.pos < reader.len) {
    const from = reader.pos;
    const tag = reader.tag();
    const valueAt = reader.pos;
    const span = naming === null ? undefined : openField(naming, tag, from, valueAt);
    const field = fields[tag];
    const value = field === undefined ? reader.skipType(tag & 7, 0, tag >>> 3) : field(reader);
    if (naming === null || span === undefined) continue;
    const leaf = closeField(naming, span, tag, valueAt, reader.pos, value);
    if (leaf !== undefined && field !== undefined) named?.(tag >>> 3, leaf);
  }
}

function tagOf(field: number, wireType: number): number {
  return field * 8 + wireType;
}

/** Reads 64 fixed bits as a number; above 2^53 it is the nearest one. */
function readFixed64(reader: protobuf.Reader): number {
  const low = reader.fixed32();
  return reader.fixed32() * 2 ** 32 + low;
}

function refuse(what: string): never {
  throw new RangeError(`too many ${what}`);
}

function readFix(bytes: Uint8Array, trace: Trace | null): CanFix {
  const fix: CanFix = {
    latE7: null,
    lonE7: null,
    altitudeCm: null,
    speedCentiKmh: null,
    courseCentiDeg: null,
    satellites: null,
    hdopCenti: null,
    noLock: false,
    fixTimeMs: 0,
  };
  const fields: Record<number, Field> = {
    [tagOf(1, FIXED_32)]: (reader) => (fix.latE7 = reader.sfixed32()),
    [tagOf(2, FIXED_32)]: (reader) => (fix.lonE7 = reader.sfixed32()),
    [tagOf(3, VARINT)]: (reader) => (fix.altitudeCm = reader.sint32()),
    [tagOf(4, VARINT)]: (reader) => (fix.speedCentiKmh = reader.uint32()),
    [tagOf(5, VARINT)]: (reader) => (fix.courseCentiDeg = reader.uint32()),
    [tagOf(6, VARINT)]: (reader) => (fix.satellites = reader.uint32()),
    [tagOf(7, VARINT)]: (reader) => (fix.hdopCenti = reader.uint32()),
    [tagOf(8, VARINT)]: (reader) => (fix.noLock = reader.bool()),
    [tagOf(9, FIXED_64)]: (reader) => (fix.fixTimeMs = readFixed64(reader)),
  };
  readFields(new protobuf.Reader(bytes), fields, namingOf(trace, bytes, 'Fix', FIX_NAMES));
  return fix;
}

// Frames are by far the most numerous: they are read without a table of closures.
function readFrame(bytes: Uint8Array, trace: Trace | null): CanFrame {
  const frame: CanFrame = { id: 0, data: bytes.subarray(0, 0), bus: 0, offsetMs: 0 };
  const reader = new protobuf.Reader(bytes);
  const naming = trace === null ? null : namingOf(trace, bytes, 'CanFrame', FRAME_NAMES);
  while (reader.pos < reader.len) {
    const from = reader.pos;
    const tag = reader.tag();
    const valueAt = reader.pos;
    let value: number | null = null;
    if (tag === tagOf(1, FIXED_32)) frame.id = reader.fixed32();
    else if (tag === tagOf(2, SECTION)) frame.data = reader.bytes();
    else if (tag === tagOf(3, VARINT)) value = frame.bus = reader.uint32();
    else if (tag === tagOf(4, VARINT)) value = frame.offsetMs = reader.sint32();
    else reader.skipType(tag & 7, 0, tag >>> 3);
    if (naming !== null) closeField(naming, openField(naming, tag, from, valueAt), tag, valueAt, reader.pos, value);
  }
  return frame;
}

function readAnswer(bytes: Uint8Array, trace: Trace | null): ObdAnswer {
  const answer: ObdAnswer = { data: bytes.subarray(0, 0), id: 0 };
  const fields: Record<number, Field> = {
    [tagOf(1, SECTION)]: (reader) => (answer.data = reader.bytes()),
    [tagOf(2, FIXED_32)]: (reader) => (answer.id = reader.fixed32()),
  };
  readFields(new protobuf.Reader(bytes), fields, namingOf(trace, bytes, 'ObdAnswer', ANSWER_NAMES));
  return answer;
}

function readEvent(bytes: Uint8Array, trace: Trace | null): CanEvent {
  const event: CanEvent = { code: '', alarm: false };
  const fields: Record<number, Field> = {
    [tagOf(1, SECTION)]: (reader) => (event.code = reader.string()),
    [tagOf(2, VARINT)]: (reader) => (event.alarm = reader.bool()),
  };
  readFields(new protobuf.Reader(bytes), fields, namingOf(trace, bytes, 'Event', EVENT_NAMES), (field, span) => {
    if (field === 1) event.named = span;
  });
  return event;
}

const READ_NUMBER: Record<DeviceNumber['kind'], (reader: protobuf.Reader) => number> = {
  unsigned: (reader) => reader.uint32(),
  signed: (reader) => reader.sint32(),
  boolean: (reader) => Number(reader.bool()),
};

function readDevice(bytes: Uint8Array, trace: Trace | null): DeviceState {
  const device: DeviceState = { numbers: new Map(), texts: new Map() };
  if (trace !== null) device.named = new Map();
  const fields: Record<number, Field> = {};
  for (const { field, kind } of DEVICE_NUMBERS) {
    fields[tagOf(field, VARINT)] = (reader) => {
      const number = READ_NUMBER[kind](reader);
      device.numbers.set(field, number);
      return number;
    };
  }
  for (const { field } of DEVICE_TEXTS) {
    fields[tagOf(field, SECTION)] = (reader) => {
      const text = reader.string();
      device.texts.set(field, text);
      return text;
    };
  }
  const naming = namingOf(trace, bytes, 'DeviceState', DEVICE_NAMES);
  readFields(new protobuf.Reader(bytes), fields, naming, (field, span) => device.named?.set(field, span));
  return device;
}

/** Reads a record. Throws protobufjs's error where the bytes are no protobuf, and `RangeError` above a limit. */
function readRecord(bytes: Uint8Array, budget: { frames: number }, trace: Trace | null): CanRecord {
  const record: CanRecord = { timeMs: 0, fix: null, frames: [], answers: [], device: null, events: [] };
  const fields: Record<number, Field> = {
    [tagOf(1, FIXED_64)]: (reader) => (record.timeMs = readFixed64(reader)),
    [tagOf(2, SECTION)]: (reader) => (record.fix = readFix(reader.bytes(), trace)),
    [tagOf(3, SECTION)]: (reader) => {
      if (budget.frames-- <= 0) refuse('CAN frames');
      record.frames.push(readFrame(reader.bytes(), trace));
    },
    [tagOf(4, SECTION)]: (reader) => {
      if (record.answers.length >= LIMITS.answers) refuse('answers');
      record.answers.push(readAnswer(reader.bytes(), trace));
    },
    [tagOf(5, SECTION)]: (reader) => (record.device = readDevice(reader.bytes(), trace)),
    [tagOf(6, SECTION)]: (reader) => {
      if (record.events.length >= LIMITS.events) refuse('events');
      record.events.push(readEvent(reader.bytes(), trace));
    },
  };
  readFields(new protobuf.Reader(bytes), fields, namingOf(trace, bytes, 'Record', RECORD_NAMES));
  return record;
}

/** A record, and the bytes that are it. */
export interface ReadRecord {
  record: CanRecord;
  bytes: Uint8Array;
}

export type ReadEnvelope = Omit<Envelope, 'records'> & { records: ReadRecord[]; faults: Fault[] };

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Reads an envelope. A record that is no protobuf, or above a limit, is a fault (`decode_truncated`) and its siblings stay;
 * where the envelope itself breaks off or is above a limit, what came before stays. Views belong to `payload`; offsets of
 * faults count in it.
 */
export function readEnvelope(payload: Uint8Array, trace: Trace | null = null): ReadEnvelope {
  const envelope: ReadEnvelope = { ident: '', profile: '', backlog: false, records: [], faults: [] };
  const budget = { frames: LIMITS.frames };
  const reader = new protobuf.Reader(payload);
  const takeRecord = (): void => {
    const bytes = reader.bytes();
    const offset = bytes.byteOffset - payload.byteOffset;
    if (envelope.records.length >= LIMITS.records) refuse('records');
    try {
      envelope.records.push({ record: readRecord(bytes, budget, trace), bytes });
    } catch (error) {
      envelope.faults.push(fault('decode_truncated', offset, `record: ${detailOf(error)}`));
      if (envelope.faults.length >= LIMITS.faults) refuse('broken records');
    }
  };
  try {
    const fields: Record<number, Field> = {
      [tagOf(1, SECTION)]: () => (envelope.ident = reader.string()),
      [tagOf(2, SECTION)]: () => (envelope.profile = reader.string()),
      [tagOf(3, VARINT)]: () => (envelope.backlog = reader.bool()),
      [tagOf(4, SECTION)]: takeRecord,
    };
    readFields(reader, fields, namingOf(trace, payload, 'Envelope', ENVELOPE_NAMES));
  } catch (error) {
    envelope.faults.push(fault('decode_truncated', reader.pos, `envelope: ${detailOf(error)}`));
  }
  return envelope;
}
