import { describe, expect, it } from 'vitest';
import { fromHex } from '#wire/hex';
import { describeRow, RowBinaryReader, type RowValue } from './describe-row.ts';

const bytesOf = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const text = (value: RowValue): string => new TextDecoder().decode(value as Uint8Array);

describe('RowBinary, read back', () => {
  it.each<[type: string, hex: string, value: RowValue]>([
    ['UInt8', 'fe', 254],
    ['Bool', '01', true],
    ['UInt16', '0201', 0x0102],
    ['UInt32', '04030201', 0x01020304],
    ['UInt64', 'ffffffffffffffff', 0xffff_ffff_ffff_ffffn],
    ['Float32', '0000c03f', 1.5],
    ['Float64', '00000000000000c0', -2],
    ["DateTime64(3, 'UTC')", 'ffffffffffffffff', -1],
    ['Nullable(Float64)', '01', null],
    ["Nullable(DateTime64(3, 'UTC'))", '00e803000000000000', 1_000],
  ])('%s %s', (type, hex, value) => {
    const reader = new RowBinaryReader(bytesOf(hex));
    expect(reader.read(type)).toEqual(value);
    expect(reader.left).toBe(0);
  });

  it('reads texts, lists and pairs', () => {
    expect(text(new RowBinaryReader(bytesOf('03c3a921')).read('LowCardinality(String)'))).toBe('é!');
    const list = new RowBinaryReader(bytesOf('0201610162')).read('Array(LowCardinality(String))') as RowValue[];
    expect(list.map(text)).toEqual(['a', 'b']);
    const pairs = new RowBinaryReader(bytesOf('010161000000000000f03f')).read('Map(LowCardinality(String), Float64)');
    const [[key, value] = []] = pairs as RowValue[][];
    expect([text(key as RowValue), value]).toEqual(['a', 1]);
    const long = new RowBinaryReader(bytesOf(`ac02${'61'.repeat(300)}`)).read('String');
    expect(text(long)).toBe('a'.repeat(300));
  });

  it('throws where the bytes end early or the type is none of ours', () => {
    expect(() => new RowBinaryReader(bytesOf('0361')).read('String')).toThrow(RangeError);
    expect(() => new RowBinaryReader(bytesOf('00')).read('Decimal(9, 2)')).toThrow(TypeError);
  });

  it('says a row in words', () => {
    const columns = [
      ['ident', 'String'],
      ['at', "DateTime64(3, 'UTC')"],
      ['lat', 'Nullable(Float64)'],
      ['signals', 'Map(LowCardinality(String), Float64)'],
      ['frame', 'String'],
    ] as const;
    const row = bytesOf(`026162 0000000000000000 01 010161000000000000f03f 50${'30'.repeat(80)}`.replaceAll(' ', ''));
    expect(describeRow(row, columns)).toBe(
      `ident="ab" at=1970-01-01T00:00:00.000Z lat=null signals=[["a", 1]] frame="${'0'.repeat(64)}"… (80 bytes)`,
    );
  });
});
