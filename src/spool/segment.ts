/**
 * What a segment file begins with and how it is named. Big-endian. Format 1.
 *
 * `"ODOSPOOL" · format u16 · reserved u16 · spool id u64 · first seq u64 · previous first seq u64 · createdAt u48 · crc32 u32`
 *
 * The name is the first sequence number, so that a directory listing tells the order. Each header names the segment before
 * it: one that has disappeared is noticed.
 */
import { crc32 } from 'node:zlib';
import { GatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { toHex } from '#wire/hex';
import { cursorOver, readAscii, readBytes, readU16, readU32, readU48, readU64, skip } from '#wire/cursor';
import { newWriter, writeAscii, writeBytes, writeU16, writeU32, writeU48, writeU64, written } from '#wire/writer';

export const SEGMENT_HEAD_BYTES = 46;
const MAGIC = 'ODOSPOOL';
const FORMAT = 1;
const NAME = /^(\d{20})\.spool$/;

export interface SegmentHead {
  /** 16 hex digits: the spool this segment belongs to. */
  spoolId: string;
  firstSeq: SpoolSeq;
  /** First sequence number of the segment before; 0 for the first one of a spool. */
  previousSeq: SpoolSeq;
  createdAt: EpochMs;
}

export function segmentName(firstSeq: SpoolSeq): string {
  return `${String(firstSeq).padStart(20, '0')}.spool`;
}

/** Gives the first sequence number out of a file name, `null` where the name is not a segment's. */
export function parseSegmentName(name: string): SpoolSeq | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export function encodeSegmentHead(head: SegmentHead): Uint8Array {
  const writer = newWriter(SEGMENT_HEAD_BYTES);
  writeAscii(writer, MAGIC);
  writeU16(writer, FORMAT);
  writeU16(writer, 0);
  writeBytes(writer, Buffer.from(head.spoolId, 'hex'));
  writeU64(writer, head.firstSeq);
  writeU64(writer, head.previousSeq);
  writeU48(writer, head.createdAt);
  writeU32(writer, crc32(written(writer)));
  return written(writer);
}

/** Reads the header of the segment `name`; `null` where its bytes do not hold. Throws `spool_version` where a later version wrote it. */
export function decodeSegmentHead(bytes: Uint8Array, name: string): SegmentHead | null {
  if (bytes.length < SEGMENT_HEAD_BYTES) return null;
  const cursor = cursorOver(bytes);
  if (readAscii(cursor, MAGIC.length) !== MAGIC) return null;
  const format = readU16(cursor);
  skip(cursor, 2);
  const spoolId = toHex(readBytes(cursor, 8));
  const firstSeq = readU64(cursor);
  const previousSeq = readU64(cursor);
  const createdAt = readU48(cursor);
  if (crc32(bytes.subarray(0, cursor.offset)) !== readU32(cursor)) return null;
  if (format !== FORMAT) {
    const detail = `${name} has format ${format}, this version reads format ${FORMAT}: run the version that wrote it`;
    throw new GatewayError('spool_version', detail);
  }
  return { spoolId, firstSeq, previousSeq, createdAt };
}
