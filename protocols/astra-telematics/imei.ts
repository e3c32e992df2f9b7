/**
 * IMEI in seven bytes: the first eight digits as a u32, the last seven as a u24, both big-endian. Each number is padded with
 * zeros at its left: OpenGTS pads neither, and the maker's own reader pads the first one at its right.
 */
import { isImei } from '#model/ident';
import { writeU24, writeU32, type Writer } from '#wire/writer';
import { u24, u32 } from './read.ts';

export const IMEI_BYTES = 7;
const HEAD_LIMIT = 100_000_000;
const TAIL_LIMIT = 10_000_000;

/** Tells whether seven bytes can be fifteen digits, judged by those before `to`. */
export function canBeImei(bytes: Uint8Array, at: number, to: number): boolean {
  if (at + 4 <= to && u32(bytes, at) >= HEAD_LIMIT) return false;
  return at + IMEI_BYTES > to || u24(bytes, at + 4) < TAIL_LIMIT;
}

/** Reads an IMEI; `null` where the numbers have too many digits or the Luhn digit is wrong. */
export function readImei(bytes: Uint8Array, at: number): string | null {
  if (!canBeImei(bytes, at, at + IMEI_BYTES)) return null;
  const number = u32(bytes, at) * TAIL_LIMIT + u24(bytes, at + 4);
  const known = imeis.get(number);
  if (known !== undefined) return known;
  const text = String(number).padStart(15, '0');
  const imei = isImei(text) ? text : null;
  if (imeis.size >= IMEIS_KEPT) imeis.clear();
  imeis.set(number, imei);
  return imei;
}

const IMEIS_KEPT = 20_000;
/** The latest by their numbers, all fifteen digits: a device names itself in every frame. */
const imeis = new Map<number, string | null>();

/** Writes fifteen digits. */
export function writeImei(out: Writer, imei: string): void {
  writeU32(out, Number(imei.slice(0, 8)));
  writeU24(out, Number(imei.slice(8)));
}
