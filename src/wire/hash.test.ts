import { describe, expect, it } from 'vitest';
import { murmur3, murmur3Ascii, murmur3Twice } from './hash.ts';

describe('murmur3', () => {
  // Test vectors published with the algorithm (x86_32).
  it.each([
    ['', 0, 0x00000000],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('hashes %j with seed %i as published', (text, seed, expected) => {
    expect(murmur3Ascii(text, seed)).toBe(expected);
  });

  it('reads bytes above 0x7f as unsigned', () => {
    expect(murmur3(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0)).toBe(0x76293b50);
    expect(murmur3(Uint8Array.of(0x21, 0x43, 0x65), 0)).toBe(0x7e4a8634);
  });

  it('gives two hashes at once as it gives them one by one', () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => (i * 151) & 0xff);
    const out = { first: 0, second: 0 };
    for (let length = 0; length <= bytes.length; length++) {
      const some = bytes.subarray(0, length);
      murmur3Twice(some, 0x9747b28c, 7, out);
      expect([out.first >>> 0, out.second >>> 0]).toEqual([murmur3(some, 0x9747b28c), murmur3(some, 7)]);
      murmur3Twice(bytes, 0x9747b28c, 7, out, 40 - length, 40);
      expect(out.first >>> 0).toBe(murmur3(bytes.slice(40 - length), 0x9747b28c));
    }
  });
});
