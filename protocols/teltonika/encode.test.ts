import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf } from '#model/message';
import { newSession, type Decoded, type SessionContext } from '#protocols/codec';
import { fromHex, toHex } from '#wire/hex';
import {
  encodeAnswer,
  encodeCommand,
  encodeDatagram,
  encodeFrame,
  encodeLogin,
  encodeRefusal,
  type EncodedFrame,
  type EncodedIo,
  type EncodedRecord,
} from './encode.ts';
import { teltonika } from './index.ts';
import { IO_LIMIT } from './io-table.ts';

const IMEI = '356307042441013';
const session = { ...newSession('tcp'), ident: IMEI };

function receive(bytes: Uint8Array): Decoded {
  expect(teltonika.split(bytes, 0, bytes.length, session)).toEqual({ kind: 'frame', end: bytes.length });
  return teltonika.decode(bytes, session);
}

const times = (divisor: number) => (value: number) => value / divisor;
const fix = fc.record({
  lat: fc.integer({ min: -900_000_000, max: 900_000_000 }).map(times(1e7)),
  lon: fc.integer({ min: -1_800_000_000, max: 1_800_000_000 }).map(times(1e7)),
  altitudeM: fc.integer({ min: -32_768, max: 32_767 }),
  speedKmh: fc.integer({ min: 0, max: 65_535 }),
  courseDeg: fc.integer({ min: 0, max: 360 }),
  satellites: fc.integer({ min: 1, max: 255 }),
  valid: fc.constant(true),
});

/** Elements no table names, so that what comes back is what was sent. */
function unknownIo(codec: EncodedFrame['codec']): fc.Arbitrary<EncodedIo> {
  const id = codec === '8' ? fc.constantFrom(4, 5, 10, 24, 201, 248) : fc.integer({ min: IO_LIMIT, max: 65_535 });
  const numbers = [
    fc.tuple(id, fc.constant(1 as const), fc.integer({ min: 0, max: 0xff })),
    fc.tuple(id, fc.constant(2 as const), fc.integer({ min: 0, max: 0xffff })),
    fc.tuple(id, fc.constant(4 as const), fc.integer({ min: 0, max: 0xffff_ffff })),
    fc.tuple(id, fc.constant(8 as const), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  ];
  const text = fc.tuple(id, fc.constant('x' as const), fc.uint8Array({ maxLength: 40 }));
  return codec === '8e' ? fc.oneof(...numbers, text) : fc.oneof(...numbers);
}

const frames = fc.constantFrom('8', '8e', '16').chain((codec) => {
  const record = fc.record({
    deviceTime: fc.integer({ min: 0, max: 8.64e15 }),
    priority: fc.integer({ min: 0, max: 2 }),
    fix: fc.option(fix),
    eventId: fc.integer({ min: 0, max: codec === '8' ? 255 : 65_535 }),
    io: fc.array(unknownIo(codec), { maxLength: 12 }),
  });
  return fc.record({ codec: fc.constant(codec), records: fc.array(record, { maxLength: 12 }) });
});

const rank = (width: EncodedIo[1]): number => (width === 'x' ? 16 : width);

/** What a record should come back as: the elements in the order of their groups. */
function expectedOf({ deviceTime, fix: sent, io = [] }: EncodedRecord): unknown {
  const sorted = io.toSorted((a, b) => rank(a[1]) - rank(b[1]));
  const place = sent ?? { lat: 0, lon: 0, altitudeM: 0, speedKmh: 0, courseDeg: 0, satellites: 0, valid: false };
  return {
    deviceTime,
    fix: { ...place, fixTime: null, hdop: null },
    signals: sorted.flatMap(([id, , value]) => (typeof value === 'number' ? [[`teltonika.io.${id}`, value]] : [])),
    states: sorted.flatMap(([id, , value]) => (typeof value === 'number' ? [] : [[`teltonika.io.${id}`, toHex(value)]])),
  };
}

function statedOf(decoded: Decoded): unknown[] {
  return decoded.messages.map((message) => ({
    deviceTime: message.deviceTime,
    fix: message.fix === null ? null : { ...message.fix },
    signals: message.signalKeys.map((key, i) => [key, message.signalValues[i]]),
    states: message.stateKeys.map((key, i) => [key, message.stateValues[i]]),
  }));
}

describe('what is encoded', () => {
  it('comes back as it was, in every codec', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const decoded = receive(encodeFrame(frame));
        expect(decoded.faults).toEqual([]);
        expect(decoded.reply).toEqual(Uint8Array.of(0, 0, 0, frame.records.length));
        expect(statedOf(decoded)).toEqual(frame.records.map(expectedOf));
      }),
    );
  });

  it('comes back over UDP with the device it names, and is answered with its packet ids', () => {
    const ids = fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xff }));
    fc.assert(
      fc.property(frames, ids, (frame, [packetId, avlPacketId]) => {
        const decoded = teltonika.decode(encodeDatagram(IMEI, packetId, avlPacketId, frame), newSession('udp'));
        expect(decoded).toMatchObject({ ident: IMEI, faults: [] });
        expect(decoded.reply).toEqual(
          Uint8Array.of(0, 5, packetId >> 8, packetId & 0xff, 1, avlPacketId, frame.records.length),
        );
        expect(statedOf(decoded)).toEqual(frame.records.map(expectedOf));
      }),
    );
  });

  it('is the same for the same record, whatever frame it is sent again in', () => {
    const record = { deviceTime: 1_760_000_000_000, fix: null, io: [[239, 1, 1]] } as const;
    const alone = receive(encodeFrame({ codec: '8', records: [record] })).messages[0];
    const second = receive(encodeFrame({ codec: '8', records: [{ ...record, deviceTime: 1 }, record] })).messages[1];
    expect(alone && identityOf(alone)).toEqual(second && identityOf(second));
  });

  it('is a login that names the device', () => {
    expect(toHex(encodeLogin(IMEI))).toBe('000f333536333037303432343431303133');
    expect(receive(encodeLogin(IMEI))).toMatchObject({ kind: 'login', ident: IMEI });
  });

  // The vendor's own examples: getinfo by Codec 12, getver by Codec 14.
  it('is a command as the vendor’s page shows it', () => {
    expect(toHex(encodeCommand('getinfo'))).toBe('000000000000000f0c010500000007676574696e666f0100004312');
    expect(toHex(encodeCommand('getver', '352093081452251'))).toBe(
      '00000000000000160e01050000000e0352093081452251676574766572010000d2c1',
    );
  });

  it('is the command of a session: to whatever device holds it, or to the one it names', () => {
    const command = (text: string, addressed: boolean, context: SessionContext = session) => {
      const bytes = teltonika.encodeCommand?.(text, addressed, context) ?? null;
      return bytes === null ? null : toHex(bytes);
    };
    expect(command('getinfo', false)).toBe(toHex(encodeCommand('getinfo')));
    expect(command('getinfo', true)).toBe(toHex(encodeCommand('getinfo', IMEI)));
    for (const text of ['', 'país', 'two\nlines']) expect(command(text, false)).toBeNull();
    expect(command('getinfo', false, newSession('tcp'))).toBeNull();
    expect(command('getinfo', false, { ...session, transport: 'udp' })).toBeNull();
  });

  it('is an answer, which comes back as the text it was', () => {
    const text = fc.string({ unit: fc.constantFrom('V', 'e', ':', '0', ' ', '/'), minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(text, fc.boolean(), (said, named) => {
        const [message] = receive(encodeAnswer(said, named ? IMEI : null)).messages;
        expect(message?.stateValues).toEqual([said.trimEnd()]);
      }),
    );
  });

  it('is the answer and the refusal of the vendor’s page', () => {
    const [answer, refusal] = ['codec12-answer-spec', 'codec14-refusal'].map((name) => {
      const path = new URL(`golden/${name}.hex`, import.meta.url);
      return toHex(fromHex(readFileSync(path, 'utf8')) ?? new Uint8Array());
    });
    const said = teltonika.decode(fromHex(answer ?? '') ?? new Uint8Array(), session).messages[0]?.stateValues[0] ?? '';
    expect(toHex(encodeAnswer(said))).toBe(answer);
    expect(toHex(encodeRefusal('352093081452251'))).toBe(refusal);
  });
});
