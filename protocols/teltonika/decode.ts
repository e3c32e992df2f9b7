/**
 * Decodes the AVL records of Codec 8, 8 Extended and 16.
 *
 * Source: Teltonika, "Codec" (wiki.teltonika-gps.com/view/Codec). Big-endian. The wire, per record:
 *
 *     time u64 ms · priority u8 · lon i32 · lat i32 · altitude i16 · angle u16 · satellites u8 · speed u16
 *     event id · [generation u8] · total · n1 (id value1)* · n2 (id value2)* · n4 (id value4)* · n8 (id value8)* · [nX (id length value)*]
 *
 * This is the hot path of the gateway: integers are read by shifts where they lie, keys come interned from the tables, records with the
 * same keys share one list of them, and nothing is allocated for an element. The total is not used: the counts of the groups say the
 * same and lead the way.
 */
import type { Decoded } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { addState, type Message } from '#model/message';
import { toHex } from '#wire/hex';
import { KeyLists } from '#wire/key-lists';
import { printable } from '#wire/text';
import { nameElement, nameGroup, nameHead, notesOf } from './explain.ts';
import type { Family } from './families.ts';
import { readHead } from './head.ts';
import { u16, u32 } from './integers.ts';
import { ASCII, FLAGS, FLAGS8, GEOFENCE, HDOP, HEX, IO_LIMIT, NUMBER, PART, rawKey, type IoEntry } from './io-table.ts';
import { isWorthKnowing, layoutAt, learn, NOT_KNOWN, readKnown } from './known-layouts.ts';
import { addJoined, forgetParts, keepPart } from './parts.ts';
import { addRecordEvent, NOT_IN_RECORD } from './record-event.ts';
import { HEAD_BYTES, type RecordShape } from './records.ts';
import { readSixteen } from './sixteen.ts';

const PANIC = 2;

/**
 * Decodes `count` records from `from` into `decoded.messages`. Gives the offset after the last one, or -1 where a record does
 * not end by `end`; the records before it are kept. Faults: `decode_truncated`, and `decode_range` for an impossible place or time.
 */
export function decodeRecords(
  bytes: Uint8Array,
  from: number,
  end: number,
  count: number,
  shape: RecordShape,
  family: Family,
  decoded: Decoded,
  trace: Trace | null,
): number {
  let at = from;
  for (let i = 0; i < count; i++) {
    const record = trace?.open(`record ${i + 1} of ${count}`, at);
    at = decodeRecord(bytes, at, end, shape, family, decoded, trace);
    if (at >= 0) trace?.close(record, at);
    else {
      decoded.faults.push(fault('decode_truncated', from, `record ${i + 1} of ${count} does not end inside the frame`));
      return -1;
    }
  }
  return at;
}

function decodeRecord(
  bytes: Uint8Array,
  from: number,
  end: number,
  shape: RecordShape,
  family: Family,
  decoded: Decoded,
  trace: Trace | null,
): number {
  if (from + shape.minBytes > end) return -1;
  const message = readHead(bytes, from, decoded);
  const { idBytes } = shape;
  const eventId = idBytes === 1 ? (bytes[from + HEAD_BYTES] as number) : u16(bytes, from + HEAD_BYTES);
  const groups = from + HEAD_BYTES + idBytes + (shape.hasGeneration ? 1 : 0) + shape.countBytes;
  const event = trace === null ? undefined : nameHead(trace, bytes, from, shape, message, eventId);
  eventValue = NOT_IN_RECORD;
  stated = 0;
  if (family.joins.length > 0) forgetParts();
  let at = groups;
  // Asked once a record: the readers of groups know nothing of traces (`bench/explain.ts`).
  if (trace !== null) at = readTraced(bytes, at, end, shape, family, message, eventId, trace);
  else {
    at = readGroups(bytes, at, end, shape, family, message, eventId);
    if (at >= 0 && shape.hasSixteen) at = readSixteen(bytes, at, end, message, null);
    if (at >= 0 && shape.hasVariable) at = readVariable(bytes, at, end, family, message, null);
  }
  if (at < 0) return -1;
  if (family.joins.length > 0) addJoined(bytes, family.joins, message, trace);
  addRecordEvent(message, family, eventId, eventValue, (bytes[from + 8] as number) === PANIC);
  trace?.conclude(event);
  if (message.signalKeys.length !== message.signalValues.length) message.signalKeys = keysOf(message);
  message.identityEnd = at;
  decoded.messages.push(message);
  return at;
}

/** Bits of the shared keys that the record has stated so far. */
let stated = 0;

/** Marks a key as stated; false where it was before. A key that nobody shares has no bit, and is always new. */
function isNew(sharedBit: number): boolean {
  const before = stated;
  stated |= sharedBit;
  return (before & sharedBit) === 0;
}

/** Value of the element the event id names, set while its record is read: a field that would otherwise cost an allocation. */
let eventValue = NOT_IN_RECORD;

/** Keys of the record that is read, as far as it has values: those behind are of others before it. */
const keys: string[] = [];
const lists = new KeyLists((list) => ({ keys: list }));

/** The keys of the record that was read: a list that all with the same have, where such are likely. */
function keysOf({ signalValues: { length } }: Message): string[] {
  const list = lists.of(keys, length);
  // The model lets a message that is being decoded grow. This one does not any more.
  return list === null ? keys.slice(0, length) : (list.keys as string[]);
}

/** The groups of one to eight bytes, those of numbers by their layout where it is known. Gives the offset after the last, or -1. */
function readGroups(
  bytes: Uint8Array,
  from: number,
  end: number,
  shape: RecordShape,
  family: Family,
  message: Message,
  eventId: number,
): number {
  // Which element an event is of, a layout does not say.
  const layout = eventId === 0 ? layoutAt(bytes, from, shape, family) : null;
  let at = layout === null ? NOT_KNOWN : readKnown(bytes, from, end, layout, message);
  if (layout !== null && at !== NOT_KNOWN) {
    stated = layout.stated;
    if (shape.countBytes === 1 ? bytes[at] === 0 : u16(bytes, at) === 0) {
      message.signalKeys = layout.keys as string[];
      return at + shape.countBytes;
    }
    for (let i = 0; i < layout.keys.length; i++) keys[i] = layout.keys[i] as string;
    return readGroup(bytes, at, end, shape, 8, family, message, eventId);
  }
  at = readGroup(bytes, from, end, shape, 1, family, message, eventId);
  if (at >= 0) at = readGroup(bytes, at, end, shape, 2, family, message, eventId);
  if (at >= 0) at = readGroup(bytes, at, end, shape, 4, family, message, eventId);
  if (at >= 0 && eventId === 0 && isWorthKnowing(bytes, from, shape)) {
    const list = lists.of(keys, message.signalValues.length);
    if (list !== null) learn(bytes, from, shape, family, list.keys);
  }
  return at < 0 ? at : readGroup(bytes, at, end, shape, 8, family, message, eventId);
}

function readGroup(
  bytes: Uint8Array,
  from: number,
  end: number,
  shape: RecordShape,
  width: 1 | 2 | 4 | 8,
  family: Family,
  message: Message,
  eventId: number,
): number {
  const { idBytes, countBytes } = shape;
  const at = from + countBytes;
  if (at > end) return -1;
  const count = countBytes === 1 ? (bytes[from] as number) : u16(bytes, from);
  const next = at + count * (idBytes + width);
  if (next > end) return -1;
  if (width === 8) readEights(bytes, at, next, idBytes, family, message);
  else readNumbers(bytes, at, next, idBytes, width, family, message, eventId);
  return next;
}

const WIDTHS = [1, 2, 4, 8] as const;

/** The same groups by the same readers, but an element at a time: so the trace learns what each makes the message state. */
function readTraced(
  bytes: Uint8Array,
  from: number,
  end: number,
  shape: RecordShape,
  family: Family,
  message: Message,
  eventId: number,
  trace: Trace,
): number {
  const { idBytes, countBytes } = shape;
  let at = from;
  for (const width of WIDTHS) {
    const first = at + countBytes;
    if (first > end) return -1;
    const count = countBytes === 1 ? (bytes[at] as number) : u16(bytes, at);
    const group = nameGroup(trace, at, countBytes, width, count, family.source);
    at = first + count * (idBytes + width);
    if (at > end) return -1;
    readOneByOne(bytes, first, at, idBytes, width, family, message, eventId, trace);
    trace.close(group, at);
  }
  if (shape.hasSixteen) at = readSixteen(bytes, at, end, message, trace);
  return at >= 0 && shape.hasVariable ? readVariable(bytes, at, end, family, message, trace) : at;
}

function readOneByOne(
  bytes: Uint8Array,
  from: number,
  next: number,
  idBytes: 1 | 2,
  width: 1 | 2 | 4 | 8,
  family: Family,
  message: Message,
  eventId: number,
  trace: Trace,
): void {
  for (let at = from; at < next;) {
    const value = at + idBytes;
    const end = value + width;
    const id = idBytes === 1 ? (bytes[at] as number) : u16(bytes, at);
    const raw =
      width === 8 ? null : width === 1 ? (bytes[value] as number) : width === 2 ? u16(bytes, value) : u32(bytes, value);
    const element = trace.open(`element ${id}`, at);
    trace.field('id', at, value, { raw: id });
    if (width === 8) readEights(bytes, at, end, idBytes, family, message);
    else readNumbers(bytes, at, end, idBytes, width, family, message, eventId);
    message.signalKeys = keys.slice(0, message.signalValues.length);
    trace.field('value', value, end, notesOf(family, id, width, raw, message));
    trace.close(element, end);
    at = end;
  }
}

function readNumbers(
  bytes: Uint8Array,
  from: number,
  next: number,
  idBytes: 1 | 2,
  width: 1 | 2 | 4,
  family: Family,
  message: Message,
  eventId: number,
): void {
  const { table } = family;
  const { signalValues } = message;
  for (let at = from; at < next; at += width) {
    const id = idBytes === 1 ? (bytes[at] as number) : u16(bytes, at);
    at += idBytes;
    const raw = width === 1 ? (bytes[at] as number) : width === 2 ? u16(bytes, at) : u32(bytes, at);
    if (id === eventId) eventValue = raw;
    const entry = id < IO_LIMIT ? (table[id] as IoEntry | null) : null;
    // Setting the next index, not `push`: it grows the arrays at half the cost (`bench/teltonika.ts`: 385 ns a record with it, 300 without).
    const slot = signalValues.length;
    if (entry === null || (entry.widths & width) === 0) {
      keys[slot] = rawKey(id);
      signalValues[slot] = raw;
    } else if (entry.kind === NUMBER) {
      const value = entry.isSigned ? (raw << entry.signShift) >> entry.signShift : raw;
      // Codes of a sensor, and what the vendor's range rules out, are no readings.
      const isReading = !entry.isBounded || (value >= entry.lowest && value <= entry.highest);
      const isStated = isReading && (stated & entry.sharedBit) === 0;
      if (isStated) stated |= entry.sharedBit;
      keys[slot] = isStated ? entry.key : rawKey(id);
      signalValues[slot] = isStated ? (entry.isScaled ? (value * entry.multiply) / entry.divide : value) : raw;
    } else if (entry.kind === PART) {
      keepPart(entry.zone, id, at, width);
    } else {
      addSpecial(message, id, raw, entry, id === eventId);
    }
  }
}

function addNumber({ signalValues }: Message, key: string, value: number): void {
  keys[signalValues.length] = key;
  signalValues.push(value);
}

function addRaw(message: Message, id: number, raw: number): void {
  addNumber(message, rawKey(id), raw);
}

function addSpecial(message: Message, id: number, raw: number, entry: IoEntry, isEvent: boolean): void {
  if (entry.kind === FLAGS) {
    addFlags(message, id, raw, entry);
  } else if (entry.kind === HDOP && message.fix !== null) {
    message.fix.hdop = raw / 10;
  } else if (entry.kind === GEOFENCE && isEvent && raw <= 1) {
    addNumber(message, 'position.geofence.index', entry.zone);
    addNumber(message, 'position.geofence.entered', raw);
  } else {
    addRaw(message, id, raw);
  }
}

/** Bits without a name keep the whole number beside those that have one. */
function addFlags(message: Message, id: number, raw: number, entry: IoEntry): void {
  let named = 0;
  for (let i = 0; i < entry.masks.length; i++) {
    const mask = entry.masks[i] as number;
    if (!isNew(entry.maskSharedBits[i] as number)) continue;
    named |= mask;
    addNumber(message, entry.maskKeys[i] as string, (raw & mask) === 0 ? 0 : 1);
  }
  if ((raw & ~named) !== 0) addRaw(message, id, raw);
}

function readEights(bytes: Uint8Array, from: number, next: number, idBytes: 1 | 2, family: Family, message: Message): void {
  for (let at = from; at < next; at += 8) {
    const id = idBytes === 1 ? (bytes[at] as number) : u16(bytes, at);
    at += idBytes;
    readEight(bytes, at, id, family, message);
  }
}

/** Eight bytes: an identifier, bits, or a number as long as a number can hold it. */
function readEight(bytes: Uint8Array, at: number, id: number, family: Family, message: Message): void {
  const entry = id < IO_LIMIT ? (family.table[id] as IoEntry | null) : null;
  const high = u32(bytes, at);
  const low = u32(bytes, at + 4);
  if (entry !== null && entry.widths === 8) {
    if (entry.kind === HEX && (high !== 0 || low !== 0)) {
      addState(message, entry.key, toHex(bytes.subarray(at, at + 8)));
      return;
    }
    if (entry.kind === PART) {
      keepPart(entry.zone, id, at, 8);
      return;
    }
    if (entry.kind === FLAGS8) addFlags8(message, bytes, at, entry);
  }
  if (high < 0x20_0000) addRaw(message, id, high * 0x1_0000_0000 + low);
  else addState(message, rawKey(id), toHex(bytes.subarray(at, at + 8)));
}

function addFlags8(message: Message, bytes: Uint8Array, at: number, entry: IoEntry): void {
  for (let i = 0; i < entry.masks.length; i++) {
    const byte = bytes[at + 7 - (entry.maskBytes[i] as number)] as number;
    if (!isNew(entry.maskSharedBits[i] as number)) continue;
    addNumber(message, entry.maskKeys[i] as string, (byte & (entry.masks[i] as number)) === 0 ? 0 : 1);
  }
}

function readVariable(
  bytes: Uint8Array,
  from: number,
  end: number,
  family: Family,
  message: Message,
  trace: Trace | null,
): number {
  let at = from + 2;
  if (at > end) return -1;
  const count = u16(bytes, from);
  const group = trace === null ? undefined : nameGroup(trace, from, 2, 'n', count, family.source);
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) return -1;
    const id = u16(bytes, at);
    const value = at + 4;
    at = value + u16(bytes, at + 2);
    if (at > end) return -1;
    const entry = id < IO_LIMIT ? (family.table[id] as IoEntry | null) : null;
    const text = entry !== null && entry.kind === ASCII && entry.widths === 0 ? printable(bytes, value, at) : null;
    // An empty text is kept too, but not as the vehicle's: it says that there is none to tell.
    if (entry === null || text === null || text === '' || !isNew(entry.sharedBit))
      addState(message, rawKey(id), toHex(bytes.subarray(value, at)));
    else addState(message, entry.key, text);
    if (trace !== null) nameElement(trace, id, value - 4, value - 2, value, at, notesOf(family, id, 0, null, message));
  }
  trace?.close(group, at);
  return at;
}
