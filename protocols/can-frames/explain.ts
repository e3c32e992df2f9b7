/**
 * What the fields of an envelope are called. Nothing here reads one: the decode says what it has read, and where.
 *
 * On the wire a protobuf field is `key varint (number and type) · [length varint] · value`; each becomes a span that holds these.
 */
import type { MessagePart, Notes, Trace, Traced } from '#protocols/explain/trace';

/** Types of fields on the wire. */
export const VARINT = 0;
export const FIXED_64 = 1;
export const SECTION = 2;
export const FIXED_32 = 5;

const TYPES: ReadonlyMap<number, string> = new Map([
  [VARINT, 'varint'],
  [FIXED_64, 'eight bytes'],
  [SECTION, 'length-delimited'],
  [FIXED_32, 'four bytes'],
]);

/** A field of a message of the schema: its name, and the part of our message it is. */
export type FieldName = readonly [name: string, part?: MessagePart];

/** Names the fields of one protobuf message. */
export interface Naming {
  readonly trace: Trace;
  /** Where its bytes begin in the frame. */
  readonly base: number;
  readonly bytes: Uint8Array;
  /** Name of the message in the schema. */
  readonly message: string;
  /** By field number. */
  readonly names: Readonly<Record<number, FieldName>>;
}

/** Makes a naming for bytes of the frame; `null` without a trace. */
export function namingOf(
  trace: Trace | null,
  bytes: Uint8Array,
  message: string,
  names: Readonly<Record<number, FieldName>>,
): Naming | null {
  const base = trace?.offsetOf(bytes) ?? null;
  return trace === null || base === null ? null : { trace, base, bytes, message, names };
}

/** Begins a field: its key lies in `[from, keyEnd)` of the message. What is read of it comes inside. */
export function openField({ trace, base, bytes, message, names }: Naming, tag: number, from: number, keyEnd: number): Traced {
  const number = tag >>> 3;
  const span = trace.open(names[number]?.[0] ?? `field ${number}`, base + from, { section: `can-frames.proto: ${message}` });
  const meaning = `Field ${number}, ${TYPES.get(tag & 7) ?? 'of no known type'}`;
  trace.field('key', base + from, base + keyEnd, { raw: tag, meaning });
  if ((tag & 7) === SECTION)
    trace.field('length', base + keyEnd, base + endOfVarint(bytes, keyEnd), { meaning: 'Bytes that follow' });
  return span;
}

function endOfVarint(bytes: Uint8Array, from: number): number {
  let at = from;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++;
  return Math.min(at + 1, bytes.length);
}

/**
 * Ends a field whose length and value lie in `[from, end)`. Gives the span of the value; `undefined` where it holds fields
 * itself.
 */
export function closeField(
  { trace, base, bytes, names }: Naming,
  span: Traced,
  tag: number,
  from: number,
  end: number,
  value: unknown,
): Traced | undefined {
  const at = (tag & 7) === SECTION ? endOfVarint(bytes, from) : from;
  const name = names[tag >>> 3];
  const isMessage = span.inside?.some((inner) => inner.from >= base + at) ?? false;
  const notes: Notes = {
    ...(typeof value === 'number' || typeof value === 'string' ? { raw: value } : {}),
    ...(name?.[1] === undefined ? {} : { part: name[1] }),
    ...(name === undefined ? { meaning: 'Passed over: of a later revision' } : {}),
  };
  const field = isMessage ? undefined : trace.field('value', base + at, base + end, notes);
  trace.close(span, base + end);
  return field;
}

export const ENVELOPE_NAMES = { 1: ['ident'], 2: ['profile'], 3: ['backlog'], 4: ['record'] } as const;
export const RECORD_NAMES = {
  1: ['time_ms', 'deviceTime'],
  2: ['fix'],
  3: ['CAN frame'],
  4: ['OBD answer'],
  5: ['device'],
  6: ['event'],
} as const;
export const FIX_NAMES = {
  1: ['lat_e7', 'fix.lat'],
  2: ['lon_e7', 'fix.lon'],
  3: ['altitude_cm', 'fix.altitudeM'],
  4: ['speed_centi_kmh', 'fix.speedKmh'],
  5: ['course_centi_deg', 'fix.courseDeg'],
  6: ['satellites', 'fix.satellites'],
  7: ['hdop_centi', 'fix.hdop'],
  8: ['no_lock', 'fix.valid'],
  9: ['fix_time_ms', 'fix.fixTime'],
} as const;
export const FRAME_NAMES = { 1: ['id'], 2: ['data'], 3: ['bus'], 4: ['offset_ms'] } as const;
export const ANSWER_NAMES = { 1: ['data'], 2: ['id'] } as const;
export const EVENT_NAMES = { 1: ['code'], 2: ['alarm'] } as const;

/** What surrounds the payload of a whole frame; `wrong` is what is wrong with its checksum. */
export function nameHead(trace: Trace, wrong: string | null): void {
  const { frame } = trace;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const section = 'docs/can-frames.md: the frame';
  const length = view.getUint32(4) & 0xff_ffff;
  const sequence = view.getUint32(8);
  trace.field('mark', 0, 4, { value: 'ODCF', section });
  trace.field('version', 4, 5, { raw: frame[4] as number, section });
  trace.field('length', 5, 8, { raw: length, value: length, unit: 'byte', meaning: 'Of the payload', section });
  trace.field('sequence', 8, 12, { raw: sequence, value: sequence, meaning: 'Comes back in the ack', section });
  const end = frame.length;
  const check = { value: wrong === null ? 'right' : 'wrong', meaning: 'CRC-32 of all before it', section };
  trace.field('crc', end - 4, end, check);
}
