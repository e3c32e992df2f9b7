/** How a dissected frame is laid out: rows of bytes, each byte in the field it belongs to, and what fields say in words. Pure. */
import type { components } from '../../api/client.ts';
import { sayValue } from '../../format/units.ts';

export type Piece = components['schemas']['DissectedPiece'];
export type Field = components['schemas']['DissectedField'];

/** Bytes of one field within one row. */
export interface Run {
  /** Place of the field among the fields of the piece. */
  field: number;
  /** First byte, counted from the beginning of the piece. */
  offset: number;
  bytes: readonly string[];
}

/** One row of bytes. */
export interface HexRow {
  offset: number;
  runs: readonly Run[];
  /** The bytes as text: a dot for what is none. */
  text: string;
}

/** The fields that have bytes of their own, by their place among all fields, in the order of the bytes. */
export function leavesOf(fields: readonly Field[]): number[] {
  return fields.flatMap(({ parts }, i) => (parts ? [] : [i]));
}

/** Lays the bytes out in rows of so many. Bytes that belong to no field are the last field's. */
export function rowsOf({ hex, fields }: Pick<Piece, 'hex' | 'fields'>, width: number): HexRow[] {
  const bytes = hex.match(/../g) ?? [];
  const owner = Array.from(bytes, () => -1);
  for (const index of leavesOf(fields)) {
    const { offset, length } = fields[index] as Field;
    owner.fill(index, offset, offset + length);
  }
  const rows: HexRow[] = [];
  for (let start = 0; start < bytes.length; start += width) {
    const runs: (Run & { bytes: string[] })[] = [];
    for (let at = start; at < Math.min(start + width, bytes.length); at++) {
      const field = owner[at] ?? -1;
      const last = runs.at(-1);
      if (last?.field === field) last.bytes.push(bytes[at] as string);
      else runs.push({ field, offset: at, bytes: [bytes[at] as string] });
    }
    rows.push({ offset: start, runs, text: textOf(bytes.slice(start, start + width)) });
  }
  return rows;
}

function textOf(bytes: readonly string[]): string {
  return bytes
    .map((byte) => (/^(2[0-9a-f]|[3-6][0-9a-f]|7[0-9a-e])$/.test(byte) ? String.fromCharCode(Number.parseInt(byte, 16)) : '·'))
    .join('');
}

/** Whether a byte of a field lies inside of another one. */
export function isInside(inner: Field, outer: Field): boolean {
  return inner.offset >= outer.offset && inner.offset + inner.length <= outer.offset + outer.length;
}

/** What a field says: a value, and what it is. */
export interface Saying {
  value: string;
  key: string;
  meaning: string;
}

/** What a field says, a line each: what the message states because of it, else what it is for the frame. */
export function sayingsOf({ readings, raw, value, unit, meaning }: Field): Saying[] {
  if (readings.length === 0) {
    const own = value ?? raw;
    return own === null && meaning === null
      ? []
      : [{ value: own === null ? '' : sayValue(own, unit), key: '', meaning: meaning ?? '' }];
  }
  return readings.map((reading, i) => {
    const isCounted = reading.unit === null || reading.unit === 'one';
    return {
      value: sayValue(rounded(reading.value), isCounted ? null : reading.unit),
      key: reading.key,
      meaning: reading.meaning ?? (i === 0 ? (meaning ?? '') : ''),
    };
  });
}

/** The raw number of a field, where it says another one than the value. */
export function rawOf({ raw, readings }: Field): string | null {
  const [first] = readings;
  return raw === null || first === undefined || String(first.value) === String(raw) ? null : String(raw);
}

/** Ten digits say all that a device measures, without the noise of a division. */
function rounded(value: number | string | boolean): number | string | boolean {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(10)) : value;
}

/** Reads what was pasted: hex digits in any form, else base64. `null` where it is neither. */
export function pastedIn(text: string): { hex: string } | { base64: string } | null {
  const bare = text.replaceAll(/\s|0x|[-:,;]/gi, '');
  if (bare === '') return null;
  if (/^[0-9a-f]+$/i.test(bare)) return { hex: bare };
  const packed = text.replaceAll(/\s/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(packed) ? { base64: packed } : { hex: text };
}
