/** The rows of the fast tables, column by column in the order of `columns.ts`. */
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { ErrorCode } from '#errors/codes';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import { FAST_TABLES, type FastTable } from './columns.ts';
import type { RowBinaryWriter } from './row-binary.ts';

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

export function writeMessage(
  out: RowBinaryWriter,
  outcome: FrameOutcome,
  message: NormalisedMessage,
  rowIndex: number,
  batch: BatchFacts,
): void {
  const { record, seq } = outcome;
  out.text(message.ident);
  out.time(deviceTimeOf(message));
  out.u64Halves(message.recordIdHi, message.recordIdLo);
  out.u64(batch.batchId);
  out.u64Halves(batch.spoolIdHi, batch.spoolIdLo);
  out.u64(seq);
  out.u16(rowIndex);
  out.text(message.trackerOid);
  out.name(message.provider);
  out.name(record.protocol);
  out.u16(record.codecVersion);
  out.name(record.transport);
  out.name(record.listener);
  out.time(storable(message.observedAt));
  writePlaceless(out, message, batch);
  writePlace(out, message);
  writeNumbers(out, message.signalKeys, message.signalValues);
  writeTexts(out, message.stateKeys, message.stateValues);
  out.count(message.events.length);
  for (const { code } of message.events) out.name(code);
  out.name(record.companyId ?? '');
}

function writePlaceless(out: RowBinaryWriter, message: NormalisedMessage, batch: BatchFacts): void {
  const fixTime = message.position?.fixTime ?? null;
  if (out.present(fixTime)) out.time(storable(fixTime));
  out.time(message.receivedAt);
  out.time(batch.storedAt);
  out.name(message.clockRepair);
  out.bool(message.backlog);
}

const NOWHERE = {
  lat: null,
  lon: null,
  valid: false,
  distrust: null,
  altitudeM: null,
  speedKmh: null,
  courseDeg: null,
  satellites: null,
  hdop: null,
};

function writePlace(out: RowBinaryWriter, message: NormalisedMessage): void {
  const position = message.position ?? NOWHERE;
  writeOptional(out, position.lat);
  writeOptional(out, position.lon);
  out.bool(position.valid);
  out.name(position.distrust ?? '');
  for (const value of [position.altitudeM, position.speedKmh, position.courseDeg]) {
    if (out.present(value)) out.f32(value);
  }
  if (out.present(position.satellites)) out.u8(Math.min(255, Math.max(0, position.satellites)));
  if (out.present(position.hdop)) out.f32(position.hdop);
}

function writeOptional(out: RowBinaryWriter, value: number | null): void {
  if (out.present(value)) out.f64(value);
}

/** A map is pairs to ClickHouse: a key that a device states twice stays twice. */
function writeNumbers(out: RowBinaryWriter, keys: readonly string[], values: readonly number[]): void {
  out.count(keys.length);
  for (let i = 0; i < keys.length; i++) {
    out.name(keys[i] as string);
    out.f64(values[i] as number);
  }
}

function writeTexts(out: RowBinaryWriter, keys: readonly string[], values: readonly string[]): void {
  out.count(keys.length);
  for (let i = 0; i < keys.length; i++) {
    out.name(keys[i] as string);
    out.text(values[i] as string);
  }
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
  out.text(message.ident);
  out.time(deviceTimeOf(message));
  out.u64Halves(message.recordIdHi, message.recordIdLo);
  out.u16(eventIndex);
  out.name(event.code);
  out.bool(event.alarm);
  out.time(storable(message.observedAt));
  out.time(message.receivedAt);
  out.text(message.trackerOid);
  out.name(message.provider);
  writeOptional(out, message.position?.lat ?? null);
  writeOptional(out, message.position?.lon ?? null);
  out.u64(batch.batchId);
  out.u64Halves(batch.spoolIdHi, batch.spoolIdLo);
  out.u64(outcome.seq);
  out.u32(rowIndex);
  out.name(outcome.record.companyId ?? '');
  out.name(outcome.record.protocol);
}

export function writeFrame(
  out: RowBinaryWriter,
  { seq, record, ident, column, messages, quarantine }: FrameOutcome,
  batch: BatchFacts,
): void {
  out.text(ident);
  out.time(record.receivedAt);
  out.u64Halves(batch.spoolIdHi, batch.spoolIdLo);
  out.u64(seq);
  out.u16(0);
  out.u64(batch.batchId);
  out.name(record.protocol);
  out.u16(record.codecVersion);
  out.name(record.dialect ?? '');
  out.name(record.transport);
  out.name(record.listener);
  out.text(record.peer);
  out.text(record.sessionId);
  out.name(column);
  out.name(quarantine?.code ?? '');
  out.u16(messages.length);
  out.blob(record.frame);
  out.name(record.companyId ?? '');
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
  out.time(record.receivedAt);
  out.u64Halves(batch.spoolIdHi, batch.spoolIdLo);
  out.u64(seq);
  out.u64(rowIndex);
  out.u64(batch.batchId);
  out.name(reason.code);
  out.text(reason.detail);
  out.text(ident);
  out.name(record.protocol);
  out.u16(record.codecVersion);
  out.name(record.transport);
  out.name(record.listener);
  out.text(record.peer);
  out.text(record.sessionId);
  out.blob(record.frame);
  out.name(record.companyId ?? '');
}
