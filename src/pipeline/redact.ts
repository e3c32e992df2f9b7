/** Takes vehicles out of what clouds push: a body may speak of several, and only what is said of some must go. */
import type { Json } from '#model/json';
import { identKey } from '#model/tracker';

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();
const anyBytes = new TextDecoder('latin1');

/**
 * Gives a JSON body without the items of its lists that name one of these vehicles; `null` where that cannot be done: it is no JSON,
 * or the vehicle is named outside of any list. Idents are given as `identKey` has them. Nothing of the result names them any more.
 */
export function withoutVehicles(body: Uint8Array, keys: ReadonlySet<string>): Uint8Array | null {
  let parsed: Json;
  try {
    parsed = JSON.parse(decoder.decode(body)) as Json;
  } catch {
    return null;
  }
  if (namesOutsideLists(parsed, keys)) return null;
  const text = JSON.stringify(pruned(parsed, keys));
  const folded = identKey(text);
  for (const key of keys) if (folded.includes(key)) return null;
  return encoder.encode(text);
}

/** A vehicle that a list's item names is named by that item alone. */
function namesOutsideLists(value: Json, keys: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return keys.has(identKey(value));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.entries(value).some(([name, member]) => keys.has(identKey(name)) || namesOutsideLists(member, keys));
}

function pruned(value: Json, keys: ReadonlySet<string>): Json {
  if (Array.isArray(value)) {
    return value.filter((item) => !namesOutsideLists(item, keys)).map((item) => pruned(item, keys));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, pruned(member, keys)]));
}

/** Words of a body that may be idents: of letters and digits, as VIN, IMEI and frame numbers are. */
const WORD = /[0-9A-Za-z]{8,32}/g;

/** Gives the words of bytes that may name a device, each once, as `identKey` has them. */
export function wordsOf(bytes: Uint8Array): ReadonlySet<string> {
  const words = new Set<string>();
  for (const [word] of anyBytes.decode(bytes).matchAll(WORD)) words.add(identKey(word));
  return words;
}
