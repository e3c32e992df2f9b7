import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import {
  mostOf,
  newTexts,
  putAbsent,
  putBlob,
  putCount,
  putHalves,
  putOptionalF32,
  putOptionalF64,
  putText,
  putWhole,
  RowBinaryWriter,
} from './row-binary.ts';

const decoder = new TextDecoder();

function put(write: (bytes: Uint8Array, view: DataView, at: number) => number): string {
  const bytes = new Uint8Array(400).fill(0xee);
  const end = write(bytes, new DataView(bytes.buffer), 3);
  return toHex(bytes.subarray(3, end));
}

describe('RowBinary', () => {
  // Byte by byte from the format's description; the engine itself reads rows back in test/flow/sink.test.ts.
  it.each<[string, (bytes: Uint8Array, view: DataView, at: number) => number, string]>([
    ['a UInt64', (_, view, at) => putWhole(view, at, 0x1_0000_0002), '0200000001000000'],
    ['the greatest whole number', (_, view, at) => putWhole(view, at, Number.MAX_SAFE_INTEGER), 'ffffffffffff1f00'],
    ['a UInt64 by its halves', (_, view, at) => putHalves(view, at, 0x80000001, 0xfffffffe), 'feffffff01000080'],
    ['a Float32', (_, view, at) => putOptionalF32(view, at, 1.5), '000000c03f'],
    ['a Float64', (_, view, at) => putOptionalF64(view, at, -2), '0000000000000000c0'],
    ['an absent Float32', (_, view, at) => putOptionalF32(view, at, null), '01'],
    ['an absent Float64', (_, view, at) => putOptionalF64(view, at, null), '01'],
    ['an absent value', (_, view, at) => putAbsent(view, at), '01'],
    ['a time', (_, view, at) => putWhole(view, at, Date.UTC(2026, 0, 1)), '00a8da769b010000'],
    ['a time before 1970', (_, view, at) => putWhole(view, at, -1), 'ffffffffffffffff'],
    ['a time long before', (_, view, at) => putWhole(view, at, -0x1_0000_0001), 'fffffffffeffffff'],
    ['a String', (bytes, _, at) => putText(bytes, at, 'é!'), '03c3a921'],
    ['an empty String', (bytes, _, at) => putText(bytes, at, ''), '00'],
    ['bytes', (bytes, _, at) => putBlob(bytes, at, Uint8Array.of(1, 2, 3)), '03010203'],
    ['a long count', (bytes, _, at) => putCount(bytes, at, 300), 'ac02'],
  ])('writes %s', (_name, write, expected) => {
    expect(put(write)).toBe(expected);
  });

  it('writes any text as UTF-8, within the room it says it takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const bytes = new Uint8Array(mostOf(text));
        const end = putText(bytes, 0, text);
        const head = putCount(new Uint8Array(9), 0, new TextEncoder().encode(text).length);
        expect(end).toBeLessThanOrEqual(bytes.length);
        expect(decoder.decode(bytes.subarray(head, end))).toBe(text.toWellFormed());
        expect(toHex(newTexts().name(text))).toBe(toHex(bytes.subarray(0, end)));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps what was written wherever the buffer has to grow', () => {
    const out = new RowBinaryWriter();
    for (let i = 0; i < 5_000; i++) {
      const at = out.room(300);
      out.target.fill(i & 0xff, at, at + 3);
      out.writtenTo(at + 3);
    }
    expect(out.length).toBe(15_000);
    expect(out.bytes().every((byte, at) => byte === (Math.floor(at / 3) & 0xff))).toBe(true);
  });

  it('copies a text of the row before, and writes any other, wherever the buffer grows and rows are taken back', () => {
    const idents = fc.constantFrom('', 'é', '356307042441013', '356307042441014', 'A'.repeat(130));
    const rests = fc.constantFrom(0, 7, 5_000);
    const row = fc.record({ ident: idents, tracker: idents, isTakenBack: fc.boolean(), rest: rests });
    const rows = fc.array(row, { maxLength: 12 });
    fc.assert(
      fc.property(rows, (all) => {
        const out = new RowBinaryWriter();
        const expected: Uint8Array[] = [];
        for (const { ident, tracker, isTakenBack, rest } of all) {
          const from = out.length;
          let at = out.room(mostOf(ident) + mostOf(tracker) + rest);
          at = out.lastIdent.put(out.target, at, ident);
          at = out.lastTracker.put(out.target, at, tracker);
          out.target.fill(0xee, at, at + rest);
          out.writtenTo(at + rest);
          if (isTakenBack) out.cutTo(from);
          else expected.push(newTexts().name(ident), newTexts().name(tracker), new Uint8Array(rest).fill(0xee));
        }
        expect(toHex(out.bytes())).toBe(toHex(Buffer.concat(expected)));
      }),
      { numRuns: 500 },
    );
  });

  it('does not take a row for whole that found no room', () => {
    const out = new RowBinaryWriter();
    const at = out.room(10);
    expect(() => out.writtenTo(at + out.target.length + 1)).toThrow(RangeError);
    expect(out.length).toBe(0);
  });
});

describe('repeated texts', () => {
  it('know lists of keys that can never change, and no others', () => {
    const texts = newTexts();
    const frozen = Object.freeze(['a', 'bc']);
    expect(texts.numbers(['a', 'bc'])).toBe(null);
    const template = texts.numbers(frozen);
    expect(toHex(template?.bytes ?? new Uint8Array())).toBe(`020161${'00'.repeat(8)}026263${'00'.repeat(8)}`);
    expect(template?.valueAts).toEqual([3, 14]);
    expect(texts.numbers(frozen)).toBe(template);
    const other = texts.numbers(Object.freeze(['a', 'bd']));
    expect(other).not.toBe(template);
    expect([texts.numbers(frozen), texts.numbers(other?.keys ?? [])]).toEqual([template, other]);
  });

  it('write the count of many keys in two bytes, and keep no list that is longer', () => {
    const keys = Object.freeze(Array.from({ length: 130 }, (_, i) => `k${i}`));
    expect(toHex(newTexts().numbers(keys)?.bytes.subarray(0, 5) ?? new Uint8Array())).toBe('8201026b30');
    expect(newTexts().numbers(Object.freeze(Array.from({ length: 193 }, String)))).toBe(null);
  });

  it('join names for the last combination of them', () => {
    const texts = newTexts();
    expect(toHex(texts.joined('ab', 0x0102, 'c', ''))).toBe('0261620201016300');
    expect(texts.joined('ab', 0x0102, 'c', '')).toBe(texts.joined('ab', 0x0102, 'c', ''));
    expect(toHex(texts.joined('ab', 3, 'c', ''))).toBe('0261620300016300');
    expect(toHex(texts.joined('ab', 3, 'c', 'd'))).toBe('026162030001630164');
  });
});
