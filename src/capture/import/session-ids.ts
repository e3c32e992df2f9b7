import { murmur3Ascii } from '#wire/hash';

const hex = (value: number): string => value.toString(16).padStart(8, '0');

/** Makes the id of a session out of what tells it from others in its source: 16 hex digits, the same each time. */
export function sessionIdOf(...parts: readonly (string | number)[]): string {
  const text = parts.join('|');
  return hex(murmur3Ascii(text, 0x0d06_4a9f)) + hex(murmur3Ascii(text, 0x51ed_270b));
}
