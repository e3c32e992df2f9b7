/** What `object_id` may hold: any JSON within bounds, its well-known keys as text. */
import type { Json, JsonObject } from '#model/json';

/** Keys with a meaning of their own. */
const METADATA_KEYS = ['license_plate', 'make', 'model', 'version', 'vin', 'serial_number'] as const;

/** Longest text accepted in a registration, but for free metadata, characters. */
export const MAX_TEXT = 128;
const MAX_KEYS = 64;
const MAX_DEPTH = 5;
const MAX_BYTES = 16_384;

/** Says in words what is wrong with the metadata; nothing where it is right. */
export function metadataProblems(objectId: JsonObject): string[] {
  // First, because what is nested without end can be neither written nor walked through.
  if (isDeeper(objectId, MAX_DEPTH)) return [`object_id is nested at most ${MAX_DEPTH} deep`];
  const size = new TextEncoder().encode(JSON.stringify(objectId)).length;
  if (size > MAX_BYTES) return [`object_id has at most ${MAX_BYTES} bytes as JSON, this has ${size}`];
  const problems: string[] = [];
  const keys = Object.keys(objectId);
  if (keys.length > MAX_KEYS) problems.push(`object_id has at most ${MAX_KEYS} keys, this has ${keys.length}`);
  for (const key of keys) {
    if (key === '' || !isPrintable(key)) {
      problems.push(`the name of object_id "${key.slice(0, 20)}" has 1 to ${MAX_TEXT} printable characters`);
    }
  }
  for (const key of METADATA_KEYS) {
    const value = objectId[key];
    if (value === undefined) continue;
    if (typeof value !== 'string') problems.push(`object_id.${key} is a text`);
    else if (!isPrintable(value)) problems.push(`object_id.${key} has at most ${MAX_TEXT} printable characters`);
  }
  return problems;
}

function isDeeper(value: Json, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((each) => isDeeper(each, most - 1));
}

/** Tells whether a text is of a bearable length, can be seen, and can be stored: half a surrogate pair cannot. */
export function isPrintable(text: string): boolean {
  return text.length <= MAX_TEXT && text.isWellFormed() && !/\p{Cc}/u.test(text);
}
