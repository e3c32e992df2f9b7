import { describe, expect, it } from 'vitest';
import { fromHex } from '#wire/hex';
import { readBlock, type RowValue } from './read-block.ts';

const bytesOf = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', '')) as Uint8Array;
const hexOf = (text: string): string => text.length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex');

/** The values of a block that has one column, `x`. */
function read(type: string, rows: number, hex: string): unknown[] {
  const [column] = readBlock(bytesOf(`01 ${rows.toString(16).padStart(2, '0')} 0178 ${hexOf(type)} ${hex}`));
  expect(column).toMatchObject({ name: 'x', type });
  return (column?.values ?? []).map(plain);
}

function plain(value: RowValue): unknown {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return typeof value === 'object' && value !== null ? value.map(plain) : value;
}

const VERSION = '0100000000000000';
/** Indexes of one byte to the names '', 'a' and 'b'. */
const DICTIONARY = '0006000000000000 0300000000000000 00 0161 0162';

// Byte by byte from the format's description; that the engine reads the same is shown in test/flow/sink.test.ts.
describe('a block of the Native format, read back', () => {
  it.each<[type: string, rows: number, hex: string, values: unknown[]]>([
    ['UInt8', 2, 'fe 01', [254, 1]],
    ['Bool', 2, '01 00', [true, false]],
    ['UInt16', 1, '0201', [0x0102]],
    ['UInt32', 1, '04030201', [0x01020304]],
    ['UInt64', 1, 'ffffffffffffffff', [0xffff_ffff_ffff_ffffn]],
    ['Float32', 1, '0000c03f', [1.5]],
    ['Float64', 1, '00000000000000c0', [-2]],
    ["DateTime64(3, 'UTC')", 1, 'ffffffffffffffff', [-1]],
    ['String', 2, '03c3a921 00', ['é!', '']],
    ['Nullable(Float64)', 2, '0100 0000000000000000 00000000000000c0', [null, -2]],
    ["Nullable(DateTime64(3, 'UTC'))", 1, '00 e803000000000000', [1_000]],
    ['LowCardinality(String)', 3, `${VERSION} ${DICTIONARY} 0300000000000000 020001`, ['b', '', 'a']],
    [
      'Array(LowCardinality(String))',
      2,
      `${VERSION} 0000000000000000 0200000000000000 ${DICTIONARY} 0200000000000000 0102`,
      [[], ['a', 'b']],
    ],
    [
      'Map(LowCardinality(String), Float64)',
      2,
      `${VERSION} 0100000000000000 0100000000000000 ${DICTIONARY} 0100000000000000 01 000000000000f03f`,
      [[['a', 1]], []],
    ],
    ['Map(LowCardinality(String), String)', 2, `${VERSION} 0000000000000000 0000000000000000`, [[], []]],
  ])('has %s', (type, rows, hex, values) => {
    expect(read(type, rows, hex)).toEqual(values);
  });

  it('has wider indexes where names are many', () => {
    const wide = `${VERSION} 0106000000000000 0200000000000000 00 0161 0100000000000000 0100`;
    expect(read('LowCardinality(String)', 1, wide)).toEqual(['a']);
    const wider = `${VERSION} 0206000000000000 0200000000000000 00 0161 0100000000000000 01000000`;
    expect(read('LowCardinality(String)', 1, wider)).toEqual(['a']);
  });

  it('is refused where it ends early, goes on, or is none of ours', () => {
    expect(() => read('String', 1, '0361')).toThrow(/3 bytes are wanted, 1 are left/);
    expect(() => read('UInt8', 1, '0102')).toThrow(/1 bytes are behind/);
    expect(() => read('Decimal(9, 2)', 1, '00')).toThrow(TypeError);
    expect(() => read('LowCardinality(String)', 1, '0200000000000000')).toThrow(/version of a dictionary is 2/);
    const other = `${VERSION} ${DICTIONARY} 0100000000000000 03`;
    expect(() => read('LowCardinality(String)', 1, other)).toThrow(/name 3 is not among the 3/);
    expect(() => read('LowCardinality(String)', 1, `${VERSION} 0007000000000000`)).toThrow(/of the kind 1792/);
  });
});
