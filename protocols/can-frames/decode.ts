/**
 * Gives a frame's meaning: one message a record, an instant with its fix, what the buses said, and the box's own state.
 */
import { emptyDecoded, type Decoded, type SessionContext } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { EVENTS } from '#model/events';
import { addSignal, emptyMessage, type Fix, type Message } from '#model/message';
import type { DbcTables } from '../layers/dbc/index.ts';
import { putState } from '../layers/observe.ts';
import { addAnswers, addFrames, newVehicle, type Vehicle } from './bus.ts';
import { DEVICE_NUMBERS, DEVICE_TEXTS } from './device-fields.ts';
import { type CanEvent, type CanFix, type DeviceState, LIMITS, readEnvelope, type ReadRecord } from './envelope.ts';
import { nameHead } from './explain.ts';
import { ackOf, frameFault, HEAD_BYTES, payloadOf, refusalOf } from './frame.ts';

/** The DBC tables of a fleet's vehicle models, by the name that an envelope's `profile` has. */
export type DbcProfiles = ReadonlyMap<string, DbcTables>;

const NAME = /^[A-Za-z0-9._:-]{1,64}$/;
const EVENT_CODE = /^[A-Za-z0-9._-]{1,64}$/;
const TEXT = /^[ -~]{1,64}$/;
const E7 = 10_000_000;
/** Latest time a JavaScript date can have. */
const LAST_MS = 8_640_000_000_000_000;
const FULL_CIRCLE_CENTI = 36_000;

function per(wire: number | null, divisor: number): number | null {
  return wire === null ? null : wire / divisor;
}

/** Makes the fix; `null`, with what is wrong, for a place that is on no globe or a course beyond the circle. */
function fixOf(wire: CanFix, wrong: string[]): Fix | null {
  const { latE7, lonE7, courseCentiDeg, fixTimeMs } = wire;
  if (latE7 === null || lonE7 === null) {
    wrong.push('a fix without latitude or longitude');
    return null;
  }
  if (Math.abs(latE7) > 90 * E7 || Math.abs(lonE7) > 180 * E7) {
    wrong.push(`no place: ${latE7 / E7}, ${lonE7 / E7}`);
    return null;
  }
  if ((courseCentiDeg ?? 0) > FULL_CIRCLE_CENTI || fixTimeMs > LAST_MS) {
    wrong.push(`no course or time: ${courseCentiDeg}, ${fixTimeMs}`);
    return null;
  }
  return {
    lat: latE7 / E7,
    lon: lonE7 / E7,
    fixTime: fixTimeMs === 0 ? null : fixTimeMs,
    valid: !wire.noLock,
    altitudeM: per(wire.altitudeCm, 100),
    speedKmh: per(wire.speedCentiKmh, 100),
    courseDeg: per(courseCentiDeg, 100),
    satellites: wire.satellites,
    hdop: per(wire.hdopCenti, 100),
  };
}

function addDevice(message: Message, device: DeviceState, wrong: string[], trace: Trace | null): void {
  for (const { field, key, mul, div } of DEVICE_NUMBERS) {
    const wire = device.numbers.get(field);
    if (wire === undefined) continue;
    addSignal(message, key, (wire * mul) / div);
    trace?.credit(device.named?.get(field));
  }
  for (const { field, key } of DEVICE_TEXTS) {
    const text = device.texts.get(field) ?? '';
    if (text === '') continue;
    if (TEXT.test(text)) {
      putState(message, key, text);
      trace?.credit(device.named?.get(field));
    } else wrong.push(`${key} is no text of 1 to 64 printable characters`);
  }
}

function addEvents(message: Message, events: readonly CanEvent[], wrong: string[], trace: Trace | null): void {
  for (const { code, alarm, named } of events) {
    if (!EVENT_CODE.test(code)) wrong.push('an event whose code is no name');
    else message.events.push({ code: Object.hasOwn(EVENTS, code) ? code : `can-frames.${code}`, alarm });
    trace?.credit(named);
  }
}

interface DecodedRecord {
  message: Message;
  wrong: string[];
}

function decodeRecord({ record, bytes }: ReadRecord, vehicle: Vehicle, trace: Trace | null): DecodedRecord {
  const message = emptyMessage(bytes);
  trace?.follow(message, trace.around(bytes));
  const wrong: string[] = [];
  if (record.timeMs > LAST_MS) wrong.push(`no time: ${record.timeMs}`);
  else if (record.timeMs > 0) message.deviceTime = record.timeMs;
  if (record.fix !== null) message.fix = fixOf(record.fix, wrong);
  if (record.device !== null) addDevice(message, record.device, wrong, trace);
  wrong.push(...addAnswers(message, record.answers, trace), ...addFrames(message, vehicle, record.frames, trace));
  addEvents(message, record.events, wrong, trace);
  return { message, wrong };
}

/** Takes the identity and the vehicle model out of an envelope; faults where there is none, or it can be none. */
function identify(ident: string, profile: string, context: SessionContext, decoded: Decoded): void {
  if (ident === '' && context.ident === null) {
    decoded.faults.push(fault('session_login_required', HEAD_BYTES, 'the first envelope names no device'));
  } else if (ident !== '' && !NAME.test(ident)) {
    decoded.faults.push(fault('session_login_invalid', HEAD_BYTES, 'ident is not 1 to 64 of A-Z a-z 0-9 . _ : -'));
  } else if (ident !== '') decoded.ident = ident;
  if (profile === '') return;
  if (NAME.test(profile)) decoded.dialect = profile;
  else decoded.faults.push(fault('decode_range', HEAD_BYTES, 'profile is not 1 to 64 of A-Z a-z 0-9 . _ : -'));
}

/**
 * Decodes one frame. Faults: `wire_*` where it is none (a datagram was not split before), `session_login_required` and
 * `session_login_invalid`, `decode_truncated` for a record or envelope that is no protobuf, `decode_range` for values
 * that cannot be; what is right beside them stays. Over MQTT there is no reply: PUBACK follows the receipt instead.
 */
export function decodeFrame(frame: Uint8Array, context: SessionContext, profiles: DbcProfiles, trace: Trace | null): Decoded {
  const decoded = emptyDecoded('heartbeat');
  const broken = frameFault(frame);
  if (broken !== null) {
    decoded.faults.push(broken);
    // Nothing of it is taken, but what it would say can be shown.
    if (trace !== null && broken.code === 'wire_crc') {
      nameHead(trace, broken.detail);
      decodePayload(frame, context, profiles, emptyDecoded('heartbeat'), trace);
    }
    return decoded;
  }
  if (trace !== null) nameHead(trace, null);
  if (context.transport !== 'mqtt') {
    decoded.reply = ackOf(frame);
    decoded.refusal = refusalOf(frame);
  }
  decodePayload(frame, context, profiles, decoded, trace);
  return decoded;
}

function decodePayload(
  frame: Uint8Array,
  context: SessionContext,
  profiles: DbcProfiles,
  decoded: Decoded,
  trace: Trace | null,
): void {
  const payload = payloadOf(frame);
  const span = trace?.open('payload', HEAD_BYTES, { section: 'can-frames.proto: Envelope' });
  const envelope = readEnvelope(payload, trace);
  trace?.close(span, HEAD_BYTES + payload.length);
  // Who sends comes first: of many faults the last are not told, and this one must be.
  identify(envelope.ident, envelope.profile, context, decoded);
  decoded.faults.push(...envelope.faults.map((each) => fault(each.code, (each.offset ?? 0) + HEAD_BYTES, each.detail)));
  if (envelope.records.length > 0) decoded.kind = 'data';
  else if (envelope.ident !== '') decoded.kind = 'login';
  const vehicle = newVehicle(profiles.get(decoded.dialect ?? context.dialect ?? '') ?? null);
  for (const read of envelope.records) {
    // A record without a byte says nothing, and could not be told from another one.
    if (read.bytes.length === 0) continue;
    const { message, wrong } = decodeRecord(read, vehicle, trace);
    message.stored = envelope.backlog;
    decoded.messages.push(message);
    const offset = read.bytes.byteOffset - frame.byteOffset;
    decoded.faults.push(...wrong.map((what) => fault('decode_range', offset, what)));
  }
  decoded.faults = decoded.faults.slice(0, LIMITS.faults);
}
