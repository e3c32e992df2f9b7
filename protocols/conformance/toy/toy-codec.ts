/**
 * A made-up protocol, small enough to be read at a glance, and a set of bugs that can be planted in it: what the kit's own
 * test proves the kit against.
 *
 *     7E · length u8 (of the payload) · payload · check u16 (CRC-16/X-25 over the length and the payload)
 *     payload: 'L' ident ASCII | 'P' time u32 s · lat i32 · lon i32 (1e-7 degrees) · speed u8 km/h | 'H'
 *
 * Byte 00 between frames is idle. The reply is 06, a refusal 15.
 */
import { fault, type Fault } from '#errors/fault';
import { addSignal, emptyMessage, type Message } from '#model/message';
import type { Trace } from '#protocols/explain/trace';
import {
  emptyDecoded,
  type Acknowledgement,
  type Codec,
  type Decoded,
  type SessionContext,
  type Split,
} from '#protocols/codec';
import { crc16X25 } from '#wire/crc';
import { type Cursor, cursorOver, readAscii, readI32, readU32, readU8, remaining, skip } from '#wire/cursor';

export const PLANTED_BUGS = [
  'none',
  'accepts a wrong checksum',
  'throws on an unknown type',
  'believes any datagram',
  'keeps the ident between sessions',
  'counts decodes in a message',
  'loses a frame at a split',
  'decides on bytes after its range',
  'reads from the start of the buffer',
  'writes into the frame',
  'swallows what follows garbage',
  'waits for an impossible length',
  'stands still on garbage',
  'never decides in probe',
  'says NaN',
  'names a signal of no catalogue',
  'states a quantity twice',
  'forgets the reply',
  'lends the same reply to all',
  'acknowledges what its decode does not',
  'lends an acknowledgement',
  'leaves bytes without a name',
  'names bytes twice',
  'says more when it is explained',
  'forgets to show a signal',
  'shows a value on other bytes',
  'gives no reason for a mismatch',
] as const;
export type PlantedBug = (typeof PLANTED_BUGS)[number];

const START = 0x7e;
const ENVELOPE = 4;
const MAX_PAYLOAD = 60;
const REPLY = Uint8Array.of(0x06);
const REFUSAL = Uint8Array.of(0x15);
const POSITION_BYTES = 14;

function crcFault(bytes: Uint8Array, from: number, end: number): Fault | null {
  if (end - from < ENVELOPE) return fault('wire_length', 0, `${end - from} bytes are no frame`);
  const claimed = ((bytes[end - 2] as number) << 8) | (bytes[end - 1] as number);
  const computed = crc16X25(bytes, from + 1, end - 2);
  return claimed === computed ? null : fault('wire_crc', end - 2 - from, `crc is ${claimed}, computed ${computed}`);
}

/** Makes the toy codec with one bug planted in it. */
export function toyCodec(bug: PlantedBug): Codec {
  const has = (planted: PlantedBug): boolean => planted === bug;
  const lent = REPLY.slice();
  let memory: string | null = null;
  let decodes = 0;

  function split(bytes: Uint8Array, from: number, to: number): Split {
    if (bytes[from] === 0) return { kind: 'idle', end: from + 1 };
    if (bytes[from] !== START) return refuseGarbage(bytes, from, to);
    if (to - from < 2) return { kind: 'need-more', atLeast: 2 };
    const length = bytes[from + 1] as number;
    const end = from + length + ENVELOPE;
    if (length > MAX_PAYLOAD && !has('waits for an impossible length')) {
      return { kind: 'refused', end: from + 1, fault: fault('wire_length', 1, `length ${length} is above ${MAX_PAYLOAD}`) };
    }
    if (to < end && has('loses a frame at a split') && to - from === 9) {
      return { kind: 'refused', end: to, fault: fault('wire_resync', 0, 'lost') };
    }
    if (to < end && !(has('decides on bytes after its range') && bytes.length >= end))
      return { kind: 'need-more', atLeast: end - from };
    const wrong = crcFault(bytes, from, end);
    if (wrong === null || has('accepts a wrong checksum')) return { kind: 'frame', end };
    return { kind: 'refused', end: from + 1, fault: wrong };
  }

  function refuseGarbage(bytes: Uint8Array, from: number, to: number): Split {
    let end = from + 1;
    if (has('swallows what follows garbage')) end = to;
    if (has('stands still on garbage')) end = from;
    return { kind: 'refused', end, fault: fault('wire_resync', 0, `byte ${bytes[from]} starts no frame`) };
  }

  function decode(frame: Uint8Array, context: SessionContext, trace: Trace | null): Decoded {
    decodes++;
    const source = has('reads from the start of the buffer') ? new Uint8Array(frame.buffer) : frame;
    const cursor = cursorOver(source, 2, frame.length - 2);
    if (has('writes into the frame')) frame[0] = 0;
    const decoded = emptyDecoded('data');
    const wrong = context.transport === 'udp' && !has('believes any datagram') ? crcFault(frame, 0, frame.length) : null;
    if (wrong !== null) return { ...decoded, faults: [wrong] };
    if (!has('forgets the reply')) decoded.reply = has('lends the same reply to all') ? lent : REPLY.slice();
    if (frame.length < ENVELOPE + 1) return { ...decoded, faults: [fault('decode_truncated', 2, 'no payload')] };
    if (trace !== null) nameEnvelope(frame, trace);
    const type = String.fromCharCode(readU8(cursor));
    if (type === 'L') {
      memory = readAscii(cursor, remaining(cursor));
      return { ...decoded, kind: 'login', ident: memory, refusal: REFUSAL.slice() };
    }
    if (type === 'H') return { ...decoded, kind: 'heartbeat' };
    if (type !== 'P') return unknownType(decoded, type);
    if (context.ident === null && !(has('keeps the ident between sessions') && memory !== null)) {
      return {
        ...decoded,
        faults: [fault('session_login_required', 2, 'a position before the login')],
        refusal: REFUSAL.slice(),
      };
    }
    if (frame.length < POSITION_BYTES + ENVELOPE)
      return { ...decoded, faults: [fault('decode_truncated', 2, 'a short position')] };
    const message = position(frame, cursor, trace);
    if (message.fix !== null && (Math.abs(message.fix.lat) > 90 || Math.abs(message.fix.lon) > 180)) {
      return { ...decoded, faults: [fault('decode_range', 7, `no place: ${message.fix.lat}, ${message.fix.lon}`)] };
    }
    return { ...decoded, messages: [message] };
  }

  function nameEnvelope(frame: Uint8Array, trace: Trace): void {
    trace.field('start', 0, 1);
    trace.field('length', has('names bytes twice') ? 0 : 1, 2, { raw: frame[1] as number, unit: 'byte' });
    trace.field('check', frame.length - 2, frame.length);
    if (!has('leaves bytes without a name')) trace.field('type', 2, 3);
    if (frame[2] === 0x4c) trace.field('ident', 3, frame.length - 2);
  }

  function unknownType(decoded: Decoded, type: string): Decoded {
    if (has('throws on an unknown type')) throw new Error(`type ${type}`);
    return { ...decoded, faults: [fault('decode_unsupported', 2, `type ${type} is unknown`)] };
  }

  function position(frame: Uint8Array, cursor: Cursor, trace: Trace | null): Message {
    const message = emptyMessage(frame.subarray(2, frame.length - 2));
    trace?.follow(message);
    message.deviceTime = readU32(cursor) * 1000;
    const [lat, lon] = [readI32(cursor) / 1e7, readI32(cursor) / 1e7];
    const speedKmh = readU8(cursor);
    const rest = { fixTime: null, altitudeM: null, courseDeg: null, satellites: null, hdop: null };
    message.fix = { lat: has('says NaN') ? NaN : lat, lon, valid: true, speedKmh, ...rest };
    message.signalKeys.push(has('names a signal of no catalogue') ? 'wheels.speed.valeu' : 'wheels.speed.value');
    message.signalValues.push(has('counts decodes in a message') ? decodes : speedKmh);
    if (has('states a quantity twice')) addSignal(message, 'wheels.speed.value', 0);
    if (has('says more when it is explained') && trace !== null) addSignal(message, 'engine.load.value', 0);
    if (trace !== null) namePosition(trace);
    skip(cursor, remaining(cursor));
    return message;
  }

  function namePosition(trace: Trace): void {
    if (has('forgets to show a signal')) trace.conclude();
    trace.field('speed', 15, 16, { part: 'fix.speedKmh' });
    trace.field('time', 3, 7, { part: 'deviceTime' });
    const [first, second] = has('shows a value on other bytes') ? (['lon', 'lat'] as const) : (['lat', 'lon'] as const);
    trace.field('latitude', 7, 11, { part: `fix.${first}` });
    trace.field('longitude', 11, 15, { part: `fix.${second}` });
  }

  /** Whatever stands in a position, its session goes on and its reply is the same. */
  function acknowledge(frame: Uint8Array, { ident, transport }: SessionContext): Acknowledgement | null {
    const isForDecode = ident === null || transport !== 'tcp' || frame.length <= ENVELOPE || frame[2] !== 0x50;
    if (isForDecode && !has('acknowledges what its decode does not')) return null;
    const reply = has('lends an acknowledgement') ? lent : REPLY.slice();
    return {
      ident: null,
      dialect: null,
      kind: 'data',
      faults: [],
      reply: has('forgets the reply') ? null : reply,
      refusal: null,
    };
  }

  return {
    name: 'toy',
    version: 1,
    maxFrameBytes: MAX_PAYLOAD + ENVELOPE,
    probe(bytes, from, to) {
      if (to === from || has('never decides in probe')) return 'need-more';
      return bytes[from] === START ? 'match' : 'mismatch';
    },
    split,
    decode: (frame, context) => decode(frame, context, null),
    explain: decode,
    acknowledge,
    replyToRefused: () => null,
    mismatch(bytes, from, to) {
      const isMismatch = to > from && bytes[from] !== START && !has('gives no reason for a mismatch');
      return isMismatch ? { offset: from, expected: '7e', found: String(bytes[from]) } : null;
    },
  };
}
