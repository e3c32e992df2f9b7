import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { RowBinaryWriter } from './row-binary.ts';

function written(write: (out: RowBinaryWriter) => void): string {
  const out = new RowBinaryWriter();
  write(out);
  return toHex(out.bytes());
}

describe('RowBinary', () => {
  // Byte by byte from the format's description; the engine itself reads rows back in test/flow/sink.test.ts.
  it.each<[string, (out: RowBinaryWriter) => void, string]>([
    ['a UInt8', (out) => out.u8(254), 'fe'],
    ['a Bool', (out) => out.bool(true), '01'],
    ['a UInt16', (out) => out.u16(0x0102), '0201'],
    ['a UInt32', (out) => out.u32(0x01020304), '04030201'],
    ['a UInt64', (out) => out.u64(0x1_0000_0002), '0200000001000000'],
    ['a UInt64 by its halves', (out) => out.u64Halves(0x80000001, 0xfffffffe), 'feffffff01000080'],
    ['a Float32', (out) => out.f32(1.5), '0000c03f'],
    ['a Float64', (out) => out.f64(-2), '00000000000000c0'],
    ['a time', (out) => out.time(Date.UTC(2026, 0, 1)), '00a8da769b010000'],
    ['a time before 1970', (out) => out.time(-1), 'ffffffffffffffff'],
    ['a String', (out) => out.text('é!'), '03c3a921'],
    ['the same String again', (out) => (out.name('ab'), out.name('ab')), '02616202 6162'.replace(' ', '')],
    ['a long count', (out) => out.count(300), 'ac02'],
    ['an absent value', (out) => void out.present(null), '01'],
    ['a present value', (out) => void out.present(5), '00'],
  ])('writes %s', (_name, write, expected) => {
    expect(written(write)).toBe(expected);
  });

  it('writes every value whole wherever the buffer has to grow', () => {
    const writes: [bytes: number, write: (out: RowBinaryWriter) => void][] = [
      [1, (out) => out.u8(0xab)],
      [1, (out) => out.bool(true)],
      [2, (out) => out.u16(0xabcd)],
      [4, (out) => out.u32(0xabcdef01)],
      [4, (out) => out.f32(1.5)],
      [8, (out) => out.f64(1.5)],
      [8, (out) => out.time(1_700_000_000_000)],
      [8, (out) => out.u64(12_345_678_901)],
      [4, (out) => out.name('key')],
      [4, (out) => out.blob(Uint8Array.of(1, 2, 3))],
    ];
    fc.assert(
      fc.property(fc.integer({ min: 65_520, max: 65_536 }), fc.nat(writes.length - 1), (before, which) => {
        const [bytes, write] = writes[which] as (typeof writes)[number];
        const out = new RowBinaryWriter();
        for (let i = 0; i < before; i++) out.u8(0x11);
        write(out);
        const alone = new RowBinaryWriter();
        write(alone);
        expect(out.length).toBe(before + bytes);
        expect(toHex(out.bytes(before))).toBe(toHex(alone.bytes()));
        expect(out.bytes(0, before).every((byte) => byte === 0x11)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
