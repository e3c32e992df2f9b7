import { describe, expect, it } from 'vitest';
import { crc16Arc, crc16Kermit, crc16Modbus, crc16X25 } from './crc.ts';

const check = new TextEncoder().encode('123456789');

describe('the 16-bit checks', () => {
  // The "check" values of the CRC catalogue (reveng): the check over the nine ASCII digits 1 to 9.
  it.each([
    ['ARC', crc16Arc, 0xbb3d],
    ['MODBUS', crc16Modbus, 0x4b37],
    ['KERMIT', crc16Kermit, 0x2189],
    ['X-25', crc16X25, 0x906e],
  ] as const)('%s gives the catalogue value over "123456789"', (_name, crc, expected) => {
    expect(crc(check, 0, check.length)).toBe(expected);
  });

  it('gives the same at every length and offset as one byte at a time', () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 11) & 0xff);
    for (let from = 0; from < 9; from++) {
      for (let to = from; to <= bytes.length; to++) {
        let slow = 0xffff;
        for (let i = from; i < to; i++) {
          slow ^= bytes[i] as number;
          for (let bit = 0; bit < 8; bit++) slow = slow & 1 ? (slow >>> 1) ^ 0xa001 : slow >>> 1;
        }
        expect(crc16Modbus(bytes, from, to)).toBe(slow);
      }
    }
  });
});
