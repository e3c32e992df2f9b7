/**
 * Gives the meaning of Ruptela frames.
 *
 * Source: README.md. Every frame names its device by IMEI. What is too short or out of range comes back as a fault; the records
 * before it are kept, and the frame is acknowledged, because it would never decode better.
 */
import { fault, type Fault } from '#errors/fault';
import { addSignal, addState, emptyMessage, identify, type Message } from '#model/message';
import { emptyDecoded, type Decoded, type SessionContext } from '#protocols/codec';
import { namesAlong } from '#protocols/explain/along';
import type { Trace, Traced } from '#protocols/explain/trace';
import {
  cursorOver,
  NEED_MORE,
  readBytes,
  readI32,
  readU16,
  readU32,
  readU64,
  readU8,
  remaining,
  type Cursor,
} from '#wire/cursor';
import { toHex } from '#wire/hex';
import { COMMANDS, refusalOf, replyTo } from './commands.ts';
import { joinElements, noElements, readElements, stateElements, stateEvent, type Elements } from './elements.ts';
import { nameEnvelope, PURPOSES } from './explain.ts';
import { COMMAND_AT, crcFault, ENVELOPE_BYTES, imeiAt, MAX_IMEI, PAYLOAD_AT } from './frame.ts';
import { placeOf, readHeader, shapeOf, type RecordHeader, type RecordShape } from './records.ts';

const IMEI_DIGITS = 15;

/** See `Codec.decode`. */
export function decode(frame: Uint8Array, { transport }: SessionContext, trace: Trace | null): Decoded {
  const whole =
    frame.length >= PAYLOAD_AT + 2 && frame.length === ENVELOPE_BYTES + (((frame[0] as number) << 8) | (frame[1] as number));
  if (!whole)
    return { ...emptyDecoded('control'), faults: [fault('decode_truncated', 0, `${frame.length} bytes are no whole frame`)] };
  if (trace !== null) nameEnvelope(trace, crcFault(frame, 0, frame.length)?.detail ?? null);
  // No split came before a datagram.
  const damage = transport === 'udp' ? crcFault(frame, 0, frame.length) : null;
  if (damage !== null) return { ...emptyDecoded('control'), faults: [damage] };
  const imei = imeiAt(frame, 0);
  if (imei === 0 || imei > MAX_IMEI) {
    return { ...emptyDecoded('control'), faults: [fault('decode_range', 2, `${imei} is no IMEI`)] };
  }
  const command = frame[COMMAND_AT] as number;
  const decoded: Decoded = {
    ...emptyDecoded(kindOf(command)),
    ident: String(imei).padStart(IMEI_DIGITS, '0'),
    reply: replyTo(command),
    refusal: refusalOf(command),
  };
  const cursor = cursorOver(frame, PAYLOAD_AT, frame.length - 2);
  const payload = trace?.open('payload', PAYLOAD_AT, { section: `command ${command}` });
  try {
    readPayload(command, cursor, decoded, trace);
    trace?.close(payload, cursor.offset);
    if (remaining(cursor) > 0) {
      decoded.faults.push(fault('wire_trailing', cursor.offset, `${remaining(cursor)} bytes after the last field`));
    }
  } catch (error) {
    if (error !== NEED_MORE) throw error;
    decoded.faults.push(fault('decode_truncated', cursor.offset, 'the frame ends inside a field'));
  }
  return decoded;
}

function kindOf(command: number): Decoded['kind'] {
  switch (command) {
    case COMMANDS.records:
    case COMMANDS.extendedRecords:
    case COMMANDS.troubleCodes:
      return 'data';
    case COMMANDS.identification:
      return 'login';
    case COMMANDS.heartbeat:
      return 'heartbeat';
    case COMMANDS.files:
      return 'control';
    default:
      return 'result';
  }
}

function readPayload(command: number, cursor: Cursor, decoded: Decoded, trace: Trace | null): void {
  const shape = shapeOf(command);
  if (shape !== null) return readRecords(cursor, shape, decoded, trace);
  if (command === COMMANDS.troubleCodes) return readTroubleCodes(cursor, decoded, trace);
  if (command === COMMANDS.identification) return readIdentification(cursor, decoded, trace);
  if (command === COMMANDS.heartbeat) return;
  if (command === COMMANDS.files || decoded.kind === 'control') {
    decoded.faults.push(fault('decode_unsupported', COMMAND_AT, `command ${command} carries files, which are not taken`));
    cursor.offset = cursor.end;
    return;
  }
  readAnswer(command, cursor, decoded, trace);
}

/** A record that further ones may go on with. */
interface OpenRecord {
  header: RecordHeader;
  elements: Elements;
  from: number;
  /** Its first piece, whose head counts, and the event that made it, for a trace. */
  span: Traced | undefined;
  event: Traced | undefined;
}

// left u8 · count u8 · record[count]
function readRecords(cursor: Cursor, shape: RecordShape, decoded: Decoded, trace: Trace | null): void {
  const name = namesAlong(cursor, trace);
  const left = readU8(cursor);
  name?.('left', { raw: left, value: left, meaning: 'Records left in the device: above 0 these come from its memory' });
  let open: OpenRecord | null = null;
  const close = (end: number): void => {
    if (open === null) return;
    const message = messageOf(open, cursor.bytes.subarray(open.from, end), trace);
    message.stored = left > 0;
    decoded.messages.push(message);
    open = null;
  };
  const records = readU8(cursor);
  name?.('count', { raw: records, value: records, meaning: 'Records in this frame' });
  for (let count = records; count > 0; count--) {
    const from = cursor.offset;
    const faults: Fault[] = [];
    const span = trace?.open(`record ${records - count + 1} of ${records}`, from);
    let next: OpenRecord;
    try {
      next = readRecord(cursor, shape, faults, trace, span);
    } catch (error) {
      close(from);
      throw error;
    }
    trace?.close(span, cursor.offset);
    decoded.faults.push(...faults);
    if (open !== null && belongsTo(next.header, open)) {
      open.header.part = next.header.part;
      joinElements(open.elements, next.elements);
    } else {
      close(from);
      open = next;
    }
  }
  close(cursor.offset);
}

function readRecord(
  cursor: Cursor,
  shape: RecordShape,
  faults: Fault[],
  trace: Trace | null,
  span: Traced | undefined,
): OpenRecord {
  const from = cursor.offset;
  const elements = noElements(trace);
  const name = namesAlong(cursor, trace);
  const header = readHeader(cursor, shape, faults, name);
  const event = name?.('event id', { raw: header.event, value: header.event, meaning: 'The element that made the record' });
  readElements(cursor, shape, elements, trace);
  return { header, elements, from, span, event };
}

/** Tells whether a record is the next piece of the one before it. */
function belongsTo(next: RecordHeader, { header }: { header: RecordHeader }): boolean {
  return (
    next.part === header.part + 1 &&
    next.lastPart === header.lastPart &&
    next.part <= next.lastPart &&
    next.time === header.time &&
    next.timeExtension === header.timeExtension
  );
}

function messageOf({ header, elements, span, event }: OpenRecord, identity: Uint8Array, trace: Trace | null): Message {
  const message = emptyMessage(identity);
  trace?.follow(message, span);
  message.deviceTime = header.time * 1000;
  message.fix = header.fix;
  stateElements(message, elements, trace);
  stateEvent(message, header, elements);
  trace?.conclude(event);
  return message;
}

const ARCHIVED = 2;
const TROUBLE_CODE_BYTES = 5;

// count u8 · (reserved u8 · time u32 · lon i32 · lat i32 · flag u8 · code char[5])[count]
function readTroubleCodes(cursor: Cursor, decoded: Decoded, trace: Trace | null): void {
  const count = readU8(cursor);
  trace?.field('count', cursor.offset - 1, cursor.offset, { raw: count, value: count, meaning: 'Trouble codes in this frame' });
  for (let index = 1; index <= count; index++) {
    const span = trace?.open(`trouble code ${index} of ${count}`, cursor.offset);
    const message = readTroubleCode(cursor, decoded, trace);
    trace?.close(span, cursor.offset);
    decoded.messages.push(message);
  }
}

function readTroubleCode(cursor: Cursor, decoded: Decoded, trace: Trace | null): Message {
  const from = cursor.offset;
  // What a message is made of is known when all of it is read.
  const message = emptyMessage(cursor.bytes);
  trace?.follow(message);
  const name = namesAlong(cursor, trace);
  readU8(cursor);
  name?.('reserved');
  message.deviceTime = readU32(cursor) * 1000;
  name?.('time', { part: 'deviceTime', meaning: 'seconds since 1970, UTC' });
  const lonRaw = readI32(cursor);
  name?.('longitude', { part: 'fix.lon', raw: lonRaw, meaning: '1e-7 degrees' });
  const latRaw = readI32(cursor);
  name?.('latitude', { part: 'fix.lat', raw: latRaw, meaning: '1e-7 degrees' });
  const flagAt = cursor.offset;
  const flag = readU8(cursor);
  message.stored = flag === ARCHIVED;
  name?.('flag', { part: 'stored', raw: flag, meaning: '2: from the memory' });
  const code = readText(cursor, TROUBLE_CODE_BYTES);
  const identity = new Uint8Array(cursor.bytes.subarray(from, cursor.offset));
  // A code that was not acknowledged comes again out of the memory, under another flag.
  identity[flagAt - from] = 0;
  identify(message, identity);
  const place = placeOf(latRaw, lonRaw, from + 5, decoded.faults);
  const unsaid = { fixTime: null, altitudeM: null, speedKmh: null, courseDeg: null, satellites: null, hdop: null };
  if (place !== null) message.fix = { ...place, ...unsaid, valid: true };
  addState(message, 'service.dtc.list', code);
  message.events.push({ code: 'service.dtc', alarm: false });
  name?.('code');
  return message;
}

// model char[4] · firmware char[11] · imsi u64 · operator u32 · distance u32 m · time u32 s · angle u16 °
function readIdentification(cursor: Cursor, decoded: Decoded, trace: Trace | null): void {
  const message = emptyMessage(cursor.bytes.subarray(COMMAND_AT, cursor.end));
  trace?.follow(message);
  const name = namesAlong(cursor, trace);
  addState(message, 'device.hardware.model', readText(cursor, 4));
  name?.('model');
  addState(message, 'device.firmware.version', readText(cursor, 11));
  name?.('firmware');
  const imsi = readU64(cursor);
  if (imsi > 0 && imsi <= MAX_IMEI) addState(message, 'device.sim.imsi', String(imsi).padStart(IMEI_DIGITS, '0'));
  name?.('imsi', { raw: imsi });
  const operator = readU32(cursor);
  if (operator > 0) addSignal(message, 'device.gsm.operator', operator);
  name?.('operator', { raw: operator });
  addSignal(message, 'ruptela.interval.distance', readU32(cursor));
  name?.('distance', { meaning: 'A record every so many metres' });
  addSignal(message, 'ruptela.interval.time', readU32(cursor));
  name?.('time', { meaning: 'A record every so many seconds' });
  addSignal(message, 'ruptela.interval.angle', readU16(cursor));
  name?.('angle', { meaning: 'A record every so many degrees' });
  decoded.messages.push(message);
}

/**
 * What the device answers to a command is text for people, mostly. The command is part of the message's identity: many are
 * answered in the same words.
 */
function readAnswer(command: number, cursor: Cursor, decoded: Decoded, trace: Trace | null): void {
  if (remaining(cursor) === 0) return;
  const message = emptyMessage(cursor.bytes.subarray(COMMAND_AT, cursor.end));
  trace?.follow(message);
  const from = cursor.offset;
  addState(message, `ruptela.answer.${command}`, readText(cursor, remaining(cursor)));
  trace?.field('answer', from, cursor.offset, { meaning: PURPOSES.get(command) ?? null });
  decoded.messages.push(message);
}

/** Reads text, without its padding of zeros; hex where it is not printable ASCII. */
function readText(cursor: Cursor, count: number): string {
  const bytes = readBytes(cursor, count);
  const text = String.fromCharCode(...bytes).replace(/\0+$/, '');
  return /^[\x20-\x7e]*$/.test(text) ? text : toHex(bytes);
}
