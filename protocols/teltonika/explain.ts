/**
 * What the fields of a Teltonika frame are called, and where the vendor describes them. Nothing here reads a frame: the decode
 * says what it has read, and this puts words to it.
 */
import type { MessagePart, Notes, Trace, Traced } from '#protocols/explain/trace';
import type { Message } from '#model/message';
import type { Family } from './families.ts';
import { ASCII, FLAGS, FLAGS8, GEOFENCE, HDOP, HEX, IO_LIMIT, NUMBER, PART, rawKey, type IoEntry } from './io-table.ts';
import { UNMAPPED } from './io-unmapped.ts';
import { HEAD_BYTES, type RecordShape } from './records.ts';

const CODECS: ReadonlyMap<number, readonly [name: string, carries: string]> = new Map([
  [0x07, ['Codec 7', 'Records of a GH3000; its page is no longer public']],
  [0x08, ['Codec 8', 'AVL records with ids of one byte']],
  [0x8e, ['Codec 8 Extended', 'AVL records with ids of two bytes']],
  [0x10, ['Codec 16', 'AVL records with ids of two bytes and a generation type']],
  [0x0c, ['Codec 12', 'A command, or its answer']],
  [0x0d, ['Codec 13', 'Text from the serial port, with a time']],
  [0x0e, ['Codec 14', 'A command to one device, or its answer']],
  [0x0f, ['Codec 15', 'Text from the serial port, with time and IMEI']],
]);

/** The chapter of the vendor's page "Codec" about a codec. */
export function sectionOf(codec: number): string {
  const name = CODECS.get(codec)?.[0];
  return name === undefined ? 'Codec' : `Codec: ${name}`;
}

/** The two fields of a login. */
export function nameLogin(trace: Trace, imei: string): void {
  const section = 'Codec: Communication with server';
  trace.field('imei length', 0, 2, { raw: 15, value: 15, unit: 'byte', meaning: 'Tells a login from a data frame', section });
  trace.field('imei', 2, 17, { value: imei, meaning: 'Names the device', section });
}

/** What surrounds the payload `[8, end)` of a data frame; `wrong` is what is wrong with its checksum. */
export function nameEnvelope(trace: Trace, end: number, wrong: string | null): void {
  const { frame } = trace;
  const section = 'Codec: AVL data packet';
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(4);
  trace.field('preamble', 0, 4, { meaning: 'Begins every data frame', section });
  trace.field('length', 4, 8, {
    raw: length,
    value: length,
    unit: 'byte',
    meaning: 'From the codec to the second count',
    section,
  });
  const value = wrong === null ? 'right' : 'wrong';
  trace.field('crc', end, end + 4, { value, meaning: 'CRC-16/ARC of the payload', section });
}

/** What a payload begins and ends with. */
export function namePayloadEnds(trace: Trace, bytes: Uint8Array, from: number, end: number): void {
  const codec = bytes[from] as number;
  const [value, meaning] = CODECS.get(codec) ?? ['unknown', 'No codec of the vendor’s page'];
  trace.field('codec', from, from + 1, { raw: codec, value, meaning });
  const [first, second] = [bytes[from + 1] as number, bytes[end - 1] as number];
  trace.field('count', from + 1, from + 2, { raw: first, value: first, meaning: 'How many records or commands follow' });
  trace.field('count', end - 1, end, { raw: second, value: second, meaning: 'The same again' });
}

/** The fields of a record's head in the order of the wire. */
const HEAD: readonly (readonly [name: string, bytes: number, part: MessagePart | null, unit: string])[] = [
  ['time', 8, 'deviceTime', 'milliseconds since 1970, UTC'],
  ['priority', 1, null, '0 low, 1 high, 2 panic'],
  ['longitude', 4, 'fix.lon', '1e-7 degrees'],
  ['latitude', 4, 'fix.lat', '1e-7 degrees'],
  ['altitude', 2, 'fix.altitudeM', 'metres'],
  ['angle', 2, 'fix.courseDeg', 'degrees'],
  ['satellites', 1, 'fix.satellites', '0: the place is the last known one'],
  ['speed', 2, 'fix.speedKmh', 'km/h'],
];

/** A record up to its groups. Gives the span of the event id, to which belongs what the record's end makes of it. */
export function nameHead(
  trace: Trace,
  bytes: Uint8Array,
  from: number,
  shape: RecordShape,
  message: Message,
  eventId: number,
): Traced {
  trace.follow(message);
  let at = from;
  for (const [name, width, part, meaning] of HEAD) {
    const place = part === 'fix.satellites' ? (['fix.satellites', 'fix.valid'] as const) : part;
    trace.field(name, at, at + width, place === null ? { raw: bytes[at] as number, meaning } : { part: place, meaning });
    at += width;
  }
  at = from + HEAD_BYTES;
  const why = eventId === 0 ? 'The record was made for time, distance or angle' : 'The element that made the record';
  const event = trace.field('event id', at, at + shape.idBytes, { raw: eventId, value: eventId, meaning: why });
  at += shape.idBytes;
  if (shape.hasGeneration) {
    trace.field('generation', at, at + 1, { raw: bytes[at] as number, meaning: 'What made the record; not used' });
    at++;
  }
  trace.field('total', at, at + shape.countBytes, { meaning: 'Elements of all groups; the groups’ own counts are used' });
  return event;
}

/** The count before a group of elements. */
export function nameGroup(
  trace: Trace,
  at: number,
  countBytes: number,
  width: number | string,
  count: number,
  section: string,
): Traced {
  const group = trace.open(`elements of ${width}`, at, { section });
  const meaning = count === 0 ? 'No element of this width' : 'Elements in this group';
  trace.field('count', at, at + countBytes, { raw: count, value: count, meaning });
  return group;
}

/** An element whose value is read: `id [from,idEnd) · [length [idEnd,value)] · value [value,end)`. */
export function nameElement(
  trace: Trace,
  id: number,
  from: number,
  idEnd: number,
  value: number,
  end: number,
  notes: Notes,
): void {
  const element = trace.open(`element ${id}`, from);
  const said = trace.field('value', value, end, notes);
  trace.field('id', from, idEnd, { raw: id });
  if (value > idEnd) trace.field('length', idEnd, value, { raw: end - value, unit: 'byte' });
  // An empty value has no byte of its own: what it says belongs to the element.
  if (value === end) {
    element.stated.push(...said.stated);
    if (typeof notes.meaning === 'string') trace.remark(element, notes.meaning);
  }
  trace.close(element, end);
}

/** What is known of the bytes of an element's value, besides what the message states because of it as the last thing. */
export function notesOf(family: Family, id: number, width: number, raw: number | null, message: Message): Notes {
  const entry = id < IO_LIMIT ? (family.table[id] as IoEntry | null) : null;
  const fits = entry !== null && (width === 0 ? entry.widths === 0 : (entry.widths & width) !== 0);
  const number =
    raw !== null && fits && entry.kind === NUMBER && entry.isSigned ? (raw << entry.signShift) >> entry.signShift : raw;
  return {
    meaning: fits && entry.kind === PART ? 'A piece of a text' : whyRaw(family, entry, id, fits, number, message),
    ...(number === null ? {} : { raw: number }),
    ...(fits && entry.kind === HDOP ? { part: 'fix.hdop' } : {}),
  };
}

/** Why an element has stayed under its number; `null` where it has not. */
function whyRaw(
  family: Family,
  entry: IoEntry | null,
  id: number,
  fits: boolean,
  number: number | null,
  { signalKeys, stateKeys }: Message,
): string | null {
  if (signalKeys.at(-1) !== rawKey(id) && stateKeys.at(-1) !== rawKey(id)) return null;
  if (entry === null) {
    const reason = UNMAPPED[family.name]?.find(({ ids }) => ids.includes(id))?.reason;
    return reason === undefined ? 'Kept raw: the tables have no such element' : `Kept raw: ${reason}`;
  }
  if (!fits) return 'Kept raw: the vendor gives the element another width';
  if (number !== null && entry.isBounded && (number < entry.lowest || number > entry.highest))
    return `Kept raw: a reading is from ${entry.lowest} to ${entry.highest}`;
  return RAW_BY_KIND[entry.kind] ?? 'Kept raw: an element before says the same';
}

const RAW_BY_KIND: Partial<Record<IoEntry['kind'], string>> = {
  [FLAGS]: 'Kept raw too: not all of its bits have a name',
  [FLAGS8]: 'Kept raw too: not all of its bits have a name',
  [GEOFENCE]: 'Kept raw: the record was not made for this geofence',
  [HEX]: 'Kept raw: no identifier is there',
  [ASCII]: 'Kept raw: no printable text',
  [HDOP]: 'Kept raw: there is no fix that it belongs to',
};
