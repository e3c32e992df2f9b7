/**
 * Gives the meaning of Ruptela frames.
 *
 * Source: README.md. Every frame names its device by IMEI. What is too short or out of range comes back as a fault; the records
 * before it are kept, and the frame is acknowledged, because it would never decode better.
 */
import { fault, type Fault } from '#errors/fault';
import { addSignal, addState, emptyMessage, type Message } from '#model/message';
import { emptyDecoded, type Decoded, type SessionContext } from '#protocols/codec';
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
import { noElements, readElements, stateElements, stateEvent, type Elements } from './elements.ts';
import { COMMAND_AT, crcFault, ENVELOPE_BYTES, imeiAt, MAX_IMEI, PAYLOAD_AT } from './frame.ts';
import { placeOf, readHeader, shapeOf, type RecordHeader, type RecordShape } from './records.ts';

const IMEI_DIGITS = 15;

/** See `Codec.decode`. */
export function decode(frame: Uint8Array, { transport }: SessionContext): Decoded {
  const whole =
    frame.length >= PAYLOAD_AT + 2 && frame.length === ENVELOPE_BYTES + (((frame[0] as number) << 8) | (frame[1] as number));
  if (!whole)
    return { ...emptyDecoded('control'), faults: [fault('decode_truncated', 0, `${frame.length} bytes are no whole frame`)] };
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
  try {
    readPayload(command, cursor, decoded);
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

function readPayload(command: number, cursor: Cursor, decoded: Decoded): void {
  const shape = shapeOf(command);
  if (shape !== null) return readRecords(cursor, shape, decoded);
  if (command === COMMANDS.troubleCodes) return readTroubleCodes(cursor, decoded);
  if (command === COMMANDS.identification) return readIdentification(cursor, decoded);
  if (command === COMMANDS.heartbeat) return;
  if (command === COMMANDS.files || decoded.kind === 'control') {
    decoded.faults.push(fault('decode_unsupported', COMMAND_AT, `command ${command} carries files, which are not taken`));
    cursor.offset = cursor.end;
    return;
  }
  readAnswer(command, cursor, decoded);
}

// left u8 · count u8 · record[count]
function readRecords(cursor: Cursor, shape: RecordShape, decoded: Decoded): void {
  const left = readU8(cursor);
  let open: { header: RecordHeader; elements: Elements; from: number } | null = null;
  const close = (end: number): void => {
    if (open === null) return;
    const message = messageOf(open.header, open.elements, cursor.bytes.subarray(open.from, end));
    message.stored = left > 0;
    decoded.messages.push(message);
    open = null;
  };
  for (let count = readU8(cursor); count > 0; count--) {
    const from = cursor.offset;
    const faults: Fault[] = [];
    const elements = noElements();
    let header: RecordHeader;
    try {
      header = readHeader(cursor, shape, faults);
      readElements(cursor, shape, elements);
    } catch (error) {
      close(from);
      throw error;
    }
    decoded.faults.push(...faults);
    if (open !== null && belongsTo(header, open)) {
      open.header.part = header.part;
      open.elements.numbers.push(...elements.numbers);
      for (const [id, bytes] of elements.texts) open.elements.texts.set(id, bytes);
    } else {
      close(from);
      open = { header, elements, from };
    }
  }
  close(cursor.offset);
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

function messageOf(header: RecordHeader, elements: Elements, identity: Uint8Array): Message {
  const message = emptyMessage(identity);
  message.deviceTime = header.time * 1000;
  message.fix = header.fix;
  stateElements(message, elements);
  stateEvent(message, header, elements);
  return message;
}

const ARCHIVED = 2;
const TROUBLE_CODE_BYTES = 5;

// count u8 · (reserved u8 · time u32 · lon i32 · lat i32 · flag u8 · code char[5])[count]
function readTroubleCodes(cursor: Cursor, decoded: Decoded): void {
  for (let count = readU8(cursor); count > 0; count--) {
    const from = cursor.offset;
    readU8(cursor);
    const time = readU32(cursor);
    const [lonRaw, latRaw] = [readI32(cursor), readI32(cursor)];
    const flagAt = cursor.offset;
    const flag = readU8(cursor);
    const code = readText(cursor, TROUBLE_CODE_BYTES);
    const identity = new Uint8Array(cursor.bytes.subarray(from, cursor.offset));
    // A code that was not acknowledged comes again out of the memory, under another flag.
    identity[flagAt - from] = 0;
    const message = emptyMessage(identity);
    message.deviceTime = time * 1000;
    const place = placeOf(latRaw, lonRaw, from + 5, decoded.faults);
    const unsaid = { fixTime: null, altitudeM: null, speedKmh: null, courseDeg: null, satellites: null, hdop: null };
    if (place !== null) message.fix = { ...place, ...unsaid, valid: true };
    addState(message, 'service.dtc.list', code);
    message.events.push({ code: 'service.dtc', alarm: false });
    message.stored = flag === ARCHIVED;
    decoded.messages.push(message);
  }
}

// model char[4] · firmware char[11] · imsi u64 · operator u32 · distance u32 m · time u32 s · angle u16 °
function readIdentification(cursor: Cursor, decoded: Decoded): void {
  const message = emptyMessage(cursor.bytes.subarray(COMMAND_AT, cursor.end));
  addState(message, 'device.hardware.model', readText(cursor, 4));
  addState(message, 'device.firmware.version', readText(cursor, 11));
  const imsi = readU64(cursor);
  if (imsi > 0 && imsi <= MAX_IMEI) addState(message, 'device.sim.imsi', String(imsi).padStart(IMEI_DIGITS, '0'));
  const operator = readU32(cursor);
  if (operator > 0) addSignal(message, 'device.gsm.operator', operator);
  addSignal(message, 'ruptela.interval.distance', readU32(cursor));
  addSignal(message, 'ruptela.interval.time', readU32(cursor));
  addSignal(message, 'ruptela.interval.angle', readU16(cursor));
  decoded.messages.push(message);
}

/**
 * What the device answers to a command is text for people, mostly. The command is part of the message's identity: many are
 * answered in the same words.
 */
function readAnswer(command: number, cursor: Cursor, decoded: Decoded): void {
  if (remaining(cursor) === 0) return;
  const message = emptyMessage(cursor.bytes.subarray(COMMAND_AT, cursor.end));
  addState(message, `ruptela.answer.${command}`, readText(cursor, remaining(cursor)));
  decoded.messages.push(message);
}

/** Reads text, without its padding of zeros; hex where it is not printable ASCII. */
function readText(cursor: Cursor, count: number): string {
  const bytes = readBytes(cursor, count);
  const text = String.fromCharCode(...bytes).replace(/\0+$/, '');
  return /^[\x20-\x7e]*$/.test(text) ? text : toHex(bytes);
}
