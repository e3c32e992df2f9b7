/**
 * JSON as clouds send it (RFC 8259), read without trust: what is no JSON is a fault and never an exception, names such as
 * `__proto__` are names like others, and of a name that stands twice in an object the last one counts.
 */
import { fault, type Fault } from '#errors/fault';
import type { Json, JsonObject } from '#model/json';

/** Deepest nesting that is read. Real bodies have a dozen levels; a thousand are an attack on whoever walks them. */
const DEEPEST = 64;

const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a whole body. */
export function readJson(bytes: Uint8Array): { value: Json; fault: null } | { value: null; fault: Fault } {
  let text: string | null = null;
  try {
    text = utf8.decode(bytes);
  } catch {
    // Said below, unless there is worse to say.
  }
  const deep = text === null || mayBeDeep(text) ? tooDeepAt(bytes) : null;
  if (deep !== null) return refused(deep, `more than ${DEEPEST} levels are nested`);
  if (text === null) return refused(null, '$: the bytes are no UTF-8');
  try {
    return { value: JSON.parse(text) as Json, fault: null };
  } catch (error) {
    // The message of the engine shows a piece of the body, which is not for the log.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    return refused(position === undefined ? null : Number(position), '$: this is no JSON text');
  }
}

function refused(offset: number | null, detail: string): { value: null; fault: Fault } {
  return { value: null, fault: fault('decode_malformed', offset, detail) };
}

/** Tells whether more objects and lists begin than may be nested: mostly it is a handful, and nobody has to look at every byte. */
function mayBeDeep(text: string): boolean {
  let begun = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) if (++begun > DEEPEST) return true;
  }
  return false;
}

/** Where the nesting passes what is read, `null` where it never does. Brackets inside of texts do not nest. */
function tooDeepAt(bytes: Uint8Array): number | null {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (++depth > DEEPEST) return at;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
  }
  return null;
}

/** Tells whether a value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Gives a member of an object, where a name may be one that every object inherits; `undefined` where the value is no object or has none of this
 * name itself.
 */
export function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Gives the first member that is there, of names under which different versions state the same. */
export function firstOf(value: Json | undefined, ...names: readonly string[]): Json | undefined {
  for (const name of names) {
    const found = memberOf(value, name);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

/** Gives a list: the items of an array, nothing where there is none. */
export function itemsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Gives a text that says something; numbers count as their digits. `null` for anything else. */
export function textOf(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' ? null : text;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Gives a finite number, also one that is written as a text; `null` for anything else. */
export function numberOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (!NUMBER.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Writes a path: `$.events[3]` and `vin` give `$.events[3].vin`. Names that are no plain words are quoted. */
export function pathTo(parent: string, name: string | number): string {
  if (typeof name === 'number') return `${parent}[${name}]`;
  return isPlain(name) ? `${parent}.${name}` : `${parent}[${JSON.stringify(name.slice(0, 80))}]`;
}

/** Longer ones are not kept. */
const PLAIN_NAME_MOST = 80;
const PLAIN_KEPT = 4_096;
/** Names that were found to be plain: the same ones come with every body. */
const plainNames = new Set<string>();

function isPlain(name: string): boolean {
  if (plainNames.has(name)) return true;
  if (!/^[A-Za-z_$][\w$-]*$/.test(name)) return false;
  if (plainNames.size >= PLAIN_KEPT) plainNames.clear();
  if (name.length <= PLAIN_NAME_MOST) plainNames.add(name);
  return true;
}
