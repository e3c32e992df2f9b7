/** What JSON bodies can be turned into: the same said otherwise, and what no sender should say. */
import type { Json } from '#model/json';

/** Values that stand where nobody expects them, as JSON text: some cannot be held by a value. */
export const NASTY_VALUES: readonly string[] = [
  'null',
  'true',
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '-1',
  '1e308',
  '1e999',
  '-1e999',
  '123456789012345678901234567890',
  '0.1e-400',
  '[]',
  '{}',
  '[[]]',
  '[null,1,"x",{}]',
  '{"value":null}',
  '{"value":{"value":{}},"timestamp":{},"unit":[]}',
  '{"__proto__":{"value":1},"constructor":1,"toString":2,"hasOwnProperty":3}',
  '"__proto__"',
  '"9999-99-99T99:99:99Z"',
  '"+275760-09-13T00:00:00.001Z"',
  `"${'ä'.repeat(5_000)}"`,
  `${'['.repeat(50)}${']'.repeat(50)}`,
];

/** Where a value stands: names and indices from the root. */
export type Place = readonly (string | number)[];

/** Every place of a value, the root first. */
export function placesIn(value: Json, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const members = Array.isArray(value) ? value.entries() : Object.entries(value);
  return [at, ...[...members].flatMap(([name, member]) => placesIn(member, [...at, name]))];
}

/** The text of a body with the value at a place replaced by another text; `null` leaves the member out. */
export function withAt(value: Json, place: Place, text: string | null): string {
  const [name, ...rest] = place;
  if (name === undefined) return text ?? '';
  const isTarget = rest.length === 0;
  const part = (member: Json) => (isTarget ? (text as string) : withAt(member, rest, text));
  const leavesOut = isTarget && text === null;
  if (Array.isArray(value)) {
    const items = value.flatMap((item, index) => (index !== name ? [JSON.stringify(item)] : leavesOut ? [] : [part(item)]));
    return `[${items.join(',')}]`;
  }
  const members = Object.entries(value as Record<string, Json>).flatMap(([key, member]) => {
    if (key !== name) return [`${JSON.stringify(key)}:${JSON.stringify(member)}`];
    return leavesOut ? [] : [`${JSON.stringify(key)}:${part(member)}`];
  });
  return `{${members.join(',')}}`;
}

/** The same body with the names of every object in the opposite order, and other blanks. */
export function turnedAround(value: Json): string {
  if (Array.isArray(value)) return `[ ${value.map(turnedAround).join(' ,\n')} ]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toReversed();
  return `{ ${members.map(([name, member]) => `${JSON.stringify(name)} : ${turnedAround(member)}`).join(' ,\t')} }`;
}
