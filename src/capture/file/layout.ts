/**
 * The binary form of a capture file: a header, then blocks that each stand for themselves. docs/specs/capture-format.md is the
 * specification. Big-endian. This is format 2, which knows companies; format 1 is the same without them.
 *
 * ```
 * header:  'ODOCAPTR' · format u16 · 0 u16 · createdAt u48 · crc u32
 * block:   'OCBK' · compression u8 · 0 u8 · 0 u16 · storedBytes u32 · rawBytes u32 · items u32 · firstAt u48 · lastAt u48
 *          · bodyCrc u32 · headCrc u32 · body
 * ```
 *
 * A head has a checksum of its own, so that its length can be believed before the body is there.
 */
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EpochMs } from '#model/clocks';
import { GatewayError } from '#errors/gateway-error';
import { cursorOver, readAscii, readU16, readU32, readU48, readU8, skip } from '#wire/cursor';
import { newWriter, writeAscii, writeBytes, writeU16, writeU32, writeU48, writeU8, written } from '#wire/writer';

export const FILE_HEAD_BYTES = 22;
export const BLOCK_HEAD_BYTES = 40;
/** Longest body, stored and unpacked. A longer claim is corrupt. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;

const FILE_MAGIC = 'ODOCAPTR';
const BLOCK_MAGIC = 'OCBK';
const BLOCK_MAGIC_NUMBER = 0x4f43_424b;
const FORMAT = 2;

/** How bodies are stored; numbers of the format. */
export const COMPRESSION = { none: 0, zstd: 1 } as const;
export type Compression = keyof typeof COMPRESSION;

export interface BlockHead {
  compression: number;
  storedBytes: number;
  rawBytes: number;
  items: number;
  /** Least and greatest time of the items. */
  firstAt: EpochMs;
  lastAt: EpochMs;
  bodyCrc: number;
}

export function encodeFileHead(createdAt: EpochMs): Uint8Array {
  const writer = newWriter(FILE_HEAD_BYTES);
  writeAscii(writer, FILE_MAGIC);
  writeU16(writer, FORMAT);
  writeU16(writer, 0);
  writeU48(writer, createdAt);
  writeU32(writer, crc32(written(writer)));
  return written(writer);
}

/** Tells whether the bytes can begin a capture file; fewer than a header are judged as far as they go. */
export function looksLikeCapture(bytes: Uint8Array): boolean {
  const seen = Math.min(bytes.length, FILE_MAGIC.length);
  return seen > 0 && readAscii(cursorOver(bytes), seen) === FILE_MAGIC.slice(0, seen);
}

/** Checks the header of the file called `name`. Throws `capture_invalid` where it is none, or that of a later format. */
export function checkFileHead(bytes: Uint8Array, name: string): void {
  if (bytes.length < FILE_HEAD_BYTES || !looksLikeCapture(bytes)) {
    throw new GatewayError('capture_invalid', `${name} is no capture: it does not begin as one`);
  }
  const cursor = cursorOver(bytes, FILE_MAGIC.length);
  const format = readU16(cursor);
  skip(cursor, 2 + 6);
  const isWhole = crc32(bytes.subarray(0, cursor.offset)) === readU32(cursor);
  // A header whose bits have flipped says nothing of the blocks, which stand for themselves.
  if (isWhole && (format < 1 || format > FORMAT)) {
    throw new GatewayError(
      'capture_invalid',
      `${name} has format ${format} of captures, this version reads those up to ${FORMAT}`,
    );
  }
}

/** Makes a block of a body that is not packed yet. */
export function encodeBlock(
  body: Uint8Array,
  facts: Pick<BlockHead, 'items' | 'firstAt' | 'lastAt'>,
  compression: Compression,
): Uint8Array {
  const packed = compression === 'zstd' ? zstdCompressSync(body) : body;
  // What does not get smaller is stored as it is.
  const stored = packed.length < body.length ? packed : body;
  const writer = newWriter(BLOCK_HEAD_BYTES + stored.length);
  writeAscii(writer, BLOCK_MAGIC);
  writeU8(writer, stored === body ? COMPRESSION.none : COMPRESSION[compression]);
  writeU8(writer, 0);
  writeU16(writer, 0);
  writeU32(writer, stored.length);
  writeU32(writer, body.length);
  writeU32(writer, facts.items);
  writeU48(writer, facts.firstAt);
  writeU48(writer, facts.lastAt);
  writeU32(writer, crc32(stored));
  writeU32(writer, crc32(written(writer)));
  writeBytes(writer, stored);
  return written(writer);
}

/** Reads the head of a block at `at`; `null` where none stands there. The bytes must reach `BLOCK_HEAD_BYTES` behind `at`. */
export function blockHeadAt(bytes: Uint8Array, at: number): BlockHead | null {
  const cursor = cursorOver(bytes, at);
  if (readU32(cursor) !== BLOCK_MAGIC_NUMBER) return null;
  const compression = readU8(cursor);
  skip(cursor, 3);
  const storedBytes = readU32(cursor);
  const rawBytes = readU32(cursor);
  const items = readU32(cursor);
  const firstAt = readU48(cursor);
  const lastAt = readU48(cursor);
  const bodyCrc = readU32(cursor);
  if (crc32(bytes.subarray(at, cursor.offset)) !== readU32(cursor)) return null;
  if (storedBytes > MAX_BODY_BYTES || rawBytes > MAX_BODY_BYTES) return null;
  return { compression, storedBytes, rawBytes, items, firstAt, lastAt, bodyCrc };
}

/** Unpacks a stored body whose checksum holds. Throws where it is not what its head says. */
export function unpackBody(stored: Uint8Array, { compression, rawBytes }: BlockHead): Uint8Array {
  if (compression === COMPRESSION.none) return stored;
  if (compression !== COMPRESSION.zstd) throw new RangeError(`compression ${compression} is not known to this version`);
  const body = zstdDecompressSync(stored, { maxOutputLength: Math.max(1, rawBytes) });
  if (body.length !== rawBytes) throw new RangeError(`the body has ${body.length} bytes, its head says ${rawBytes}`);
  return body;
}
