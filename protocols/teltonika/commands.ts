/**
 * Answers to commands, and what a device passes on from its serial port: Codec 12, 13, 14 and 15.
 *
 * Source: Teltonika, "Codec" (wiki.teltonika-gps.com/view/Codec), sections Codec 12 to 15. Big-endian. After the codec id:
 *
 *     quantity u8 · type u8 · size u32 · content[size] · quantity u8
 *     12  content: text                                  type 06 answer, 05 command, 0D block of a picture
 *     13  content: time u32 s · text                     type 06, one way, from the serial port
 *     14  content: imei 8 BCD · [text]                   type 06 answer, 11 refusal: the device has another IMEI; 05 command
 *     15  content: time u32 s · imei 8 BCD · text        type 0B, one way, from the serial port
 *
 * None of them is acknowledged. The quantity is 1 and, as the vendor says, not used.
 */
import type { Decoded } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { addState, emptyMessage, type Message } from '#model/message';
import { toHex } from '#wire/hex';
import { dialectOfAnswer } from './families.ts';

export const CODEC_12 = 0x0c;
const CODEC_13 = 0x0d;
export const CODEC_14 = 0x0e;
const CODEC_15 = 0x0f;

export const COMMAND = 0x05;
export const ANSWER = 0x06;
const SERIAL = 0x0b;
export const REFUSED = 0x11;

const TIME_BYTES = 4;
const IMEI_BYTES = 8;
const IMEI_NOTES = { meaning: 'Of the device, a digit in each half of a byte; not used' };

const TYPES: ReadonlyMap<number, string> = new Map([
  [COMMAND, 'command'],
  [ANSWER, 'answer'],
  [SERIAL, 'from the serial port'],
  [0x0d, 'block of a picture'],
  [REFUSED, 'refusal'],
]);

/** Codec id, quantity, type, size. */
const HEAD_BYTES = 7;

/** Tells whether the codec id is one of these four. */
export function isCommandCodec(codec: number): boolean {
  return codec >= CODEC_12 && codec <= CODEC_15;
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

/** Decodes `bytes[from, end)`, from the codec id to the second quantity, into `decoded`. */
export function decodeCommand(bytes: Uint8Array, from: number, end: number, decoded: Decoded, trace: Trace | null): void {
  const content = from + HEAD_BYTES;
  const last = end - 1;
  decoded.kind = 'control';
  if (content > last) {
    decoded.faults.push(fault('decode_truncated', from, `${end - from} bytes hold no command`));
    return;
  }
  const size = u32(bytes, from + 3);
  const type = bytes[from + 2] as number;
  trace?.field('type', from + 2, from + 3, { raw: type, value: TYPES.get(type) ?? 'unknown' });
  trace?.field('size', from + 3, content, { raw: size, value: size, unit: 'byte', meaning: 'Length of the content' });
  if (content + size !== last) {
    const code = content + size > last ? 'decode_truncated' : 'wire_trailing';
    decoded.faults.push(fault(code, from + 3, `size is ${size}, ${last - content} bytes are there`));
    return;
  }
  const codec = bytes[from] as number;
  const message = readContent(bytes, content, last, codec, type, decoded, trace);
  if (message === 'short')
    decoded.faults.push(fault('decode_truncated', content, `${size} bytes are too few for codec ${codec}`));
  else if (message === null)
    decoded.faults.push(fault('decode_unsupported', from + 2, `type 0x${hexByte(type)} of codec ${codec}`));
  else decoded.messages.push(message);
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function readContent(
  bytes: Uint8Array,
  from: number,
  to: number,
  codec: number,
  type: number,
  decoded: Decoded,
  trace: Trace | null,
): Message | 'short' | null {
  if (codec === CODEC_12 && type === ANSWER) return answer(bytes, from, from, to, decoded, trace);
  if (codec === CODEC_14 && (type === ANSWER || type === REFUSED)) {
    if (to - from < IMEI_BYTES) return 'short';
    return type === ANSWER
      ? answer(bytes, from, from + IMEI_BYTES, to, decoded, trace)
      : refusal(bytes, from, to, decoded, trace);
  }
  if (codec === CODEC_13 && (type === ANSWER || type === COMMAND)) {
    return to - from < TIME_BYTES ? 'short' : serial(bytes, from, from + TIME_BYTES, to, decoded, trace);
  }
  if (codec === CODEC_15 && type === SERIAL) {
    return to - from < TIME_BYTES + IMEI_BYTES
      ? 'short'
      : serial(bytes, from, from + TIME_BYTES + IMEI_BYTES, to, decoded, trace);
  }
  return null;
}

function answer(bytes: Uint8Array, from: number, textFrom: number, to: number, decoded: Decoded, trace: Trace | null): Message {
  const message = emptyMessage(bytes.subarray(from, to + 1));
  trace?.follow(message);
  decoded.kind = 'result';
  if (textFrom > from) trace?.field('imei', from, textFrom, IMEI_NOTES);
  addText(message, 'device.command.result', bytes.subarray(textFrom, to));
  decoded.dialect = dialectOfAnswer(message.stateValues[0] ?? '');
  trace?.field('text', textFrom, to, {
    meaning: decoded.dialect && `From here on the session's dialect is ${decoded.dialect}`,
  });
  return message;
}

function refusal(bytes: Uint8Array, from: number, to: number, decoded: Decoded, trace: Trace | null): Message {
  const message = emptyMessage(bytes.subarray(from, to + 1));
  trace?.follow(message);
  decoded.kind = 'result';
  addState(message, 'teltonika.command.refused', toHex(bytes.subarray(from, from + IMEI_BYTES)).slice(1));
  trace?.field('imei', from, from + IMEI_BYTES, { meaning: 'The device has another IMEI than the command was for' });
  trace?.field('rest', from + IMEI_BYTES, to, { meaning: 'Not used' });
  return message;
}

// A clock that says so little is the upper half of one that counts milliseconds in eight bytes, as the vendor's oldest
// example of Codec 13 has it; seconds were as few in January 1970 only.
const FEWEST_SECONDS = 0x1000;

function serial(
  bytes: Uint8Array,
  from: number,
  contentFrom: number,
  to: number,
  decoded: Decoded,
  trace: Trace | null,
): Message {
  const message = emptyMessage(bytes.subarray(from, to + 1));
  const seconds = u32(bytes, from);
  const inMilliseconds = seconds < FEWEST_SECONDS && to - from >= 8;
  decoded.kind = 'data';
  message.deviceTime = inMilliseconds ? seconds * 0x1_0000_0000 + u32(bytes, from + 4) : seconds * 1000;
  trace?.follow(message);
  const timeEnd = from + (inMilliseconds ? 2 * TIME_BYTES : TIME_BYTES);
  const meaning = inMilliseconds ? 'milliseconds since 1970, UTC' : 'seconds since 1970, UTC';
  trace?.field('time', from, timeEnd, { part: 'deviceTime', meaning });
  const textFrom = Math.min(inMilliseconds ? contentFrom + 4 : contentFrom, to);
  trace?.field('imei', timeEnd, textFrom, IMEI_NOTES);
  addText(message, 'device.serial.text', bytes.subarray(textFrom, to));
  trace?.field('text', textFrom, to);
  return message;
}

/** Tells whether all bytes are printable ASCII, tabs or line ends. */
function isPlainText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte <= 0x7e) || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

/** Text without the line end behind it; anything else as hex under a key that says so. */
function addText(message: Message, key: 'device.command.result' | 'device.serial.text', content: Uint8Array): void {
  if (isPlainText(content)) addState(message, key, String.fromCharCode(...content).trimEnd());
  else addState(message, 'teltonika.serial.hex', toHex(content));
}
