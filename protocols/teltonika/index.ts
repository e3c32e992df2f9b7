/**
 * The Teltonika codec: what FMB, FMC, FMM, FMU and FMx00x trackers speak over TCP.
 *
 * Source: Teltonika, "Codec" (wiki.teltonika-gps.com/view/Codec). A login answered with 01 (00 refuses), then data frames
 * answered with the number of their records as u32: any other number, or silence, makes the device send the frame again.
 * A frame that passed its CRC is always acknowledged with its own count, because it will never decode better.
 */
import { emptyDecoded, type Codec, type Decoded, type SessionContext } from '#protocols/codec';
import { fault } from '#errors/fault';
import { decodeRecords } from './decode.ts';
import { familyOf } from './families.ts';
import { ENVELOPE_BYTES, LOGIN_BYTES, MAX_FRAME_BYTES, PAYLOAD_AT, probe, split } from './frame.ts';
import { CODEC_8, CODEC_8_WIDE, shapeOf, walkRecords, type RecordShape } from './records.ts';

const ACCEPTED = Uint8Array.of(1);
const REFUSED = Uint8Array.of(0);

function countReply(count: number): Uint8Array {
  return Uint8Array.of(0, 0, 0, count);
}

function isLogin(frame: Uint8Array): boolean {
  return frame.length === LOGIN_BYTES && frame[0] === 0 && frame[1] === 0x0f;
}

// 000F · imei 15 ASCII digits
function decodeLogin(frame: Uint8Array): Decoded {
  const decoded = emptyDecoded('login');
  decoded.ident = String.fromCharCode(...frame.subarray(2));
  decoded.reply = ACCEPTED.slice();
  decoded.refusal = REFUSED.slice();
  return decoded;
}

/** The shape the codec id names, but for a device that sends its records wider than documented. */
function fittingShape(frame: Uint8Array, from: number, last: number, count: number, named: RecordShape): RecordShape {
  if (named !== CODEC_8 || walkRecords(frame, from, last, CODEC_8, count) === last) return named;
  return walkRecords(frame, from, last, CODEC_8_WIDE, count) === last ? CODEC_8_WIDE : named;
}

// 00000000 · length u32 · codec u8 · count u8 · record[count] · count u8 · crc u32
function decodeStream(frame: Uint8Array, context: SessionContext): Decoded {
  const codec = frame[PAYLOAD_AT] as number;
  const decoded = emptyDecoded('data');
  if (context.ident === null) {
    decoded.faults.push(fault('session_login_required', 0, 'data before the login'));
    return decoded;
  }
  const named = shapeOf(codec);
  if (named === null) {
    decoded.faults.push(fault('decode_unsupported', PAYLOAD_AT, `codec 0x${codec.toString(16).padStart(2, '0')}`));
    return decoded;
  }
  const count = frame[PAYLOAD_AT + 1] as number;
  const last = frame.length - 5;
  decoded.reply = countReply(count);
  if (frame[last] !== count) {
    decoded.faults.push(fault('decode_range', last, `the counts differ: ${count} before the records, ${frame[last]} after`));
  }
  const from = PAYLOAD_AT + 2;
  const shape = fittingShape(frame, from, last, count, named);
  const at = decodeRecords(frame, from, last, count, shape, familyOf(context.dialect), decoded);
  if (at >= 0 && at < last) decoded.faults.push(fault('wire_trailing', at, `${last - at} bytes after the last record`));
  return decoded;
}

function decode(frame: Uint8Array, context: SessionContext): Decoded {
  if (isLogin(frame)) return decodeLogin(frame);
  if (frame.length > ENVELOPE_BYTES + 2) return decodeStream(frame, context);
  const decoded = emptyDecoded('data');
  decoded.faults.push(fault('decode_truncated', 0, `${frame.length} bytes are no frame`));
  return decoded;
}

/** The count the frame itself claims: the only number that makes the device let it go. */
function replyToRefused(frame: Uint8Array): Uint8Array | null {
  const isData = frame.length > PAYLOAD_AT + 1 && frame.subarray(0, 4).every((byte) => byte === 0);
  return isData && shapeOf(frame[PAYLOAD_AT] as number) !== null ? countReply(frame[PAYLOAD_AT + 1] as number) : null;
}

export const teltonika: Codec = {
  name: 'teltonika',
  version: 1,
  maxFrameBytes: MAX_FRAME_BYTES,
  probe,
  split,
  decode,
  replyToRefused,
};
