/** The bytes behind a payload as JSON says it: text, hex, base64, a list of numbers, or JSON of its own. */
import { fromHex } from '#wire/hex';
import type { Note, Skip } from './reasons.ts';
import type { PayloadForm } from './reader.ts';
import { bytesOfLine } from './line-cutter.ts';
import { fromBase64 } from './plain-lines.ts';

/** What a row says of its payload. */
export interface WrittenPayload {
  value: unknown;
  form: PayloadForm;
  /** How many bytes the message had, where the row says so. */
  length: number | null;
  /** A character of a text stands for one byte. */
  verbatim: boolean;
}

/** The bytes, or why there are none. */
export type Payload = { bytes: Uint8Array; doubt: Note | null; detail: string } | { bytes: null; why: Skip; detail: string };

const taken = (bytes: Uint8Array, doubt: Note | null = null, detail = ''): Payload => ({ bytes, doubt, detail });
const refused = (why: Skip, detail: string): Payload => ({ bytes: null, why, detail });

export function readPayload({ value, form, length, verbatim }: WrittenPayload): Payload {
  if (value === undefined) return refused('not-understood', 'no payload');
  if (typeof value !== 'string') return readJson(value, length);
  if (form === 'hex') return readDigits(value, fromHex(value), length);
  if (form === 'base64') return readDigits(value, fromBase64(value), length);
  const text = textBytes(value, verbatim);
  if (form === 'text') return text.length === (length ?? text.length) ? taken(text) : lost(text.length, length);
  return length === null ? guess(value, text) : guessByLength(value, text, length);
}

function readDigits(value: string, bytes: Uint8Array | null, length: number | null): Payload {
  if (bytes === null) return refused('not-understood', value);
  return length === null || bytes.length === length ? taken(bytes) : lost(bytes.length, length);
}

const lost = (are: number, were: number | null): Payload =>
  refused('payload-lost', `${are} bytes of ${were}: mosquitto_sub needs -F with %x for binary payloads`);

/** Text as UTF-8, or, where it was read byte by byte, as those bytes. */
function textBytes(text: string, verbatim: boolean): Uint8Array {
  return verbatim && !/[^\0-\xff]/.test(text) ? bytesOfLine(text) : new TextEncoder().encode(text);
}

/** Whoever says how long the message was tells which way of reading is right. */
function guessByLength(value: string, text: Uint8Array, length: number): Payload {
  if (text.length === length) return taken(text);
  const hex = fromHex(value);
  if (hex?.length === length) return taken(hex);
  const base64 = fromBase64(value);
  if (base64?.length === length) return taken(base64);
  // %J prints a payload that is a JSON string as that string.
  const quoted = new TextEncoder().encode(JSON.stringify(value));
  return quoted.length === length ? taken(quoted, 'rewritten') : lost(text.length, length);
}

/** Shorter runs of digits are as likely a number written as text. */
const LOOKS_LIKE_HEX = /^(?:[0-9a-fA-F]{2}){4,}$/;
const LOOKS_LIKE_BASE64 =
  /^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9+/])(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function guess(value: string, text: Uint8Array): Payload {
  const hex = LOOKS_LIKE_HEX.test(value) ? fromHex(value) : null;
  if (hex !== null) return taken(hex);
  const base64 = LOOKS_LIKE_BASE64.test(value) ? fromBase64(value) : null;
  return base64 === null ? taken(text) : taken(base64, 'taken-as-base64', value);
}

/** JSON within JSON: a list of bytes, a Buffer as Node writes it, or a payload that is JSON itself. */
function readJson(value: unknown, length: number | null): Payload {
  const list = bytesOfList(value) ?? bytesOfList((value as { data?: unknown } | null)?.data);
  if (list !== null && (length === null || list.length === length)) return taken(list);
  const text = stringified(value);
  if (text === null) return refused('not-understood', 'a payload nested too deeply');
  const bytes = new TextEncoder().encode(text);
  return taken(bytes, 'rewritten', length === null || length === bytes.length ? '' : `${bytes.length} bytes of ${length}`);
}

function isByte(one: unknown): one is number {
  return typeof one === 'number' && Number.isInteger(one) && one >= 0 && one <= 0xff;
}

function bytesOfList(value: unknown): Uint8Array | null {
  if (!Array.isArray(value)) return null;
  const list: readonly unknown[] = value;
  return list.every(isByte) ? Uint8Array.from(list) : null;
}

/** Parsing takes any depth, writing does not. */
function stringified(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}
