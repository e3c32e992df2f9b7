/**
 * One line of candump, in the form of its log files (`-l`, `-L`) or of its screen, with or without times and what `-x`, `-a`,
 * `-S` add:
 *
 *     (1543509533.000838) can0 18FEE000#FFFFFFFFB05C6800            R at its end: received, T: sent
 *     (1543509533.000838) vcan0 123##1112233445566778899AABBCC      CAN FD: flags, data
 *      (1543509533.000838)  can0  18FEE000   [8]  FF FF FF FF B0 5C 68 00   '.....\h.'
 *      (2018-11-29 17:25:33.000838)  can0  RX - -  123   [2]  11 22
 */
import type { EpochMs } from '#model/clocks';
import { fromHex } from '#wire/hex';
import type { Skip } from './reasons.ts';
import { epochOf, parseDateTime, type LocalTime } from './times.ts';

/** A CAN frame as a bus had it. */
export interface CanLine {
  /** `null` where the line has no time. */
  at: EpochMs | null;
  /** Name of the interface: can0. */
  bus: string;
  /** As SocketCAN's can_id: bit 31 set for identifiers of 29 bits. */
  id: number;
  data: Uint8Array;
}

export type ReadCanLine = { kind: 'frame'; frame: CanLine } | { kind: 'skip'; reason: Skip };

const EXTENDED = 0x8000_0000;
const ERROR_FLAG = 0x2000_0000;
const LAST_STANDARD = 0x7ff;
const MAX_CLASSIC_BYTES = 8;
const MAX_FD_BYTES = 64;

const TIME = String.raw`\((\d{1,12})\.(\d{1,9})\)|\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9})\)`;
const INTERFACE = String.raw`([A-Za-z][A-Za-z0-9._-]{0,31})`;
const LOG_LINE = new RegExp(String.raw`^\s*(?:${TIME})\s+${INTERFACE}\s+([0-9A-F]{3}|[0-9A-F]{8})#(\S*)(?:\s+[RT])?\s*$`, 'i');
const SCREEN_LINE = new RegExp(
  String.raw`^\s*(?:(?:${TIME})\s+)?${INTERFACE}\s+(?:(?:RX|TX)\s+(?:[B-]\s+[E-]\s+)?)?([0-9A-F]{3}|[0-9A-F]{8})\s+\[(\d{1,2})\]\s*(.*)$`,
  'i',
);
const LOST_LINE = /^\s*DROPCOUNT:/;

/** Tells whether a line is one of candump's. */
export function looksLikeCandump(line: string): boolean {
  return LOG_LINE.test(line) || SCREEN_LINE.test(line);
}

export function readCandumpLine(line: string, local: LocalTime): ReadCanLine {
  if (LOST_LINE.test(line)) return { kind: 'skip', reason: 'lost-frames' };
  const log = LOG_LINE.exec(line);
  if (log !== null) return readLog(log, local);
  const screen = SCREEN_LINE.exec(line);
  return screen === null ? { kind: 'skip', reason: 'not-understood' } : readScreen(screen, local);
}

function timeOf([, seconds, fraction, date]: RegExpExecArray, local: LocalTime): EpochMs | null {
  if (seconds !== undefined && fraction !== undefined) return epochOf(seconds, fraction);
  return date === undefined ? null : parseDateTime(date, local);
}

function readLog(found: RegExpExecArray, local: LocalTime): ReadCanLine {
  const [bus = '', id = '', written = ''] = found.slice(4);
  if (/^R/i.test(written)) return { kind: 'skip', reason: 'remote-frame' };
  const fd = /^#[0-9A-F]/i.test(written);
  // candump writes dots between bytes where it is asked to; canplayer reads both.
  const data = fromHex((fd ? written.slice(2) : written.replace(/_[0-9A-F]$/i, '')).replaceAll('.', ''));
  return frame(timeOf(found, local), bus, id, data, fd ? MAX_FD_BYTES : MAX_CLASSIC_BYTES);
}

function readScreen(found: RegExpExecArray, local: LocalTime): ReadCanLine {
  const [bus = '', id = '', length = '', rest = ''] = found.slice(4);
  if (/remote request/.test(rest)) return { kind: 'skip', reason: 'remote-frame' };
  if (/ERRORFRAME/.test(rest)) return { kind: 'skip', reason: 'error-frame' };
  const bytes = /^(?:[0-9A-F]{2}(?:[ `]|$))*/i.exec(rest)?.[0] ?? '';
  const swapped = bytes.includes('`');
  const read = fromHex(bytes.replaceAll('`', ' '));
  const data = swapped ? (read?.toReversed() ?? null) : read;
  const whole = data?.length === Number(length) ? data : null;
  return frame(timeOf(found, local), bus, id, whole, MAX_FD_BYTES);
}

function frame(at: EpochMs | null, bus: string, written: string, data: Uint8Array | null, most: number): ReadCanLine {
  if (data === null || data.length > most) return { kind: 'skip', reason: 'not-understood' };
  const number = Number.parseInt(written, 16);
  const extended = written.length === 8;
  if (extended && (number & ERROR_FLAG) !== 0) return { kind: 'skip', reason: 'error-frame' };
  if (!extended && number > LAST_STANDARD) return { kind: 'skip', reason: 'not-understood' };
  return { kind: 'frame', frame: { at, bus, id: extended ? (number | EXTENDED) >>> 0 : number, data } };
}
