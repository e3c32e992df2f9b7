import { describe, expect, it } from 'vitest';
import { printable } from './text.ts';

const bytes = new TextEncoder().encode('xxAB C \0 \0yy');

describe('printable text', () => {
  it('ends before its padding of zeros and blanks, and keeps the blanks inside', () => {
    expect(printable(bytes, 2, bytes.length - 2)).toBe('AB C');
  });

  it('is empty where there is only padding, and where there is nothing', () => {
    expect(printable(Uint8Array.of(0, 0x20, 0), 0, 3)).toBe('');
    expect(printable(bytes, 3, 3)).toBe('');
  });

  it.each([0x00, 0x1f, 0x7f, 0x80, 0xff])('is none with byte %i inside', (byte) => {
    expect(printable(Uint8Array.of(0x41, byte, 0x41), 0, 3)).toBeNull();
  });
});
