/**
 * Writes what a tracker sends, for the simulator and for round-trip properties, and the commands a gateway sends. No decoder
 * test takes these bytes as proof.
 */
import type { Fix } from '#model/message';
import { crc16Arc } from '#wire/crc';
import {
  newWriter,
  writeAscii,
  writeBytes,
  writeI32,
  writeU16,
  writeU32,
  writeU64,
  writeU8,
  written,
  type Writer,
} from '#wire/writer';
import { ANSWER, CODEC_12, CODEC_14, COMMAND, REFUSED } from './commands.ts';
import type { IoWidth } from './io-table.ts';
import { CODEC_16, CODEC_8, CODEC_8E, type RecordShape } from './records.ts';

/** One io element: number, width on the wire, value as the wire has it. Width `x` takes bytes, and needs Codec 8 Extended. */
export type EncodedIo = readonly [id: number, width: IoWidth, value: number | Uint8Array];

export interface EncodedRecord {
  /** Epoch ms. */
  deviceTime: number;
  /** 0 low, 1 high, 2 panic; 0 where absent. */
  priority?: number;
  /** `null` writes zeros, as a device without a first fix does. An invalid fix goes out with no satellites. */
  fix: Pick<Fix, 'lat' | 'lon' | 'valid' | 'altitudeM' | 'speedKmh' | 'courseDeg' | 'satellites'> | null;
  /** The element whose change made the record; 0 where absent. */
  eventId?: number;
  /** Generation type, Codec 16 only; 7 (periodical) where absent. */
  generation?: number;
  io?: readonly EncodedIo[];
}

export interface EncodedFrame {
  codec: '8' | '8e' | '16';
  /** At most 255. */
  records: readonly EncodedRecord[];
}

const SHAPES: Record<EncodedFrame['codec'], RecordShape> = { '8': CODEC_8, '8e': CODEC_8E, '16': CODEC_16 };
const PERIODICAL = 7;

/** Writes the login. `imei` is fifteen digits. */
export function encodeLogin(imei: string): Uint8Array {
  const out = newWriter(17);
  writeU16(out, imei.length);
  writeAscii(out, imei);
  return written(out);
}

/** Writes a data frame with its envelope and checksum, as TCP carries it. */
export function encodeFrame(frame: EncodedFrame): Uint8Array {
  return envelope(encodePayload(frame));
}

/** Writes a data frame as UDP carries it. `packetId` is 0..65535, `avlPacketId` 0..255. */
export function encodeDatagram(imei: string, packetId: number, avlPacketId: number, frame: EncodedFrame): Uint8Array {
  const payload = encodePayload(frame);
  const out = newWriter(payload.length + 32);
  writeU16(out, 6 + imei.length + payload.length);
  writeU16(out, packetId);
  writeU8(out, 0x01);
  writeU8(out, avlPacketId);
  writeU16(out, imei.length);
  writeAscii(out, imei);
  writeBytes(out, payload);
  return written(out);
}

function encodePayload(frame: EncodedFrame): Uint8Array {
  const shape = SHAPES[frame.codec];
  const payload = newWriter(256);
  writeU8(payload, shape.codec);
  writeU8(payload, frame.records.length);
  for (const record of frame.records) writeRecord(payload, record, shape);
  writeU8(payload, frame.records.length);
  return written(payload);
}

/**
 * Writes a command for a device. Codec 12 reaches whatever device holds the connection; 14 names the IMEI, and a device with
 * another one refuses. `text` is ASCII, for example `getinfo`.
 */
export function encodeCommand(text: string, imei: string | null = null): Uint8Array {
  return encodeExchange(COMMAND, text, imei);
}

/** Writes what a device answers: by Codec 14, naming itself, where `imei` is given. */
export function encodeAnswer(text: string, imei: string | null = null): Uint8Array {
  return encodeExchange(ANSWER, text, imei);
}

/** Writes the refusal of a device that a Codec 14 command names wrongly. */
export function encodeRefusal(imei: string): Uint8Array {
  return encodeExchange(REFUSED, '', imei);
}

// codec u8 · 01 · type u8 · size u32 · [imei 8 BCD] · text · 01
function encodeExchange(type: number, text: string, imei: string | null): Uint8Array {
  const payload = newWriter(text.length + 16);
  writeU8(payload, imei === null ? CODEC_12 : CODEC_14);
  writeU8(payload, 1);
  writeU8(payload, type);
  writeU32(payload, text.length + (imei === null ? 0 : 8));
  if (imei !== null) writeBcd(payload, imei.padStart(16, '0'));
  writeAscii(payload, text);
  writeU8(payload, 1);
  return envelope(written(payload));
}

function writeBcd(out: Writer, digits: string): void {
  for (let i = 0; i < digits.length; i += 2) writeU8(out, Number.parseInt(digits.slice(i, i + 2), 16));
}

/** Puts preamble, length and CRC around a payload. */
function envelope(payload: Uint8Array): Uint8Array {
  const out = newWriter(payload.length + 12);
  writeU32(out, 0);
  writeU32(out, payload.length);
  writeBytes(out, payload);
  writeU32(out, crc16Arc(payload, 0, payload.length));
  return written(out);
}

function writeSized(out: Writer, width: 1 | 2, value: number): void {
  if (width === 1) writeU8(out, value);
  else writeU16(out, value);
}

function writeHead(out: Writer, { deviceTime, priority = 0, fix }: EncodedRecord): void {
  writeU64(out, deviceTime);
  writeU8(out, priority);
  writeI32(out, Math.round((fix?.lon ?? 0) * 1e7));
  writeI32(out, Math.round((fix?.lat ?? 0) * 1e7));
  writeU16(out, Math.round(fix?.altitudeM ?? 0));
  writeU16(out, Math.round(fix?.courseDeg ?? 0));
  writeU8(out, fix?.valid === true ? (fix.satellites ?? 0) : 0);
  writeU16(out, Math.round(fix?.speedKmh ?? 0));
}

function writeRecord(out: Writer, record: EncodedRecord, shape: RecordShape): void {
  const io = record.io ?? [];
  writeHead(out, record);
  writeSized(out, shape.idBytes, record.eventId ?? 0);
  if (shape.hasGeneration) writeU8(out, record.generation ?? PERIODICAL);
  writeSized(out, shape.countBytes, io.length);
  for (const width of [1, 2, 4, 8] as const) writeGroup(out, io, width, shape);
  if (shape.hasVariable) writeVariable(out, io);
}

function writeGroup(out: Writer, io: readonly EncodedIo[], width: 1 | 2 | 4 | 8, shape: RecordShape): void {
  const group = io.filter((element) => element[1] === width);
  writeSized(out, shape.countBytes, group.length);
  for (const [id, , value] of group) {
    writeSized(out, shape.idBytes, id);
    if (typeof value !== 'number') writeBytes(out, value);
    else if (width === 1) writeU8(out, value);
    else if (width === 2) writeU16(out, value);
    else if (width === 4) writeU32(out, value);
    else writeU64(out, value);
  }
}

function writeVariable(out: Writer, io: readonly EncodedIo[]): void {
  const group = io.filter((element) => element[1] === 'x');
  writeU16(out, group.length);
  for (const [id, , value] of group) {
    const bytes = typeof value === 'number' ? Uint8Array.of(value) : value;
    writeU16(out, id);
    writeU16(out, bytes.length);
    writeBytes(out, bytes);
  }
}
