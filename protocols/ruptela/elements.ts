/** Turns the elements of a record into signals, states and events. */
import type { Notes, Trace, Traced } from '#protocols/explain/trace';
import { addSignal, addState, type Message } from '#model/message';
import { readBytes, readU16, readU32, readU8, type Cursor } from '#wire/cursor';
import { toHex } from '#wire/hex';
import { interned } from '#wire/intern';
import { eventOf } from './events.ts';
import { IBUTTON_ID, IGNITION_IDS, IO_BY_ID, ONE_WIRE_IDS, SENSOR_WITHOUT_SUPPLY, TEXTS, type IoRow } from './io-table.ts';
import type { RecordHeader, RecordShape } from './records.ts';

export interface NumberElement {
  id: number;
  width: 1 | 2 | 4;
  raw: number;
}

/** The elements of a record, and of the pieces that belong to it. */
export interface Elements {
  /** In the order of the wire. */
  numbers: NumberElement[];
  texts: Map<number, Uint8Array>;
  /** Where they stand, for a trace. */
  named: NamedElements | null;
}

interface NamedElements {
  /** The values of `numbers`, in their order. */
  numbers: Traced[];
  /** The values of `texts`, the last of each id. */
  texts: Map<number, Traced>;
}

export function noElements(trace: Trace | null): Elements {
  return { numbers: [], texts: new Map(), named: trace && { numbers: [], texts: new Map() } };
}

/** Adds the elements of the next piece of a record. */
export function joinElements(elements: Elements, next: Elements): void {
  elements.numbers.push(...next.numbers);
  for (const [id, bytes] of next.texts) elements.texts.set(id, bytes);
  elements.named?.numbers.push(...(next.named?.numbers ?? []));
  for (const [id, field] of next.named?.texts ?? []) elements.named?.texts.set(id, field);
}

// count u8 · (id · value)[count], for widths 1, 2, 4 and 8
/** Reads the groups of a record into `elements`. */
export function readElements(cursor: Cursor, { idBytes }: RecordShape, elements: Elements, trace: Trace | null): void {
  for (const width of [1, 2, 4, 8] as const) {
    const group = trace?.open(`elements of ${width}`, cursor.offset);
    const count = readU8(cursor);
    trace?.field('count', cursor.offset - 1, cursor.offset, { raw: count, value: count, meaning: 'Elements of this width' });
    for (let left = count; left > 0; left--) {
      const from = cursor.offset;
      const id = idBytes === 1 ? readU8(cursor) : readU16(cursor);
      if (width === 8) elements.texts.set(id, readBytes(cursor, 8));
      else elements.numbers.push({ id, width, raw: readNumber(cursor, width) });
      if (trace !== null) nameElement(trace, elements, id, from, cursor.offset - width, cursor.offset);
    }
    trace?.close(group, cursor.offset);
  }
}

function nameElement(trace: Trace, elements: Elements, id: number, from: number, at: number, end: number): void {
  const element = trace.open(`element ${id}`, from, { section: 'io elements (model-garage)' });
  trace.field('id', from, at, { raw: id });
  const number = end - at === 8 ? undefined : elements.numbers.at(-1);
  const field = trace.field('value', at, end, number === undefined ? {} : notesOf(number));
  if (number === undefined) elements.named?.texts.set(id, field);
  else elements.named?.numbers.push(field);
  trace.close(element, end);
}

function notesOf(element: NumberElement): Notes {
  const row = IO_BY_ID.get(element.id);
  return { raw: element.raw, meaning: whyRaw(row, element) };
}

/** Why an element stays under its number; `null` where its row takes it. */
function whyRaw(row: IoRow | undefined, element: NumberElement): string | null {
  if (row === undefined) return 'Kept raw: the table has no such element';
  if (row.width !== element.width) return `Kept raw: the list gives it ${row.width} bytes`;
  if (valueOf(row, element) === null) return `Kept raw: a reading is from ${row.lowest} to ${row.highest}`;
  return null;
}

function readNumber(cursor: Cursor, width: 1 | 2 | 4): number {
  if (width === 1) return readU8(cursor);
  return width === 2 ? readU16(cursor) : readU32(cursor);
}

/** States the elements in the message. A quantity that is said twice is stated once; the second stays under its number. */
export function stateElements(message: Message, elements: Elements, trace: Trace | null): void {
  const { named } = elements;
  const ignition = ignitionOf(elements);
  let index = 0;
  for (const element of elements.numbers) {
    const { id, raw } = element;
    const row = IO_BY_ID.get(id);
    const value = row === undefined ? null : valueOf(row, element);
    if (element === ignition) addSignal(message, 'ignition.state.on', raw);
    if (row !== undefined && value !== null && !isStated(message.signalKeys, row.key)) addSignal(message, row.key, value);
    else if (element !== ignition) addSignal(message, rawKey(id), raw);
    if (named !== null) trace?.credit(named.numbers[index++]);
  }
  if (elements.texts.size > 0) stateTexts(message, new Map(elements.texts), named, trace);
}

function isStated(keys: readonly string[], key: string): boolean {
  for (let i = 0; i < keys.length; i++) if (keys[i] === key) return true;
  return false;
}

const rawKeys: string[] = [];

/** The key under which an element without a row is kept: `ruptela.io.<number>`. */
function rawKey(id: number): string {
  return (rawKeys[id] ??= interned(`ruptela.io.${id}`));
}

/** Half of the values of a width: from there on a signed number is below zero. */
const HALF_OF = { 1: 0x80, 2: 0x8000, 4: 0x8000_0000 } as const;

function valueOf(row: IoRow, { id, width, raw }: NumberElement): number | null {
  if (row.width !== width) return null;
  const number = row.signed && raw >= HALF_OF[width] ? raw - 2 * HALF_OF[width] : raw;
  if (number < row.lowest || number > row.highest) return null;
  if (number === SENSOR_WITHOUT_SUPPLY && ONE_WIRE_IDS.has(id)) return null;
  return (number * row.multiply) / row.divide + row.offset;
}

/** The element that tells best whether the ignition is on. */
function ignitionOf({ numbers }: Elements): NumberElement | undefined {
  for (const id of IGNITION_IDS) {
    // Of an element that stands twice the first one counts.
    const said = firstOf(numbers, id);
    if (said !== undefined && said.raw <= 1) return said;
  }
  return undefined;
}

function firstOf(numbers: readonly NumberElement[], id: number): NumberElement | undefined {
  for (let i = 0; i < numbers.length; i++) {
    const element = numbers[i] as NumberElement;
    if (element.id === id && element.width === 1) return element;
  }
  return undefined;
}

function stateTexts(message: Message, texts: Map<number, Uint8Array>, named: NamedElements | null, trace: Trace | null): void {
  for (const { key, ids } of TEXTS) {
    if (!texts.has(ids[0] as number)) continue;
    const pieces = ids.flatMap((id) => texts.get(id) ?? []);
    const text = pieces.length < ids.length ? null : textOf(pieces);
    if (text === null || message.stateKeys.includes(key)) continue;
    addState(message, key, text);
    if (trace !== null) concludeOn(trace, named, ids);
    for (const id of ids) texts.delete(id);
  }
  const iButton = texts.get(IBUTTON_ID);
  if (iButton !== undefined && !isFilled(iButton) && !message.stateKeys.includes('behaviour.driver1.id')) {
    addState(message, 'behaviour.driver1.id', toHex(iButton));
    if (trace !== null) concludeOn(trace, named, [IBUTTON_ID]);
    texts.delete(IBUTTON_ID);
  }
  for (const [id, bytes] of texts) {
    addState(message, `ruptela.io.${id}`, toHex(bytes));
    if (trace !== null) concludeOn(trace, named, [id]);
  }
}

function concludeOn(trace: Trace, named: NamedElements | null, ids: readonly number[]): void {
  trace.conclude(...ids.map((id) => named?.texts.get(id)));
}

/** Joins pieces of ASCII; `null` where they hold no text: all zero, filled with `F` or FF, or not printable. */
function textOf(pieces: readonly Uint8Array[]): string | null {
  let joined = '';
  for (const piece of pieces) for (let i = 0; i < piece.length; i++) joined += String.fromCharCode(piece[i] as number);
  let end = joined.length;
  while (end > 0 && PADDING.has(joined.charCodeAt(end - 1))) end--;
  const text = joined.slice(0, end);
  return text === '' || /^F+$/.test(text) || /[^\x21-\x7e ]/.test(text) ? null : text;
}

/** Zero, asterisk and blank. */
const PADDING = new Set([0, 0x2a, 0x20]);

function isFilled(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff);
}

/** States why the record was written. */
export function stateEvent(message: Message, { event, priority }: RecordHeader, { numbers }: Elements): void {
  const value = firstOf(numbers, event)?.raw;
  const code = eventOf(event, value);
  if (code !== null) message.events.push({ code, alarm: priority > 1 });
}
