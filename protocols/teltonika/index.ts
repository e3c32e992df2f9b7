/**
 * The Teltonika codec: what FMB, FMC, FMM, FMU, FMx00x, FMx6 and FT trackers speak over TCP and UDP.
 *
 * Source: Teltonika, "Codec" (wiki.teltonika-gps.com/view/Codec). A login answered with 01 (00 refuses), then data frames
 * answered with the number of their records as u32: any other number, or silence, makes the device send the frame again.
 * A frame that passed its CRC is always acknowledged with its own count, because it will never decode better.
 */
import { emptyDecoded, type Acknowledgement, type Codec, type Decoded, type SessionContext } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { decodeDatagram, looksLikeDatagram } from './datagram.ts';
import { encodeCommand } from './encode.ts';
import { nameEnvelope, nameLogin, sectionOf } from './explain.ts';
import { LOGIN_BYTES, MAX_FRAME_BYTES, mismatch, PAYLOAD_AT, probe, split, wrongCrc } from './frame.ts';
import { CODEC_7 } from './gh3000.ts';
import { decodePayload, MIN_PAYLOAD_BYTES } from './payload.ts';
import { loginOf, readdress } from './readdress.ts';
import { shapeOf } from './records.ts';

const CRC_BYTES = 4;

/** The number of records, at most 255, as u32. */
function countReply(count: number): Uint8Array {
  return Uint8Array.of(0, 0, 0, count);
}

function isLogin(frame: Uint8Array): boolean {
  return frame.length === LOGIN_BYTES && frame[0] === 0 && frame[1] === 0x0f;
}

// 000F · imei 15 ASCII digits
function decodeLogin(frame: Uint8Array, trace: Trace | null): Decoded {
  const decoded = emptyDecoded('login');
  const imei = String.fromCharCode(...frame.subarray(2));
  if (trace !== null) nameLogin(trace, imei);
  if (!/^\d{15}$/.test(imei)) {
    decoded.faults.push(fault('session_login_invalid', 2, 'the imei is not of digits'));
    return decoded;
  }
  decoded.ident = imei;
  decoded.reply = Uint8Array.of(1);
  decoded.refusal = Uint8Array.of(0);
  return decoded;
}

// 00000000 · length u32 · payload · crc u32
function decodeFrame(frame: Uint8Array, context: SessionContext, trace: Trace | null): Decoded {
  const decoded = emptyDecoded('data');
  const end = frame.length - CRC_BYTES;
  if (end < PAYLOAD_AT + MIN_PAYLOAD_BYTES) {
    decoded.faults.push(fault('decode_truncated', 0, `${frame.length} bytes are no frame`));
    return decoded;
  }
  if (trace !== null) nameEnvelope(trace, end, wrongCrc(frame, PAYLOAD_AT, end));
  if (context.ident === null) {
    decoded.faults.push(fault('session_login_required', 0, 'data before the login'));
    return decoded;
  }
  const span = trace?.open('payload', PAYLOAD_AT, { section: sectionOf(frame[PAYLOAD_AT] as number) });
  const count = decodePayload(frame, PAYLOAD_AT, end, context.dialect, decoded, trace);
  trace?.close(span, end);
  if (count !== null) decoded.reply = countReply(count);
  return decoded;
}

function decodeAny(frame: Uint8Array, context: SessionContext, trace: Trace | null): Decoded {
  if (context.transport === 'udp' || (context.transport === 'replay' && looksLikeDatagram(frame))) {
    return decodeDatagram(frame, context, trace);
  }
  return isLogin(frame) ? decodeLogin(frame, trace) : decodeFrame(frame, context, trace);
}

/** Of records: whatever is wrong with them, the device is told their count, and its session goes on. Anything else is for the decode. */
function acknowledge(frame: Uint8Array, { ident, transport }: SessionContext): Acknowledgement | null {
  const isRecords = frame.length >= PAYLOAD_AT + MIN_PAYLOAD_BYTES + CRC_BYTES && shapeOf(frame[PAYLOAD_AT] as number) !== null;
  if (!isRecords || ident === null || isLogin(frame) || transport === 'udp' || transport === 'http') return null;
  const reply = countReply(frame[PAYLOAD_AT + 1] as number);
  return { ident: null, dialect: null, kind: 'data', faults: [], reply, refusal: null };
}

/** The count the frame itself claims: the only number that makes the device let it go. */
function replyToRefused(frame: Uint8Array): Uint8Array | null {
  if (frame.length <= PAYLOAD_AT + 1 || frame.subarray(0, 4).some((byte) => byte !== 0)) return null;
  const codec = frame[PAYLOAD_AT] as number;
  return shapeOf(codec) !== null || codec === CODEC_7 ? countReply(frame[PAYLOAD_AT + 1] as number) : null;
}

/**
 * Codec 12, or 14 where the device is to be named. `null` where the text is not printable ASCII of one line, or where there is
 * no connection to send it over.
 */
function commandFor(text: string, addressed: boolean, { ident, transport }: SessionContext): Uint8Array | null {
  if (ident === null || transport === 'udp' || !/^[\x20-\x7e]{1,1000}$/.test(text)) return null;
  return encodeCommand(text, addressed ? ident : null);
}

export const teltonika: Codec = {
  name: 'teltonika',
  version: 1,
  maxFrameBytes: MAX_FRAME_BYTES,
  probe,
  probeDatagram: looksLikeDatagram,
  split,
  decode: (frame, context) => decodeAny(frame, context, null),
  explain: decodeAny,
  acknowledge,
  replyToRefused,
  encodeCommand: commandFor,
  readdress,
  encodeLogin: loginOf,
  mismatch,
};
