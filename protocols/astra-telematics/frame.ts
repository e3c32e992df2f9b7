/**
 * Finds Astra Telematics frames in a TCP stream.
 *
 * Source: the maker's readers of protocols X and Y, and its server for OpenGTS. Two frames exist on a stream:
 *
 *     report   letter C, K, M, X, Y or Z · length u16 of the whole frame · ... · crc u16
 *     login    $ASTRA;...\r\n
 *
 * Big-endian, the CRC too: CRC-16/MODBUS over all bytes before it. The CRC is enforced; Traccar does not look at it.
 *
 * What fails is refused so that the same ranges come out however the stream was cut: a decision waits until the bytes it
 * depends on are there, and no later byte changes it. A frame whose checksum is wrong though its reports add up is refused as a
 * whole, unless a frame that names a device lies inside; otherwise what follows its first byte is looked through again for the
 * next place where a frame can start.
 */
import type { Probe, SessionContext, Split } from '#protocols/codec';
import { mismatchBy, none, type Mismatch } from '#protocols/explain/mismatch';
import { fault } from '#errors/fault';
import { crc16Modbus } from '#wire/crc';
import { nextPossibleStart, refuseUpToNextFrame } from '../layers/resync.ts';
import { COMPACT_LAYOUTS, fillsFrame, shortestFrame } from './compact.ts';
import { canBeImei, IMEI_BYTES, readImei } from './imei.ts';
import { endOfLogin } from './login.ts';
import { u16 } from './read.ts';
import { fillsModularFrame } from './reports.ts';

/**
 * Longest frame. No document gives one; captured frames have at most 203 bytes. The bound is the highest whose first byte is
 * no printable character, so that text on the port cannot pass for a length.
 */
export const MAX_FRAME_BYTES = 0x1fff;

const LOGIN_LETTER = 0x24;
/** `$ASTRA;` */
const LOGIN_MARK_BYTES = 7;
const CRC_BYTES = 2;
/** Letter and length. */
const LENGTH_BYTES = 3;
/** Letter, length, count of reports. */
const COUNT_AT = 3;

interface Shape {
  /** Bytes of a frame with one report and nothing in it. */
  readonly shortest: number;
  /** Bytes of the smallest report of X, Y and Z, whose count stands in the frame; 0 for C, K and M, which hold an IMEI there. */
  readonly reportBytes: number;
}

const SHAPES: ReadonlyMap<number, Shape> = new Map([
  ...[...COMPACT_LAYOUTS.values()].map(
    (layout) => [layout.letter.charCodeAt(0), { shortest: shortestFrame(layout), reportBytes: 0 }] as const,
  ),
  [0x58, { shortest: 23, reportBytes: 17 }],
  [0x59, { shortest: 33, reportBytes: 27 }],
  [0x5a, { shortest: 23, reportBytes: 17 }],
]);

type Mark = 'none' | 'partial' | 'login' | 'report';

function isPlausibleLength(shape: Shape, length: number): boolean {
  return length >= shape.shortest && length <= MAX_FRAME_BYTES;
}

type Why = Mismatch[] | null;

/** Tells whether a frame starts at `at`, as far as the bytes before `to` say. */
function markAt(bytes: Uint8Array, at: number, to: number, why: Why = null): Mark {
  const here = to - at;
  if (here <= 0) return 'partial';
  if (bytes[at] === LOGIN_LETTER) {
    const end = endOfLogin(bytes, at, to);
    if (end < 0) return none(why, bytes, at, Math.min(at + LOGIN_MARK_BYTES, to), 'a login: $ASTRA; and a line of ASCII');
    return end === 0 ? 'partial' : 'login';
  }
  const shape = SHAPES.get(bytes[at] as number);
  if (shape === undefined) return none(why, bytes, at, at + 1, 'a letter C, K, M, X, Y or Z, or the $ of a login');
  if (here < LENGTH_BYTES) {
    const isPlausible = here === 1 || (bytes[at + 1] as number) <= MAX_FRAME_BYTES >>> 8;
    return isPlausible ? 'partial' : none(why, bytes, at + 1, at + 2, `a length of at most ${MAX_FRAME_BYTES}`);
  }
  const length = u16(bytes, at + 1);
  if (!isPlausibleLength(shape, length))
    return none(why, bytes, at + 1, at + 3, `a length from ${shape.shortest} to ${MAX_FRAME_BYTES}`, length);
  return shape.reportBytes === 0 ? markByImei(bytes, at, to, why) : markByCount(bytes, at, to, length, shape.reportBytes, why);
}

function markByImei(bytes: Uint8Array, at: number, to: number, why: Why): Mark {
  const imeiAt = at + LENGTH_BYTES;
  if (!canBeImei(bytes, imeiAt, to))
    return none(why, bytes, imeiAt, Math.min(imeiAt + IMEI_BYTES, to), 'the IMEI in two numbers');
  return to < imeiAt + IMEI_BYTES ? 'partial' : 'report';
}

function markByCount(bytes: Uint8Array, at: number, to: number, length: number, reportBytes: number, why: Why): Mark {
  if (to - at <= COUNT_AT) return 'partial';
  const count = bytes[at + COUNT_AT] as number;
  if (count > 0 && COUNT_AT + 1 + count * reportBytes + CRC_BYTES <= length) return 'report';
  return none(why, bytes, at + COUNT_AT, at + COUNT_AT + 1, `a count of reports that fit into ${length} bytes`, count);
}

/** Tells whether what starts at `at` names a device: a login, or a frame of reports with a valid IMEI. */
function namesDevice(bytes: Uint8Array, at: number, end: number): boolean {
  const mark = markAt(bytes, at, end);
  if (mark !== 'report') return mark === 'login';
  const isCounted = (SHAPES.get(bytes[at] as number) as Shape).reportBytes > 0;
  const imeiAt = at + LENGTH_BYTES + (isCounted ? 1 : 0);
  return imeiAt + IMEI_BYTES <= end && readImei(bytes, imeiAt) !== null;
}

/**
 * Where a frame ends whose checksum is wrong though its reports add up: at its own end, unless a device is named inside. Most
 * modules are of fixed size, so that the rest of a frame that was cut short can be the beginning of the one after it.
 */
function endOfBroken(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from + 1; at < end; at++) if (namesDevice(bytes, at, end)) return at;
  return end;
}

/** A frame of ours whose length is seen to be impossible is refused on its first three bytes: nothing is buffered for it. */
function refuse(bytes: Uint8Array, from: number, to: number): Split {
  const shape = SHAPES.get(bytes[from] as number);
  if (shape === undefined) return refuseUpToNextFrame(markAt, bytes, from, to);
  if (to - from < LENGTH_BYTES) return { kind: 'need-more', atLeast: LENGTH_BYTES };
  const length = u16(bytes, from + 1);
  if (isPlausibleLength(shape, length)) return refuseUpToNextFrame(markAt, bytes, from, to);
  const end = nextPossibleStart(markAt, bytes, from, from + LENGTH_BYTES);
  const detail = `length ${length} is not between ${shape.shortest} and ${MAX_FRAME_BYTES}`;
  return { kind: 'refused', end, fault: fault('wire_length', 1, detail) };
}

/** The checksum of a frame that is wrong, in words; `null` where it is right. */
export function wrongChecksum(bytes: Uint8Array, from: number, end: number): string | null {
  const claimed = u16(bytes, end - CRC_BYTES);
  const computed = crc16Modbus(bytes, from, end - CRC_BYTES);
  if (claimed === computed) return null;
  return `crc is ${crcText(claimed)}, computed ${crcText(computed)}`;
}

function crcText(crc: number): string {
  return `0x${crc.toString(16).padStart(4, '0')}`;
}

/** Tells whether the reports of a frame lead exactly to its end, whatever its checksum says. */
export function addsUp(bytes: Uint8Array, from: number, end: number, context: SessionContext): boolean {
  const layout = COMPACT_LAYOUTS.get(String.fromCharCode(bytes[from] as number));
  return layout === undefined ? fillsModularFrame(bytes, from, end, context) : fillsFrame(layout, bytes, from, end);
}

function splitReport(bytes: Uint8Array, from: number, to: number, context: SessionContext): Split {
  const end = from + u16(bytes, from + 1);
  if (to < end) return { kind: 'need-more', atLeast: end - from };
  const detail = wrongChecksum(bytes, from, end);
  if (detail === null) return { kind: 'frame', end };
  const refusedEnd = addsUp(bytes, from, end, context)
    ? endOfBroken(bytes, from, end)
    : nextPossibleStart(markAt, bytes, from, end);
  return { kind: 'refused', end: refusedEnd, fault: fault('wire_crc', end - CRC_BYTES - from, detail) };
}

/** See `Codec.split`. */
export function split(bytes: Uint8Array, from: number, to: number, context: SessionContext): Split {
  switch (markAt(bytes, from, to)) {
    case 'report':
      return splitReport(bytes, from, to, context);
    case 'login':
      return { kind: 'frame', end: endOfLogin(bytes, from, to) };
    case 'partial':
      return { kind: 'need-more', atLeast: Math.max(to - from, 0) + 1 };
    case 'none':
      break;
  }
  return refuse(bytes, from, to);
}

/** See `Codec.probe`. */
export function probe(bytes: Uint8Array, from: number, to: number): Probe {
  const mark = markAt(bytes, from, to);
  if (mark === 'none') return 'mismatch';
  const isLoginMark = mark === 'partial' && bytes[from] === LOGIN_LETTER && to - from >= LOGIN_MARK_BYTES;
  return mark !== 'partial' || isLoginMark ? 'match' : 'need-more';
}

/** See `Codec.mismatch`. */
export const mismatch = mismatchBy(markAt);

/** Whether the frame is one of reports, by its first byte, and as long as it says. */
export function isReportFrame(frame: Uint8Array): boolean {
  const shape = SHAPES.get(frame[0] ?? 0);
  return shape !== undefined && frame.length >= shape.shortest && u16(frame, 1) === frame.length;
}
