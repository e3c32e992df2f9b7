/** The rows of the fast tables, column by column in the order of `columns.ts`. */
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage, Position } from '#model/normalised';
import type { ErrorCode } from '#errors/codes';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import { FAST_TABLES, type FastTable } from './columns.ts';
import type { NumbersTemplate, RepeatedTexts } from './repeated-texts.ts';
import {
  mostOf,
  putAbsent,
  putBlob,
  putBytes,
  putCount,
  putHalves,
  putOptionalF32,
  putOptionalF64,
  putPresent,
  putText,
  putWhole,
  type RowBinaryWriter,
} from './row-binary.ts';

/** The frame that a row came from: what the row's quarantine needs. The messages are let go, which are most of an outcome. */
export interface RowFrame {
  seq: SpoolSeq;
  record: FrameRecord;
  ident: string;
}

/** What all rows of a batch share. */
export interface BatchFacts {
  batchId: number;
  spoolIdHi: number;
  spoolIdLo: number;
  storedAt: EpochMs;
}

// DateTime64(3) of ClickHouse holds 1900 to 2299; what lies beyond is no time, and becomes the nearest one it can hold.
const FIRST_TIME = Date.UTC(1900, 0, 1);
const LAST_TIME = Date.UTC(2299, 11, 31);

function storable(time: EpochMs): EpochMs {
  return Math.min(LAST_TIME, Math.max(FIRST_TIME, Math.trunc(time)));
}

/** The device time as the column has it: a device without a clock gets the time of receipt. */
export function deviceTimeOf(message: NormalisedMessage): EpochMs {
  return storable(message.deviceTime ?? message.receivedAt);
}

/** More than the values of one row take that are of fixed size. What a row takes is bounded before it is written. */
const FIXED_BYTES = 256;

export function writeMessage(
  out: RowBinaryWriter,
  outcome: FrameOutcome,
  message: NormalisedMessage,
  rowIndex: number,
  batch: BatchFacts,
): void {
  const { record, seq } = outcome;
  const { texts } = out;
  const template = texts.numbers(message.signalKeys);
  let at = out.room(mostOfMessage(message, record, template));
  const { target, view } = out;
  at = out.lastIdent.put(target, at, message.ident);
  at = putWhole(view, at, deviceTimeOf(message));
  at = putHalves(view, at, message.recordIdHi, message.recordIdLo);
  at = putWhole(view, at, batch.batchId);
  at = putHalves(view, at, batch.spoolIdHi, batch.spoolIdLo);
  at = putWhole(view, at, seq);
  at = putU16(view, at, rowIndex);
  at = out.lastTracker.put(target, at, message.trackerOid);
  at = putName(texts, target, at, message.provider);
  at = putBytes(target, at, originOf(texts, record));
  at = putPlaceless(out, at, message, batch);
  at = putPlace(out, at, message.position);
  at = template === null ? putNumbers(out, at, message) : putValues(out, at, template, message.signalValues);
  at = putTexts(out, at, message.stateKeys, message.stateValues);
  at = putCount(target, at, message.events.length);
  for (const { code } of message.events) at = putName(texts, target, at, code);
  at = putName(texts, target, at, record.companyId ?? '');
  out.writtenTo(at);
}

function mostOfMessage(message: NormalisedMessage, record: FrameRecord, template: NumbersTemplate | null): number {
  const { ident, trackerOid, provider, clockRepair, signalKeys, stateKeys, stateValues, events } = message;
  let most = FIXED_BYTES + mostOf(ident) + mostOf(trackerOid) + mostOf(provider) + mostOf(clockRepair) + mostOfOrigin(record);
  most += template === null ? mostOfAll(signalKeys) + signalKeys.length * NUMBER_BYTES : template.bytes.length;
  most += mostOfAll(stateKeys) + mostOfAll(stateValues);
  for (const { code } of events) most += mostOf(code);
  return most;
}

const NUMBER_BYTES = 8;

function mostOfOrigin({ protocol, transport, listener, companyId = '' }: FrameRecord): number {
  return mostOf(protocol) + mostOf(transport) + mostOf(listener) + mostOf(companyId);
}

function mostOfAll(values: readonly string[]): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most += mostOf(values[i] as string);
  return most;
}

function putU16(view: DataView, at: number, value: number): number {
  view.setUint16(at, value, true);
  return at + 2;
}

function putBool(view: DataView, at: number, value: boolean): number {
  view.setUint8(at, value ? 1 : 0);
  return at + 1;
}

/** A `String` of a closed set, such as a key or a code. */
function putName(texts: RepeatedTexts, target: Uint8Array, at: number, value: string): number {
  if (value !== '') return putBytes(target, at, texts.name(value));
  target[at] = 0;
  return at + 1;
}

/** Protocol, version, transport and listener: most frames share them with the one before. */
function originOf(texts: RepeatedTexts, { protocol, codecVersion, transport, listener }: FrameRecord): Uint8Array {
  return texts.joined(protocol, codecVersion, transport, listener);
}

function putPlaceless(out: RowBinaryWriter, from: number, message: NormalisedMessage, batch: BatchFacts): number {
  const { target, view, texts } = out;
  const fixTime = message.position?.fixTime ?? null;
  let at = putWhole(view, from, storable(message.observedAt));
  if (fixTime === null) at = putAbsent(view, at);
  else at = putWhole(view, putPresent(view, at), storable(fixTime));
  at = putWhole(view, at, message.receivedAt);
  at = putWhole(view, at, batch.storedAt);
  at = putName(texts, target, at, message.clockRepair);
  return putBool(view, at, message.backlog);
}

const NOWHERE: Position = {
  lat: Number.NaN,
  lon: Number.NaN,
  fixTime: null,
  valid: false,
  distrust: null,
  altitudeM: null,
  speedKmh: null,
  courseDeg: null,
  satellites: null,
  hdop: null,
};

function putPlace(out: RowBinaryWriter, from: number, known: Position | null): number {
  const { target, view, texts } = out;
  const position = known ?? NOWHERE;
  let at = putOptionalF64(view, from, known === null ? null : position.lat);
  at = putOptionalF64(view, at, known === null ? null : position.lon);
  at = putBool(view, at, position.valid);
  at = putName(texts, target, at, position.distrust ?? '');
  at = putOptionalF32(view, at, position.altitudeM);
  at = putOptionalF32(view, at, position.speedKmh);
  at = putOptionalF32(view, at, position.courseDeg);
  if (position.satellites === null) at = putAbsent(view, at);
  else {
    at = putPresent(view, at);
    view.setUint8(at, Math.min(255, Math.max(0, position.satellites)));
    at += 1;
  }
  return putOptionalF32(view, at, position.hdop);
}

/** Numbers whose keys are known: the whole map is copied, and the values are written over it. */
function putValues(out: RowBinaryWriter, at: number, { bytes, valueAts }: NumbersTemplate, values: readonly number[]): number {
  const { target, view } = out;
  target.set(bytes, at);
  for (let i = 0; i < valueAts.length; i++) view.setFloat64(at + (valueAts[i] as number), values[i] as number, true);
  return at + bytes.length;
}

/** A map is pairs to ClickHouse: a key that a device states twice stays twice. */
function putNumbers(out: RowBinaryWriter, from: number, { signalKeys, signalValues }: NormalisedMessage): number {
  const { target, view, texts } = out;
  let at = putCount(target, from, signalKeys.length);
  for (let i = 0; i < signalKeys.length; i++) {
    at = putName(texts, target, at, signalKeys[i] as string);
    view.setFloat64(at, signalValues[i] as number, true);
    at += NUMBER_BYTES;
  }
  return at;
}

function putTexts(out: RowBinaryWriter, from: number, keys: readonly string[], values: readonly string[]): number {
  const { target, texts } = out;
  let at = putCount(target, from, keys.length);
  for (let i = 0; i < keys.length; i++) {
    at = putName(texts, target, at, keys[i] as string);
    at = putText(target, at, values[i] as string);
  }
  return at;
}

export function writeEvent(
  out: RowBinaryWriter,
  outcome: FrameOutcome,
  message: NormalisedMessage,
  eventIndex: number,
  rowIndex: number,
  batch: BatchFacts,
): void {
  const event = message.events[eventIndex] as NormalisedMessage['events'][number];
  const { record, seq } = outcome;
  const { texts } = out;
  const most = FIXED_BYTES + mostOf(message.ident) + mostOf(event.code) + mostOf(message.trackerOid);
  let at = out.room(most + mostOf(message.provider) + mostOfOrigin(record));
  const { target, view } = out;
  at = putText(target, at, message.ident);
  at = putWhole(view, at, deviceTimeOf(message));
  at = putHalves(view, at, message.recordIdHi, message.recordIdLo);
  at = putU16(view, at, eventIndex);
  at = putName(texts, target, at, event.code);
  at = putBool(view, at, event.alarm);
  at = putWhole(view, at, storable(message.observedAt));
  at = putWhole(view, at, message.receivedAt);
  at = putText(target, at, message.trackerOid);
  at = putName(texts, target, at, message.provider);
  at = putOptionalF64(view, at, message.position?.lat ?? null);
  at = putOptionalF64(view, at, message.position?.lon ?? null);
  at = putWhole(view, at, batch.batchId);
  at = putHalves(view, at, batch.spoolIdHi, batch.spoolIdLo);
  at = putWhole(view, at, seq);
  view.setUint32(at, rowIndex, true);
  at = putName(texts, target, at + 4, record.companyId ?? '');
  at = putName(texts, target, at, record.protocol);
  out.writtenTo(at);
}

export function writeFrame(
  out: RowBinaryWriter,
  { seq, record, ident, column, messages, quarantine }: FrameOutcome,
  batch: BatchFacts,
): void {
  const { texts } = out;
  const fault = quarantine?.code ?? '';
  const dialect = record.dialect ?? '';
  const most = FIXED_BYTES + mostOf(ident) + mostOf(dialect) + mostOf(column) + mostOf(fault);
  let at = out.room(most + mostOfOrigin(record) + mostOf(record.peer) + mostOf(record.sessionId) + record.frame.length);
  const { target, view } = out;
  at = putText(target, at, ident);
  at = putWhole(view, at, record.receivedAt);
  at = putHalves(view, at, batch.spoolIdHi, batch.spoolIdLo);
  at = putWhole(view, at, seq);
  at = putU16(view, at, 0);
  at = putWhole(view, at, batch.batchId);
  at = putName(texts, target, at, record.protocol);
  at = putU16(view, at, record.codecVersion);
  at = putName(texts, target, at, dialect);
  at = putName(texts, target, at, record.transport);
  at = putName(texts, target, at, record.listener);
  at = putText(target, at, record.peer);
  at = putText(target, at, record.sessionId);
  at = putName(texts, target, at, column);
  at = putName(texts, target, at, fault);
  at = putU16(view, at, messages.length);
  at = putBlob(target, at, record.frame);
  at = putName(texts, target, at, record.companyId ?? '');
  out.writtenTo(at);
}

/** Refused rows of a frame lie in quarantine beside the frame, which is 0: so far apart by their table. */
const TABLE_STRIDE = 0x1_0000_0000;

/** The number in quarantine of a row that could not be stored. */
export function refusedRowIndex(table: FastTable, rowIndex: number): number {
  return (FAST_TABLES.indexOf(table) + 1) * TABLE_STRIDE + rowIndex;
}

/** Why a frame, or a row of it, is in quarantine. */
export interface QuarantineReason {
  code: ErrorCode;
  detail: string;
}

export function writeQuarantine(
  out: RowBinaryWriter,
  { seq, record, ident }: RowFrame,
  reason: QuarantineReason,
  rowIndex: number,
  batch: BatchFacts,
): void {
  const { texts } = out;
  const most = FIXED_BYTES + mostOf(reason.code) + mostOf(reason.detail) + mostOf(ident) + mostOfOrigin(record);
  let at = out.room(most + mostOf(record.peer) + mostOf(record.sessionId) + record.frame.length);
  const { target, view } = out;
  at = putWhole(view, at, record.receivedAt);
  at = putHalves(view, at, batch.spoolIdHi, batch.spoolIdLo);
  at = putWhole(view, at, seq);
  at = putWhole(view, at, rowIndex);
  at = putWhole(view, at, batch.batchId);
  at = putName(texts, target, at, reason.code);
  at = putText(target, at, reason.detail);
  at = putText(target, at, ident);
  at = putBytes(target, at, originOf(texts, record));
  at = putText(target, at, record.peer);
  at = putText(target, at, record.sessionId);
  at = putBlob(target, at, record.frame);
  at = putName(texts, target, at, record.companyId ?? '');
  out.writtenTo(at);
}
