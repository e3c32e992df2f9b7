/**
 * What the io elements of one device family mean: the form of the tables, and their compilation for look-up by number.
 *
 * A row applies only to the width the vendor gives for it. The same number means different things in different families,
 * mostly with another width, so a device of an unexpected family yields raw values rather than wrong ones.
 */
import type { SignalKey } from '#model/signals';
import { interned } from '#wire/intern';

/** Width of an element on the wire: bytes of its group, or `x` for one that brings its own length. */
export type IoWidth = 1 | 2 | 4 | 8 | 'x';

/** Widths a number may come in. They are powers of two, so their sum is a set: 6 is two or four bytes, never signed. */
type NumberWidths = 1 | 2 | 4 | 6;

/**
 * A number: the catalogue's value is `raw * multiply / divide`. Both are whole, so that 14548 mV becomes 14.548 V and
 * nothing near it. `lowest` and `highest` bound the raw value: what lies outside is one of the vendor's error codes, or no
 * reading at all, and stays under its number.
 */
export type NumberRow = readonly [
  id: number,
  widths: NumberWidths,
  sign: 'u' | 'i',
  key: SignalKey,
  multiply?: number,
  divide?: number,
  lowest?: number,
  highest?: number,
];

/** A text: `ascii` as it is, `hex` an identifier of eight bytes that is not there when zero. */
export type TextRow = readonly [id: number, width: 8 | 'x', form: 'ascii' | 'hex', key: SignalKey];

/** A set of bits; each becomes a boolean signal. Bits above 31 do not occur in widths up to four. */
export type FlagsRow = readonly [
  id: number,
  width: 1 | 2 | 4,
  form: 'flags',
  bits: readonly (readonly [mask: number, key: SignalKey])[],
];

/** A set of bits in eight bytes; byte 0 is the least. The whole stays under its number beside them. */
export type Flags8Row = readonly [
  id: number,
  width: 8,
  form: 'flags8',
  bits: readonly (readonly [byte: number, mask: number, key: SignalKey])[],
];

/** A piece of a text too long for one element: joined by a family's `joins`, raw where a piece is missing. */
export type PartRow = readonly [id: number, width: 1 | 8, form: 'part', slot: number];

/** A geofence with its number: meant where the record was made for it, raw otherwise. */
export type GeofenceRow = readonly [id: number, width: 1, form: 'geofence', zone: number];

/** The dilution of precision of the fix itself, in tenths. */
export type HdopRow = readonly [id: number, width: 2, form: 'hdop'];

export type IoRow = NumberRow | TextRow | FlagsRow | Flags8Row | PartRow | GeofenceRow | HdopRow;

export const NUMBER = 0;
export const ASCII = 1;
export const HEX = 2;
export const FLAGS = 3;
export const GEOFENCE = 4;
export const HDOP = 5;
export const FLAGS8 = 6;
export const PART = 7;
type Kind =
  | typeof NUMBER
  | typeof ASCII
  | typeof HEX
  | typeof FLAGS
  | typeof GEOFENCE
  | typeof HDOP
  | typeof FLAGS8
  | typeof PART;

/** One row, compiled. All have the same fields, so that reading one costs the same everywhere. */
export interface IoEntry {
  readonly kind: Kind;
  /** The groups it may stand in, as the sum of their widths; 0 for the group of variable length. */
  readonly widths: number;
  readonly isSigned: boolean;
  /** Bits to shift left and back to spread the sign; 0 for four bytes, which fill the integer of a shift. */
  readonly signShift: number;
  readonly key: string;
  /**
   * The bit of a key that several elements of the family have, 0 for any other: of a record the first one counts, the others
   * stay under their numbers.
   */
  readonly sharedBit: number;
  /** Whether the factors do anything. */
  readonly isScaled: boolean;
  readonly multiply: number;
  readonly divide: number;
  /** Whether the bounds do anything. */
  readonly isBounded: boolean;
  readonly lowest: number;
  readonly highest: number;
  readonly masks: readonly number[];
  readonly maskKeys: readonly string[];
  readonly maskBytes: readonly number[];
  readonly maskSharedBits: readonly number[];
  /** Geofence zone, or slot of a part. */
  readonly zone: number;
}

/** The elements of a family by number; `null` where it names none. */
export type IoTable = readonly (IoEntry | null)[];

/** Numbers at or above this are named by no table. */
export const IO_LIMIT = 14_000;

const BLANK: IoEntry = {
  kind: NUMBER,
  widths: 0,
  isSigned: false,
  signShift: 0,
  key: '',
  sharedBit: 0,
  isScaled: false,
  multiply: 1,
  divide: 1,
  isBounded: false,
  lowest: Number.NEGATIVE_INFINITY,
  highest: Number.POSITIVE_INFINITY,
  masks: [],
  maskKeys: [],
  maskBytes: [],
  maskSharedBits: [],
  zone: 0,
};

function isNumberRow(row: IoRow): row is NumberRow {
  return row[2] === 'u' || row[2] === 'i';
}

function compileNumber([, widths, sign, key, multiply = 1, divide = 1, lowest, highest]: NumberRow): IoEntry {
  return {
    ...BLANK,
    kind: NUMBER,
    widths,
    isSigned: sign === 'i',
    signShift: 32 - widths * 8,
    key,
    isScaled: multiply !== 1 || divide !== 1,
    multiply,
    divide,
    isBounded: lowest !== undefined,
    lowest: lowest ?? BLANK.lowest,
    highest: highest ?? BLANK.highest,
  };
}

function compileRow(row: IoRow): IoEntry {
  if (isNumberRow(row)) return compileNumber(row);
  const widths = row[1] === 'x' ? 0 : row[1];
  switch (row[2]) {
    case 'ascii':
      return { ...BLANK, kind: ASCII, widths, key: row[3] };
    case 'hex':
      return { ...BLANK, kind: HEX, widths, key: row[3] };
    case 'flags':
      return { ...BLANK, kind: FLAGS, widths, masks: row[3].map(([mask]) => mask), maskKeys: row[3].map(([, key]) => key) };
    case 'flags8':
      return {
        ...BLANK,
        kind: FLAGS8,
        widths,
        maskBytes: row[3].map(([byte]) => byte),
        masks: row[3].map(([, mask]) => mask),
        maskKeys: row[3].map(([, , key]) => key),
      };
    case 'part':
      return { ...BLANK, kind: PART, widths, zone: row[3] };
    case 'geofence':
      return { ...BLANK, kind: GEOFENCE, widths, zone: row[3] };
    case 'hdop':
      break;
  }
  return { ...BLANK, kind: HDOP, widths };
}

/** Gives a bit to each key that more than one element has. */
function bitsOfShared(table: IoTable): ReadonlyMap<string, number> {
  const keys = table.flatMap((entry) => (entry === null ? [] : [entry.key, ...entry.maskKeys])).filter((key) => key !== '');
  const shared = [...new Set(keys.filter((key, index) => keys.indexOf(key) < index))];
  if (shared.length > 31) throw new Error(`${shared.length} keys of several elements are more than an integer has bits`);
  return new Map(shared.map((key, index) => [key, 1 << index]));
}

/** Compiles rows; of two for one number the later wins, so a family can be another with changes. */
export function ioTable(...sections: readonly (readonly IoRow[])[]): IoTable {
  const table: (IoEntry | null)[] = Array.from({ length: IO_LIMIT }, () => null);
  for (const rows of sections) for (const row of rows) table[row[0]] = compileRow(row);
  const bits = bitsOfShared(table);
  const bitOf = (key: string): number => bits.get(key) ?? 0;
  return table.map(
    (entry) => entry && { ...entry, sharedBit: bitOf(entry.key), maskSharedBits: entry.maskKeys.map((key) => bitOf(key)) },
  );
}

const rawKeys: string[] = [];

/** The key under which an element without a row is kept: `teltonika.io.<number>`. */
export function rawKey(id: number): string {
  return (rawKeys[id] ??= interned(`teltonika.io.${id}`));
}
