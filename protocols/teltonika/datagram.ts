/**
 * The UDP channel: each datagram names its device, and has no checksum beyond that of UDP.
 *
 * Source: Teltonika, "Codec" (wiki.teltonika-gps.com/view/Codec), "... protocol sending over UDP". Big-endian:
 *
 *     length u16 (of what follows) · packet id u16 · 01 · avl packet id u8 · imei length u16 · imei ASCII · codec .. count
 *     answer: 0005 · packet id u16 · 01 · avl packet id u8 · count u8
 *
 * The device repeats a datagram whose answer does not carry its own packet ids.
 */
import { emptyDecoded, type Decoded, type SessionContext } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { printable } from '#wire/text';
import { sectionOf } from './explain.ts';
import { decodePayload, MIN_PAYLOAD_BYTES } from './payload.ts';

const HEAD_BYTES = 8;
const IMEI_BYTES = 15;
const DATA_PACKET = 0x01;
const SECTION = 'Codec: sending over UDP';

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Tells a datagram from a frame of the stream, where the transport does not: a login has a digit where this has 01. */
export function looksLikeDatagram(bytes: Uint8Array): boolean {
  return bytes.length > HEAD_BYTES + IMEI_BYTES && u16(bytes, 0) === bytes.length - 2 && bytes[4] === DATA_PACKET;
}

const HEAD: readonly (readonly [name: string, bytes: number, meaning: string])[] = [
  ['length', 2, 'Bytes that follow'],
  ['packet id', 2, 'Comes back in the answer'],
  ['type', 1, '01: it carries a payload'],
  ['avl packet id', 1, 'Comes back in the answer'],
  ['imei length', 2, 'Always 15'],
];

function nameHead(bytes: Uint8Array, trace: Trace): void {
  let at = 0;
  for (const [name, width, meaning] of HEAD) {
    if (at + width > bytes.length) return;
    const raw = width === 1 ? (bytes[at] as number) : u16(bytes, at);
    trace.field(name, at, at + width, { raw, value: raw, meaning, section: SECTION });
    at += width;
  }
  if (at + IMEI_BYTES > bytes.length) return;
  const value = printable(bytes, at, at + IMEI_BYTES) ?? 'no text';
  trace.field('imei', at, at + IMEI_BYTES, { value, meaning: 'Names the device', section: SECTION });
}

/** Decodes a datagram. Faults: `wire_length`, `session_login_invalid`, and those of the payload. */
export function decodeDatagram(bytes: Uint8Array, context: SessionContext, trace: Trace | null): Decoded {
  const decoded = emptyDecoded('data');
  if (trace !== null) nameHead(bytes, trace);
  const payload = HEAD_BYTES + IMEI_BYTES;
  if (bytes.length < payload + MIN_PAYLOAD_BYTES || u16(bytes, 0) !== bytes.length - 2) {
    const claimed = bytes.length < 2 ? 'nothing' : String(u16(bytes, 0) + 2);
    decoded.faults.push(fault('wire_length', 0, `a datagram of ${bytes.length} bytes claims ${claimed}`));
    return decoded;
  }
  const imei = String.fromCharCode(...bytes.subarray(HEAD_BYTES, payload));
  if (bytes[4] !== DATA_PACKET || u16(bytes, 6) !== IMEI_BYTES || !/^\d{15}$/.test(imei)) {
    decoded.faults.push(fault('session_login_invalid', 4, `packet type ${bytes[4]}, imei of ${u16(bytes, 6)} bytes`));
    return decoded;
  }
  decoded.ident = imei;
  const span = trace?.open('payload', payload, { section: sectionOf(bytes[payload] as number) });
  const count = decodePayload(bytes, payload, bytes.length, context.dialect, decoded, trace);
  trace?.close(span, bytes.length);
  if (count !== null) decoded.reply = answerTo(bytes, count);
  return decoded;
}

/** The answer with the datagram's own packet ids. */
function answerTo(bytes: Uint8Array, count: number): Uint8Array {
  return Uint8Array.of(0, 5, bytes[2] as number, bytes[3] as number, DATA_PACKET, bytes[5] as number, count);
}
