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
import { newWriter, reserve, type Writer, written } from '#wire/writer';
import { passingBytes, readSender, readText, senderBytes, writeText } from './record-texts.ts';

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

/** Bytes of a body before its texts. */
const NUMBERS_BYTES = 12;

/** Appends a record to the writer. Its frame ends where the writer then ends. Throws `RangeError` above the longest record. */
export function encodeRecord(writer: Writer, seq: SpoolSeq, record: FrameRecord): void {
  const { frame, receivedAt } = record;
  const sender = record.transport === 'http' ? passingBytes(record) : senderBytes(record);
  const rare = rareBytes(record);
  const size = RECORD_HEAD_BYTES + NUMBERS_BYTES + sender.length + rare.length + frame.length;
  if (size > MAX_RECORD_BYTES) {
    throw new RangeError(`a frame of ${frame.length} bytes is more than a spool record holds`);
  }
  // One reservation and plain offsets: this is done for each frame before its ack.
  const start = reserve(writer, size);
  const { bytes, view } = writer;
  view.setUint32(start + 4, size - 8);
  view.setUint32(start + 8, Math.floor(seq / 0x1_0000_0000));
  view.setUint32(start + 12, seq % 0x1_0000_0000);
  const body = start + RECORD_HEAD_BYTES;
  bytes[body] = TRANSPORT_NUMBERS[record.transport];
  bytes[body + 1] = presentBits(record);
  view.setUint32(body + 2, record.codecVersion);
  view.setUint16(body + 6, Math.floor(receivedAt / 0x1_0000_0000));
  view.setUint32(body + 8, receivedAt % 0x1_0000_0000);
  let at = body + NUMBERS_BYTES;
  bytes.set(sender, at);
  at += sender.length;
  if (rare.length > 0) bytes.set(rare, at);
  bytes.set(frame, at + rare.length);
  view.setUint32(start, crc32(bytes.subarray(start + 4, start + size)));
}

const NO_BYTES = new Uint8Array(0);

const rare = newWriter();

/** The texts that few records have, good until the next call. */
function rareBytes({ fault, faultDetail, companyId }: FrameRecord): Uint8Array {
  if (fault === null && faultDetail === null && companyId === undefined) return NO_BYTES;
  rare.length = 0;
  if (fault !== null) writeText(rare, fault);
  if (faultDetail !== null) writeText(rare, faultDetail);
  if (companyId !== undefined) writeText(rare, companyId);
  return written(rare);
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
