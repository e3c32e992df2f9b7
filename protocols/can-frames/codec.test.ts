import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { signalOf, stateOf } from '#model/message';
import { newSession, type Decoded } from '#protocols/codec';
import { crc32 } from '#wire/crc32';
import { compileTables } from '../../src/dbc/compile.ts';
import { readMapping, type Mapping } from '../../src/dbc/mapping.ts';
import { parseDbc } from '../../src/dbc/parse.ts';
import { leavesOf } from '../explain/span.ts';
import { Trace } from '../explain/trace.ts';
import { explained } from '../explain/tree.ts';
import { describeCodec } from '../conformance/describe-codec.ts';
import { DEVICE_NUMBERS, DEVICE_TEXTS } from './device-fields.ts';
import { encodeEnvelope, encodeFrame, type EnvelopeToWrite } from './encode.ts';
import { type CanRecord, LIMITS, readEnvelope } from './envelope.ts';
import { HEAD_BYTES, MAX_FRAME_BYTES, MAX_PAYLOAD_BYTES, wrap } from './frame.ts';
import { canFrames, canFramesCodec } from './index.ts';

describeCodec(canFrames, {
  goldens: new URL('golden/', import.meta.url),
  checked: (frame) => ({ from: 0, end: frame.length }),
  // The version is part of the mark, so that the length is read as the four bytes' lower three.
  lengthField: () => ({ offset: 6, width: 2 }),
  garbage: Uint8Array.of(0x13, 0x37, 0x00, 0x0d),
  seal: (frame) => {
    const sealed = frame.slice();
    new DataView(sealed.buffer).setUint32(frame.length - 4, crc32(frame, 0, frame.length - 4));
    return sealed;
  },
});

const schema = protobuf.parse(readFileSync(new URL('can-frames.proto', import.meta.url), 'utf8')).root;
const EnvelopeType = schema.lookupType('odograph.canframes.v1.Envelope');

/** Writes an envelope as protobufjs does from the schema alone, without our encoder. */
function writeByReflection(envelope: object): Uint8Array {
  const wrong = EnvelopeType.verify(envelope);
  if (wrong !== null) throw new Error(wrong);
  return EnvelopeType.encode(EnvelopeType.fromObject(envelope)).finish();
}

function decodeFrom(envelope: object): Decoded {
  return canFrames.decode(wrap(1, writeByReflection({ ident: 'box-1', ...envelope })), newSession('tcp'));
}

describe('an envelope written from the .proto file alone', () => {
  it('means what its fields say', () => {
    const fix = { latE7: 404169000, lonE7: -37038000, altitudeCm: 65750, speedCentiKmh: 8350, courseCentiDeg: 27150 };
    const decoded = decodeFrom({
      profile: 'van',
      backlog: true,
      records: [
        {
          timeMs: 1767225600000,
          fix: { ...fix, satellites: 11, hdopCenti: 85, fixTimeMs: 1767225599000 },
          frames: [
            { id: 0x8cf00400, data: Uint8Array.of(0xff, 0xff, 0xff, 0x80, 0x38, 0xff, 0xff, 0xff), bus: 1, offsetMs: -20 },
          ],
          answers: [{ data: Uint8Array.of(0x41, 0x0d, 0x14), id: 0x7e8 }],
          device: { supplyMv: 13800, temperatureCenti: -500, rssiDbm: -80, ignition: true, moving: false, firmware: '1.0' },
          events: [{ code: 'ignition.on', alarm: false }],
        },
      ],
    });
    expect(decoded.faults).toEqual([]);
    expect(decoded).toMatchObject({ ident: 'box-1', dialect: 'van', kind: 'data' });
    const [message] = decoded.messages;
    if (message === undefined) throw new Error('no message');
    expect(message.deviceTime).toBe(1767225600000);
    expect(message.stored).toBe(true);
    expect(message.fix).toEqual({
      lat: 40.4169,
      lon: -3.7038,
      fixTime: 1767225599000,
      valid: true,
      altitudeM: 657.5,
      speedKmh: 83.5,
      courseDeg: 271.5,
      satellites: 11,
      hdop: 0.85,
    });
    expect(signalOf(message, 'engine.speed.value')).toBe(1808);
    expect(signalOf(message, 'wheels.speed.value')).toBe(20);
    expect(signalOf(message, 'device.supply.voltage')).toBe(13.8);
    expect(signalOf(message, 'device.temperature.value')).toBe(-5);
    expect(signalOf(message, 'position.motion.moving')).toBe(0);
    expect(stateOf(message, 'device.firmware.version')).toBe('1.0');
    expect(message.events).toEqual([{ code: 'ignition.on', alarm: false }]);
  });

  it('has every field of DeviceState that the table has, under the same number', () => {
    const fields = schema.lookupType('odograph.canframes.v1.DeviceState').fieldsArray;
    expect(fields.filter(({ type }) => type === 'string').map(({ id }) => id)).toEqual(DEVICE_TEXTS.map(({ field }) => field));
    const kinds = { uint32: 'unsigned', sint32: 'signed', bool: 'boolean' } as const;
    const numbers = fields
      .filter(({ type }) => type !== 'string')
      .map(({ id, type }) => [id, kinds[type as keyof typeof kinds]]);
    expect(numbers).toEqual(DEVICE_NUMBERS.map(({ field, kind }) => [field, kind]));
  });
});

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const i32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const name = fc.stringMatching(/^[A-Za-z0-9._:-]{0,20}$/);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const device = fc
  .tuple(
    fc.tuple(...DEVICE_NUMBERS.map(({ kind }) => fc.option(kind === 'signed' ? i32 : kind === 'boolean' ? fc.nat(1) : u32))),
    fc.tuple(...DEVICE_TEXTS.map(() => name)),
  )
  .map(([numbers, texts]) => ({
    numbers: new Map(numbers.flatMap((value, i) => (value === null ? [] : [[DEVICE_NUMBERS[i]?.field ?? 0, value] as const]))),
    texts: new Map(texts.flatMap((text, i) => (text === '' ? [] : [[DEVICE_TEXTS[i]?.field ?? 0, text] as const]))),
  }));

const record: fc.Arbitrary<CanRecord> = fc.record({
  timeMs: time,
  fix: orNull(
    fc.record({
      latE7: orNull(i32),
      lonE7: orNull(i32),
      altitudeCm: orNull(i32),
      speedCentiKmh: orNull(u32),
      courseCentiDeg: orNull(u32),
      satellites: orNull(u32),
      hdopCenti: orNull(u32),
      noLock: fc.boolean(),
      fixTimeMs: time,
    }),
  ),
  frames: fc.array(fc.record({ id: u32, data: fc.uint8Array({ maxLength: 10 }), bus: u32, offsetMs: i32 }), { maxLength: 4 }),
  answers: fc.array(fc.record({ data: fc.uint8Array({ maxLength: 20 }), id: u32 }), { maxLength: 3 }),
  device: orNull(device),
  events: fc.array(fc.record({ code: name, alarm: fc.boolean() }), { maxLength: 3 }),
});
const envelopes = fc.record({ ident: name, profile: name, backlog: fc.boolean(), records: fc.array(record, { maxLength: 3 }) });

describe('round trips', () => {
  it('what is written is what is read', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const { records, faults, ...rest } = readEnvelope(encodeEnvelope(envelope));
        expect(faults).toEqual([]);
        expect({ ...rest, records: records.map((read) => read.record) }).toEqual(envelope);
      }),
    );
  });

  it('what is written is what protobufjs reads by the schema, and writes again in the same bytes', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const bytes = encodeEnvelope(envelope);
        expect(Uint8Array.from(EnvelopeType.encode(EnvelopeType.decode(bytes)).finish())).toEqual(Uint8Array.from(bytes));
      }),
    );
  });

  it('a whole frame splits, and its ack carries its sequence number', () => {
    fc.assert(
      fc.property(envelopes, u32, (envelope, sequence) => {
        const frame = encodeFrame(sequence, envelope);
        expect(canFrames.split(frame, 0, frame.length, newSession('tcp'))).toEqual({ kind: 'frame', end: frame.length });
        const { reply } = canFrames.decode(frame, newSession('tcp'));
        expect(reply).toEqual(Uint8Array.of(0x4f, 0x44, 0x41, 0x4b, ...frame.subarray(8, 12)));
      }),
    );
  });
});

function decodeOf(envelope: EnvelopeToWrite): Decoded {
  return canFrames.decode(encodeFrame(1, { ident: 'box-1', ...envelope }), newSession('tcp'));
}

describe('limits', () => {
  it('records, frames, answers and events beyond theirs are faults, and those within stay', () => {
    const one = { timeMs: 1 };
    const tooMany = decodeOf({ records: Array.from({ length: LIMITS.records + 2 }, () => one) });
    expect(tooMany.messages).toHaveLength(LIMITS.records);
    expect(tooMany.faults.map(({ code }) => code)).toEqual(['decode_truncated']);
    const frame = { id: 0x123, data: Uint8Array.of(1), bus: 0, offsetMs: 0 };
    const crowded = { frames: Array.from({ length: LIMITS.frames / 2 + 1 }, () => frame) };
    expect(decodeOf({ records: [crowded, crowded, one] }).messages).toHaveLength(2);
    expect(
      decodeOf({
        records: [{ answers: Array.from({ length: LIMITS.answers + 1 }, () => ({ data: Uint8Array.of(0x7f), id: 0 })) }],
      }).messages,
    ).toEqual([]);
    expect(
      decodeOf({ records: [{ events: Array.from({ length: LIMITS.events + 1 }, () => ({ code: 'a', alarm: false })) }] })
        .messages,
    ).toEqual([]);
  });

  it('of many faults the first are told', () => {
    const broken = Array.from({ length: 100 }, () => ({ answers: [{ data: new Uint8Array(0), id: 0x7e8 }] }));
    expect(decodeOf({ records: broken }).faults).toHaveLength(LIMITS.faults);
    expect(canFrames.decode(wrap(1, new Uint8Array(5000).fill(0x22)), newSession('tcp')).faults.length).toBeLessThanOrEqual(
      LIMITS.faults,
    );
  });

  it('broken records end the reading once there are that many: each costs an exception', () => {
    const broken = [0x22, 0x01, 0x08];
    const good = [0x22, 0x09, 0x09, 1, 2, 3, 4, 5, 6, 0, 0];
    const payloadOf = (count: number): Uint8Array =>
      Uint8Array.from([...good, ...Array.from({ length: count }, () => broken).flat(), ...good]);
    const decode = (count: number): Decoded =>
      canFrames.decode(wrap(1, payloadOf(count)), { ...newSession('tcp'), ident: 'box-1' });
    expect(decode(LIMITS.faults - 1).messages).toHaveLength(2);
    expect(decode(LIMITS.faults).messages).toHaveLength(1);
  });

  it('no number of broken records hides that no device was named', () => {
    const anonymous = Uint8Array.from(Array.from({ length: 100 }, () => [0x22, 0x01, 0x08]).flat());
    const { faults } = canFrames.decode(wrap(1, anonymous), newSession('tcp'));
    expect(faults.map(({ code }) => code)).toContain('session_login_required');
  });

  it('unknown ids are kept up to 64 a record', () => {
    const frames = Array.from({ length: 100 }, (_, i) => ({ id: 0x100 + i, data: Uint8Array.of(i), bus: 0, offsetMs: 0 }));
    const [message] = decodeOf({ records: [{ frames }] }).messages;
    expect(message?.stateKeys).toHaveLength(64);
    expect(message?.stateValues[1]).toBe('01');
  });

  it('the longest frame is taken, and one byte more is refused on its head', () => {
    const longest = wrap(1, new Uint8Array(MAX_PAYLOAD_BYTES));
    expect(longest).toHaveLength(MAX_FRAME_BYTES);
    expect(canFrames.split(longest, 0, longest.length, newSession('tcp'))).toEqual({ kind: 'frame', end: longest.length });
    const longer = wrap(1, new Uint8Array(MAX_PAYLOAD_BYTES + 1)).subarray(0, 8);
    expect(canFrames.split(longer, 0, 8, newSession('tcp'))).toMatchObject({
      kind: 'refused',
      end: 8,
      fault: { code: 'wire_length' },
    });
  });

  it('any payload behind a right checksum is decoded without a throw', () => {
    const valid = fc.tuple(envelopes, fc.nat(), fc.nat(255)).map(([envelope, at, byte]) => {
      const bytes = encodeEnvelope(envelope);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), valid), (payload) => {
        const decoded = canFrames.decode(wrap(7, payload), newSession('tcp'));
        expect(decoded.reply).not.toBeNull();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what belongs together', () => {
  const vinFrames = ['20120003FFECFE00', '01314D3847444D39', '0241584B50303432', '033738382AFFFFFF'].map((hex, i) => ({
    id: i === 0 ? 0x98ecff00 : 0x98ebff00,
    data: new Uint8Array(Buffer.from(hex, 'hex')),
    bus: 0,
    offsetMs: 0,
  }));

  it('pieces of a long message may lie in several records of an envelope, and are added where the last one is', () => {
    const records = vinFrames.map((frame) => ({ timeMs: 1000, frames: [frame] }));
    const { messages } = canFrames.decode(encodeFrame(1, { ident: 'a', records }), newSession('tcp'));
    expect(messages.map((message) => stateOf(message, 'device.vehicle.vin'))).toEqual([
      undefined,
      undefined,
      undefined,
      '1M8GDM9AXKP042788',
    ]);
  });

  it('pieces from two buses are not put together, nor those from two envelopes', () => {
    const mixed = vinFrames.map((frame, i) => ({ ...frame, bus: i % 2 }));
    const { messages } = canFrames.decode(encodeFrame(1, { ident: 'a', records: [{ frames: mixed }] }), newSession('tcp'));
    expect(messages[0]?.stateKeys).toEqual([]);
    for (const part of [vinFrames.slice(0, 2), vinFrames.slice(2)]) {
      const decoded = canFrames.decode(encodeFrame(1, { ident: 'a', records: [{ frames: part }] }), newSession('tcp'));
      expect(decoded.messages[0]?.stateKeys).toEqual([]);
    }
  });

  it('an instant is the same message whether it comes alone, in a batch, or as backlog', () => {
    const instant = { timeMs: 1767225600000, device: { numbers: new Map([[1, 12600]]), texts: new Map() } };
    const alone = canFrames.decode(encodeFrame(1, { ident: 'a', records: [instant] }), newSession('tcp')).messages[0];
    const batch = canFrames.decode(
      encodeFrame(9, { backlog: true, ident: 'a', records: [{ timeMs: 5 }, instant] }),
      newSession('tcp'),
    );
    expect(batch.messages[1]?.identity).toEqual(alone?.identity);
  });
});

describe("a fleet's DBC files", () => {
  const DBC = `BO_ 291 Dash: 8 X
 SG_ Speed : 7|16@0+ (0.01,0) [0|0] "km/h" X
 SG_ Door : 16|2@1+ (1,0) [0|0] "" X
BO_ 2566844161 Own: 8 X
 SG_ Thing : 0|8@1+ (1,0) [0|0] "" X
VAL_ 291 Door 0 "closed" 1 "open" ;
`;
  const tablesFor = (tree: object): ReturnType<typeof compileTables>['tables'] => {
    const { mapping } = readMapping({ dbc: ['x.dbc'], signals: { 'Dash.Speed': 'wheels.speed.value' }, ...tree });
    return compileTables(parseDbc(DBC).messages, mapping as Mapping).tables;
  };
  const codec = canFramesCodec(
    new Map([
      ['car', tablesFor({})],
      ['truck', tablesFor({ j1939: true })],
    ]),
  );
  const frames = [
    { id: 0x123, data: new Uint8Array([0x13, 0x88, 0x01, 0, 0, 0, 0, 0]), bus: 0, offsetMs: 0 },
    { id: 0x8cf00400, data: new Uint8Array([0xff, 0xff, 0xff, 0x80, 0x38, 0xff, 0xff, 0xff]), bus: 0, offsetMs: 0 },
    { id: 0x7e8, data: new Uint8Array([0x03, 0x41, 0x05, 0x7b, 0, 0, 0, 0]), bus: 0, offsetMs: 0 },
  ];
  const decodeAs = (profile: string, dialect: string | null): Decoded =>
    codec.decode(encodeFrame(1, { ident: 'a', profile, records: [{ frames }] }), { ...newSession('tcp'), dialect });

  it('are used under the profile the envelope names, beside OBD-II', () => {
    const [message] = decodeAs('car', null).messages;
    expect(message?.signalKeys).toEqual(['wheels.speed.value', 'dbc.Dash.Door', 'engine.coolant.temperature']);
    expect(message?.signalValues).toEqual([50, 1, 83]);
    expect(message === undefined ? '' : stateOf(message, 'dbc.Dash.Door')).toBe('open');
    expect(message === undefined ? '' : stateOf(message, 'can-frames.id.0CF00400')).toBe('ffffff8038ffffff');
  });

  it('stand beside J1939 where the mapping says so', () => {
    const [message] = decodeAs('truck', null).messages;
    expect(message === undefined ? 0 : signalOf(message, 'engine.speed.value')).toBe(1808);
  });

  it('stay in use for the session, by its dialect, until another profile is named', () => {
    expect(decodeAs('', 'car').messages[0]?.signalKeys).toContain('wheels.speed.value');
    expect(decodeAs('', null).messages[0]?.signalKeys).not.toContain('wheels.speed.value');
    expect(decodeAs('unheard-of', 'car').messages[0]?.signalKeys).not.toContain('wheels.speed.value');
  });
});

describe('an explanation', () => {
  const DBC = `BO_ 291 Dash: 8 X
 SG_ Speed : 7|16@0+ (0.01,0) [0|0] "km/h" X
 SG_ Door : 16|2@1+ (1,0) [0|3] "" X
 SG_ Range : 18|10@1+ (1,0) [0|0] "km" X
VAL_ 291 Door 1 "open" 0 "shut";
`;
  const { mapping } = readMapping({ dbc: ['x.dbc'], signals: { 'Dash.Speed': 'wheels.speed.value' } });
  const { tables } = compileTables(parseDbc(DBC).messages, mapping as Mapping);
  const codec = canFramesCodec(new Map([['car', tables]]));

  it('names the signals of a DBC file, those that share a byte together', () => {
    const data = new Uint8Array([0x13, 0x88, 0b0000_0101, 0, 0, 0, 0, 0]);
    const frames = [{ id: 0x123, data, bus: 0, offsetMs: 0 }];
    const frame = encodeFrame(1, { ident: 'a', profile: 'car', records: [{ frames }] });
    const trace = new Trace(frame);
    codec.explain?.(frame, newSession('tcp'), trace);
    const { span, flaws } = explained(trace, []);
    expect(flaws).toEqual([]);
    const leaves = leavesOf(span).map((leaf) => [
      leaf.name,
      leaf.hex,
      leaf.readings.map(({ key, value }) => `${key} ${value}`),
    ]);
    expect(leaves).toContainEqual(['Speed', '1388', ['wheels.speed.value 50']]);
    expect(leaves).toContainEqual(['Door, Range', '0500', ['dbc.Dash.Door 1', 'dbc.Dash.Door open', 'dbc.Dash.Range 1']]);
    expect(leaves).toContainEqual(['rest', '00000000', []]);
  });
});

describe('damage on the way', () => {
  it('costs the frame it is in, and none that follows', () => {
    const [first, second] = [encodeFrame(1, { ident: 'a' }), encodeFrame(2, { ident: 'b' })];
    const stream = Uint8Array.from([...first, ...second]);
    stream[6] = (stream[6] as number) + 20;
    const refused = canFrames.split(stream, 0, stream.length, newSession('tcp'));
    expect(refused.kind).toBe('need-more');
    const longer = Uint8Array.from([...stream, ...second, ...new Uint8Array(6000)]);
    const found = canFrames.split(longer, 0, longer.length, newSession('tcp'));
    expect(found).toMatchObject({ kind: 'refused', end: first.length, fault: { code: 'wire_crc' } });
  });

  it('is seen in a datagram too, which nobody splits', () => {
    const frame = encodeFrame(1, { ident: 'a' });
    const context = newSession('udp');
    const codes = [
      frame.subarray(0, 10),
      frame.subarray(1),
      frame.subarray(0, -1),
      frame.with(13, frame[13] === 0 ? 1 : 0),
    ].map((bytes) => canFrames.decode(bytes, context).faults.map(({ code }) => code));
    expect(codes).toEqual([['wire_length'], ['wire_resync'], ['wire_length'], ['wire_crc']]);
    expect(crc32(frame, 0, frame.length - 4)).toBe(new DataView(frame.buffer, frame.byteOffset).getUint32(frame.length - 4));
    expect(frame.length).toBe(HEAD_BYTES + 3 + 4);
  });
});
