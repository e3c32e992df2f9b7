/** The rows of the fast tables: what stands in each of the columns that `columns.ts` names. */
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage, Position } from '#model/normalised';
import type { ErrorCode } from '#errors/codes';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import { FAST_TABLES, type FastTable } from './columns.ts';
import type { ColumnsOf } from './native/block.ts';
import { putOptionalF32, putOptionalF64, putOptionalU8 } from './native/numbers.ts';

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
  columns: ColumnsOf<'messages'>,
  row: number,
  { record, seq }: FrameOutcome,
  message: NormalisedMessage,
  storedAt: EpochMs,
): void {
  columns.ident.put(row, message.ident);
  columns.device_time.put(row, deviceTimeOf(message));
  columns.record_id.putHalves(row, message.recordIdHi, message.recordIdLo);
  columns.spool_seq.put(row, seq);
  columns.row_index.values[row] = message.index;
  columns.tracker_oid.put(row, message.trackerOid);
  columns.provider.put(row, message.provider);
  columns.protocol.put(row, record.protocol);
  columns.codec_version.values[row] = record.codecVersion;
  columns.transport.put(row, record.transport);
  columns.listener.put(row, record.listener);
  columns.observed_at.put(row, storable(message.observedAt));
  columns.received_at.put(row, message.receivedAt);
  columns.stored_at.put(row, storedAt);
  columns.clock_repair.put(row, message.clockRepair);
  columns.backlog.values[row] = message.backlog ? 1 : 0;
  columns.company_id.put(row, record.companyId ?? '');
  putPlace(columns, row, message.position);
  putSignals(columns, row, message);
  putStates(columns, row, message);
  putCodes(columns, row, message.events);
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

function putPlace(columns: ColumnsOf<'messages'>, row: number, known: Position | null): void {
  const position = known ?? NOWHERE;
  const { fixTime, satellites } = position;
  columns.fix_time.put(row, fixTime === null ? null : storable(fixTime));
  putOptionalF64(columns.lat, row, known === null ? null : position.lat);
  putOptionalF64(columns.lon, row, known === null ? null : position.lon);
  columns.valid.values[row] = position.valid ? 1 : 0;
  columns.distrust.put(row, position.distrust ?? '');
  putOptionalF32(columns.altitude_m, row, position.altitudeM);
  putOptionalF32(columns.speed_kmh, row, position.speedKmh);
  putOptionalF32(columns.course_deg, row, position.courseDeg);
  putOptionalU8(columns.satellites, row, satellites === null ? null : Math.min(255, Math.max(0, satellites)));
  putOptionalF32(columns.hdop, row, position.hdop);
}

function putSignals({ signals }: ColumnsOf<'messages'>, row: number, { signalKeys, signalValues }: NormalisedMessage): void {
  const count = signalKeys.length;
  const first = signals.begin(row, count);
  signals.names.putAll(first, signalKeys);
  const { values } = signals.values;
  for (let i = 0; i < count; i++) values[first + i] = signalValues[i] as number;
}

function putStates({ states }: ColumnsOf<'messages'>, row: number, { stateKeys, stateValues }: NormalisedMessage): void {
  const count = stateKeys.length;
  const first = states.begin(row, count);
  states.names.putAll(first, stateKeys);
  for (let i = 0; i < count; i++) states.values.put(first + i, stateValues[i] as string);
}

function putCodes({ events }: ColumnsOf<'messages'>, row: number, of: NormalisedMessage['events']): void {
  const first = events.begin(row, of.length);
  for (let i = 0; i < of.length; i++) events.names.put(first + i, (of[i] as (typeof of)[number]).code);
}

/** Where an event stands: its place in the message, and the number of its row. */
export interface EventPlace {
  index: number;
  rowIndex: number;
}

export function writeEvent(
  columns: ColumnsOf<'events'>,
  row: number,
  { record, seq }: FrameOutcome,
  message: NormalisedMessage,
  { index, rowIndex }: EventPlace,
): void {
  const event = message.events[index] as NormalisedMessage['events'][number];
  columns.ident.put(row, message.ident);
  columns.device_time.put(row, deviceTimeOf(message));
  columns.record_id.putHalves(row, message.recordIdHi, message.recordIdLo);
  columns.event_index.values[row] = index;
  columns.code.put(row, event.code);
  columns.alarm.values[row] = event.alarm ? 1 : 0;
  columns.observed_at.put(row, storable(message.observedAt));
  columns.received_at.put(row, message.receivedAt);
  columns.tracker_oid.put(row, message.trackerOid);
  columns.provider.put(row, message.provider);
  putOptionalF64(columns.lat, row, message.position?.lat ?? null);
  putOptionalF64(columns.lon, row, message.position?.lon ?? null);
  columns.spool_seq.put(row, seq);
  columns.row_index.values[row] = rowIndex;
  columns.company_id.put(row, record.companyId ?? '');
  columns.protocol.put(row, record.protocol);
}

export function writeFrame(
  columns: ColumnsOf<'frames'>,
  row: number,
  { seq, record, ident, column, messages, quarantine }: FrameOutcome,
): void {
  columns.ident.put(row, ident);
  columns.received_at.put(row, record.receivedAt);
  columns.spool_seq.put(row, seq);
  columns.row_index.values[row] = 0;
  columns.protocol.put(row, record.protocol);
  columns.codec_version.values[row] = record.codecVersion;
  columns.dialect.put(row, record.dialect ?? '');
  columns.transport.put(row, record.transport);
  columns.listener.put(row, record.listener);
  columns.peer.put(row, record.peer);
  columns.session_id.put(row, record.sessionId);
  columns.outcome.put(row, column);
  columns.fault.put(row, quarantine?.code ?? '');
  columns.messages.values[row] = messages.length;
  columns.frame.putBytes(row, record.frame);
  columns.company_id.put(row, record.companyId ?? '');
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
  columns: ColumnsOf<'quarantine'>,
  row: number,
  { seq, record, ident }: RowFrame,
  reason: QuarantineReason,
  rowIndex: number,
): void {
  columns.received_at.put(row, record.receivedAt);
  columns.spool_seq.put(row, seq);
  columns.row_index.put(row, rowIndex);
  columns.code.put(row, reason.code);
  columns.detail.put(row, reason.detail);
  columns.ident.put(row, ident);
  columns.protocol.put(row, record.protocol);
  columns.codec_version.values[row] = record.codecVersion;
  columns.transport.put(row, record.transport);
  columns.listener.put(row, record.listener);
  columns.peer.put(row, record.peer);
  columns.session_id.put(row, record.sessionId);
  columns.frame.putBytes(row, record.frame);
  columns.company_id.put(row, record.companyId ?? '');
}
