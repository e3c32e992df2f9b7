/**
 * The binary form of a spooled record. Big-endian. Which format it is says the head of its segment; this is format 1.
 *
 * ```
 * record:  crc u32 · length u32 · seq u64 · body
 * body:    transport u8 · present u8 · codecVersion u32 · receivedAt u48
 *          · listener · peer · sessionId · protocol · [ident] · [dialect] · [fault] · [faultDetail] · [companyId]   (texts)
 *          · frame, up to the end
 * text:    length u8 · UTF-8         or, from 255 bytes on:  0xFF · length u32 · UTF-8
 * ```
 *
 * `crc` is CRC-32 (IEEE 802.3) of everything behind it, the length included, so that a wrong length is noticed like any
 * other byte. `length` counts what follows it. Bits of `present` say which of the bracketed texts are there.
 */
import { crc32 } from 'node:zlib';
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq, Transport } from '#model/frame-record';
import { type ErrorCode, isErrorCode } from '#errors/codes';
import { cursorOver, readU32, readU48, readU64, readU8 } from '#wire/cursor';
import { reserve, type Writer, writeBytes, writeU32, writeU48, writeU64, writeU8 } from '#wire/writer';
import { readSender, readText, writeSender, writeText } from './record-texts.ts';

/** Bytes before the body: crc, length, seq. */
export const RECORD_HEAD_BYTES = 16;
/** Fewest bytes of a record: the head, the fixed part of the body and four empty texts. */
export const MIN_RECORD_BYTES = RECORD_HEAD_BYTES + 12 + 4;
/** Most bytes of a record. A longer claim is corrupt; a longer frame is refused before it is written. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

const HAS_IDENT = 1;
const HAS_DIALECT = 2;
const HAS_FAULT = 4;
const HAS_FAULT_DETAIL = 8;
const HAS_COMPANY = 16;

// Numbers of the disk format: they stay what they are whatever becomes of the list in the model.
const TRANSPORT_NUMBERS = { tcp: 0, tls: 1, udp: 2, mqtt: 3, http: 4, replay: 5, kafka: 6 } as const satisfies Record<
  Transport,
  number
>;
const TRANSPORTS_BY_NUMBER = Object.keys(TRANSPORT_NUMBERS) as Transport[];

function presentBits(record: FrameRecord): number {
  return (
    (record.ident === null ? 0 : HAS_IDENT) |
    (record.dialect === null ? 0 : HAS_DIALECT) |
    (record.fault === null ? 0 : HAS_FAULT) |
    (record.faultDetail === null ? 0 : HAS_FAULT_DETAIL) |
    (record.companyId === undefined ? 0 : HAS_COMPANY)
  );
}

/** Appends a record to the writer. Its frame ends where the writer then ends. Throws `RangeError` above the longest record. */
export function encodeRecord(writer: Writer, seq: SpoolSeq, record: FrameRecord): void {
  const start = reserve(writer, RECORD_HEAD_BYTES - 8);
  writeU64(writer, seq);
  writeU8(writer, TRANSPORT_NUMBERS[record.transport]);
  writeU8(writer, presentBits(record));
  writeU32(writer, record.codecVersion);
  writeU48(writer, record.receivedAt);
  writeSender(writer, record);
  if (record.fault !== null) writeText(writer, record.fault);
  if (record.faultDetail !== null) writeText(writer, record.faultDetail);
  if (record.companyId !== undefined) writeText(writer, record.companyId);
  if (writer.length - start + record.frame.length > MAX_RECORD_BYTES) {
    writer.length = start;
    throw new RangeError(`a frame of ${record.frame.length} bytes is more than a spool record holds`);
  }
  writeBytes(writer, record.frame);
  writer.view.setUint32(start + 4, writer.length - start - 8);
  writer.view.setUint32(start, crc32(writer.bytes.subarray(start + 4, writer.length)));
}

/** What a place in a segment holds. */
export type Probed =
  /** A record whose checksum holds, `size` bytes long with its head. */
  | { kind: 'record'; seq: SpoolSeq; size: number }
  /** It may be a record; `size` bytes must be seen to tell. */
  | { kind: 'need-more'; size: number }
  | { kind: 'corrupt' };

const CORRUPT: Probed = { kind: 'corrupt' };

/** Looks for a record at `from`. Its checksum is computed only where its length and number are possible. */
export function probeRecord(bytes: Uint8Array, from: number, minSeq: SpoolSeq, maxSeq: SpoolSeq): Probed {
  const { length } = bytes;
  if (from + RECORD_HEAD_BYTES > length) return { kind: 'need-more', size: RECORD_HEAD_BYTES };
  const cursor = cursorOver(bytes, from);
  const crc = readU32(cursor);
  const size = readU32(cursor) + 8;
  if (size < MIN_RECORD_BYTES || size > MAX_RECORD_BYTES) return CORRUPT;
  const seq = readU64(cursor);
  if (seq < minSeq || seq > maxSeq) return CORRUPT;
  if (from + size > length) return { kind: 'need-more', size };
  return crc32(bytes.subarray(from + 4, from + size)) === crc ? { kind: 'record', seq, size } : CORRUPT;
}

/** When the record at `from` was received, without decoding the rest. */
export function receivedAtOf(bytes: Uint8Array, from: number): EpochMs {
  return readU48(cursorOver(bytes, from + RECORD_HEAD_BYTES + 6));
}

/** A fault of the table; a code that this version does not know is told in the detail. */
function readFault(text: string | null, detail: string | null): Pick<FrameRecord, 'fault' | 'faultDetail'> {
  if (text === null) return { fault: null, faultDetail: detail };
  if (isErrorCode(text)) return { fault: text, faultDetail: detail };
  const fault: ErrorCode = 'spool_corrupt';
  return { fault, faultDetail: `the fault ${text} is not known to this version: ${detail ?? ''}` };
}

/**
 * Reads the record that `probeRecord` found in `[from, from + size)`. Its frame is a view on `bytes`. Throws where the
 * checksum holds but the body makes no sense.
 */
export function decodeRecord(bytes: Uint8Array, from: number, size: number): FrameRecord {
  const cursor = cursorOver(bytes, from + RECORD_HEAD_BYTES, from + size);
  const transport = TRANSPORTS_BY_NUMBER[readU8(cursor)];
  if (transport === undefined) throw new RangeError('the transport has no known number');
  const present = readU8(cursor);
  const codecVersion = readU32(cursor);
  const receivedAt = readU48(cursor);
  const { listener, peer, sessionId, protocol, ident, dialect } = readSender(
    cursor,
    (present & HAS_IDENT) !== 0,
    (present & HAS_DIALECT) !== 0,
  );
  const faultText = present & HAS_FAULT ? readText(cursor) : null;
  const detail = present & HAS_FAULT_DETAIL ? readText(cursor) : null;
  const company = present & HAS_COMPANY ? { companyId: readText(cursor) } : {};
  const { fault, faultDetail } = readFault(faultText, detail);
  const frame = bytes.subarray(cursor.offset, cursor.end);
  return {
    receivedAt,
    transport,
    listener,
    peer,
    sessionId,
    protocol,
    codecVersion,
    ident,
    dialect,
    ...company,
    fault,
    faultDetail,
    frame,
  };
}
