/**
 * Rows of fields: how the bytes of a module become signals and states. A module whose fields are simple is a list of these,
 * and its size is their sum.
 */
import type { MessagePart, Notes, Trace } from '#protocols/explain/trace';
import { addSignal, addState, type Message } from '#model/message';
import type { SignalKey } from '#model/signals';
import { toHex } from '#wire/hex';
import { printable } from '#wire/text';
import { i32, isFilledWith, u16, u24, u24le, u32 } from './read.ts';

/** A key of the catalogue, or one of our own for what the catalogue has no place for. */
export type Key = SignalKey | `astra-telematics.${string}`;

export type NumberType = 'u8' | 'i8' | 'u16' | 'i16' | 'u24' | 'u24le' | 'u32' | 'i32';

interface NumberField {
  readonly kind: 'number';
  readonly type: NumberType;
  readonly bytes: number;
  readonly key: Key;
  /** The value is `(raw + add) * multiply / divide`. */
  readonly add: number;
  readonly multiply: number;
  readonly divide: number;
  /** Raw value that says "not available". */
  readonly absent: number | null;
}

interface BytesField {
  readonly kind: 'text' | 'hex';
  readonly bytes: number;
  readonly key: Key;
}

interface ReservedField {
  readonly kind: 'reserved';
  readonly bytes: number;
  /** What the bytes are where somebody else reads them. */
  readonly read: { readonly name: string; readonly part: MessagePart } | null;
}

export type Field = NumberField | BytesField | ReservedField;

const SIZES: Record<NumberType, number> = { u8: 1, i8: 1, u16: 2, i16: 2, u24: 3, u24le: 3, u32: 4, i32: 4 };

/** How a raw number becomes a value: `(raw + add) * multiply / divide`; what is left out changes nothing. */
export interface Scale {
  readonly add?: number;
  readonly multiply?: number;
  readonly divide?: number;
}

/** A number. */
export function num(type: NumberType, key: Key, { add = 0, multiply = 1, divide = 1 }: Scale = {}): Field {
  return { kind: 'number', type, bytes: SIZES[type], key, add, multiply, divide, absent: null };
}

/** An unsigned number that is passed on from a vehicle bus, where all bits set mean "not available" (SAE J1939-71, 5.1.4). */
export function bus(type: 'u8' | 'u16' | 'u24' | 'u32', key: Key, scale: Scale = {}): Field {
  return { ...(num(type, key, scale) as NumberField), absent: 2 ** (8 * SIZES[type]) - 1 };
}

/** ASCII text, padded with zeros or blanks; nothing where it is empty, hex where it is not printable. */
export function text(bytes: number, key: Key): Field {
  return { kind: 'text', bytes, key };
}

/** Bytes whose meaning is not published, kept as hex digits; nothing where all are zero. */
export function hex(bytes: number, key: Key): Field {
  return { kind: 'hex', bytes, key };
}

/** Bytes without meaning, or such as the decoder of the module reads itself. */
export function reserved(bytes: number, read: ReservedField['read'] = null): Field {
  return { kind: 'reserved', bytes, read };
}

/** Bytes that the fields take. */
export function sizeOf(fields: readonly Field[]): number {
  return fields.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes up to the last field that means something: a length-prefixed module may leave reserved ones out. */
export function meaningfulSizeOf(fields: readonly Field[]): number {
  const last = fields.findLastIndex(({ kind }) => kind !== 'reserved');
  return sizeOf(fields.slice(0, last + 1));
}

function readNumber(type: NumberType, bytes: Uint8Array, at: number): number {
  switch (type) {
    case 'u8':
      return bytes[at] as number;
    case 'i8':
      return ((bytes[at] as number) << 24) >> 24;
    case 'u16':
      return u16(bytes, at);
    case 'i16':
      return (u16(bytes, at) << 16) >> 16;
    case 'u24':
      return u24(bytes, at);
    case 'u24le':
      return u24le(bytes, at);
    case 'u32':
      return u32(bytes, at);
    case 'i32':
      break;
  }
  return i32(bytes, at);
}

/**
 * Adds what the fields say to the message. Fields that do not end by `end` are left out. Gives the offset after the last one
 * that was read.
 */
export function addFields(
  fields: readonly Field[],
  message: Message,
  bytes: Uint8Array,
  from: number,
  end: number,
  trace: Trace | null,
): number {
  let at = from;
  for (const field of fields) {
    const next = at + field.bytes;
    if (next > end) return at;
    addField(field, message, bytes, at);
    trace?.field(nameOf(field), at, next, notesOf(field, bytes, at));
    at = next;
  }
  return at;
}

function addField(field: Field, message: Message, bytes: Uint8Array, at: number): void {
  if (field.kind === 'number') {
    const raw = readNumber(field.type, bytes, at);
    if (raw !== field.absent)
      addSignal(message, newKey(message.signalKeys, field.key), ((raw + field.add) * field.multiply) / field.divide);
    return;
  }
  if (field.kind === 'reserved') return;
  const end = at + field.bytes;
  if (isFilledWith(bytes, at, end, 0)) return;
  const said = field.kind === 'text' ? printable(bytes, at, end) : null;
  if (said !== '') addState(message, newKey(message.stateKeys, field.key), said ?? toHex(bytes.subarray(at, end)));
}

/** What a field is called: its key in words. */
function nameOf(field: Field): string {
  return field.kind === 'reserved'
    ? (field.read?.name ?? 'reserved')
    : field.key.replace('astra-telematics.', '').replaceAll(/[._]/g, ' ');
}

function notesOf(field: Field, bytes: Uint8Array, at: number): Notes {
  if (field.kind === 'reserved') return field.read === null ? {} : { part: field.read.part };
  if (field.kind !== 'number') return field.kind === 'hex' ? { meaning: 'Not published: kept as it is' } : {};
  const raw = readNumber(field.type, bytes, at);
  return { raw, meaning: raw === field.absent ? 'All bits set: not available' : null };
}

/** The key, or where another module of the report has stated it already, one of our own: of two values neither is lost. */
function newKey(stated: readonly string[], key: Key): string {
  let free: string = key;
  for (let count = 2; isStated(stated, free); count++) free = `astra-telematics.again${count}.${key}`;
  return free;
}

/** As `includes`, but for keys alone, most of which are the same string: a fifth of its time (`npm run bench -- codec/astra`). */
function isStated(stated: readonly string[], key: string): boolean {
  for (let i = 0; i < stated.length; i++) if (stated[i] === key) return true;
  return false;
}
