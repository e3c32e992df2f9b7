/** What messages hold, as plain JSON for people and for comparing. */

/** Values by their keys, in the order in which they were stated; a key that was stated twice has an array. */
export function keyedValues(keys: readonly string[], values: readonly (number | string)[]): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const [index, key] of keys.entries()) {
    const value = plain(values[index]);
    const before = map[key];
    if (before === undefined) map[key] = value;
    else map[key] = Array.isArray(before) ? [...(before as unknown[]), value] : [before, value];
  }
  return map;
}

/** JSON has no NaN, no infinity and no `undefined`: they are written as text, where a reader sees them. */
function plain(value: unknown): unknown {
  return value === undefined || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value;
}

/** A time as ISO 8601, `null` where there is none; one that no calendar has, as its number. */
export function isoOrNull(time: number | null): string | null {
  if (time === null) return null;
  return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : `${time} ms`;
}
