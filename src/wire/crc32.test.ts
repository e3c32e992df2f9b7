import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32 } from './crc32.ts';

it('gives the value of the CRC catalogue over "123456789"', () => {
  expect(crc32(new TextEncoder().encode('123456789'), 0, 9)).toBe(0xcbf4_3926);
});

it('gives what zlib gives, for any part of any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(50), (bytes, from) => {
      expect(crc32(bytes, Math.min(from, bytes.length), bytes.length)).toBe(zlibCrc32(bytes.subarray(from)));
    }),
  );
});
