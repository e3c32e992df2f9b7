import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { mostOf, putBlob, putCount, putText } from './put.ts';

const decoder = new TextDecoder();

function put(write: (bytes: Uint8Array, at: number) => number): string {
  const bytes = new Uint8Array(400).fill(0xee);
  return toHex(bytes.subarray(3, write(bytes, 3)));
}

describe('counts and texts', () => {
  it.each<[string, (bytes: Uint8Array, at: number) => number, string]>([
    ['a count', (bytes, at) => putCount(bytes, at, 127), '7f'],
    ['a long count', (bytes, at) => putCount(bytes, at, 300), 'ac02'],
    ['a count of more than 32 bits', (bytes, at) => putCount(bytes, at, 2 ** 35), '808080808001'],
    ['a text', (bytes, at) => putText(bytes, at, 'é!'), '03c3a921'],
    ['an empty text', (bytes, at) => putText(bytes, at, ''), '00'],
    ['bytes', (bytes, at) => putBlob(bytes, at, Uint8Array.of(1, 2, 3)), '03010203'],
  ])('are written as ClickHouse has them: %s', (_name, write, expected) => {
    expect(put(write)).toBe(expected);
  });

  it('are UTF-8 whatever the text, within the room it is said to take', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const bytes = new Uint8Array(mostOf(text));
        const end = putText(bytes, 0, text);
        const head = putCount(new Uint8Array(9), 0, new TextEncoder().encode(text).length);
        expect(end).toBeLessThanOrEqual(bytes.length);
        expect(decoder.decode(bytes.subarray(head, end))).toBe(text.toWellFormed());
      }),
      { numRuns: 200 },
    );
  });
});
