/** One form for JSON values that say the same: names in order, no blanks, numbers as JavaScript writes them. */
import { murmur3 } from '#wire/hash';
import type { Json } from '#model/json';
import { isObject } from './json.ts';

/** Writes a value so that equal values have equal texts, whatever the order of their names was. */
export function canonical(value: Json): string {
  // What holds nothing whose order matters is written as it is, by the engine alone.
  if (Array.isArray(value)) return value.some(isNested) ? `[${value.map(canonical).join(',')}]` : JSON.stringify(value);
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function isNested(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

/** The same as bytes. */
export function canonicalBytes(value: Json): Uint8Array {
  return new TextEncoder().encode(canonical(value));
}

/** Gives a name made of the content: 16 hex digits, equal for equal values. */
export function contentKey(value: Json): string {
  const bytes = canonicalBytes(value);
  return [0x2f0b_4c47, 0x6d1d_36ab].map((seed) => murmur3(bytes, seed).toString(16).padStart(8, '0')).join('');
}
