import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '#errors/codes';
import { type FrameRecord, TRANSPORTS } from '#model/frame-record';
import { newWriter, writeU8, written } from '#wire/writer';
import { decodeRecord, encodeRecord, MIN_RECORD_BYTES, probeRecord, receivedAtOf } from './record.ts';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 240, maxLength: 600 }), fc.constant(''));
const device: fc.Arbitrary<FrameRecord> = fc.record({
  receivedAt: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  transport: fc.constantFrom(...TRANSPORTS),
  listener: text,
  peer: text,
  sessionId: text,
  protocol: text,
  codecVersion: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  ident: fc.option(text),
  dialect: fc.option(text),
  fault: fc.option(fc.constantFrom(...(Object.keys(ERROR_CODES) as ErrorCode[]))),
  faultDetail: fc.option(text),
  frame: fc.uint8Array({ maxLength: 2_000 }),
});
const pushed = fc.record({ device, companyId: text }).map(({ device: sent, companyId }) => ({ ...sent, companyId }));
const record: fc.Arbitrary<FrameRecord> = fc.oneof(device, pushed);
const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('a spool record', () => {
  it('comes back as it went in, wherever it stands', () => {
    fc.assert(
      fc.property(record, seq, fc.nat(40), (original, number, shift) => {
        const writer = newWriter();
        for (let i = 0; i < shift; i++) writeU8(writer, 0xee);
        encodeRecord(writer, number, original);
        const bytes = written(writer);
        const size = bytes.length - shift;
        expect(probeRecord(bytes, shift, number, number)).toEqual({ kind: 'record', seq: number, size });
        const decoded = decodeRecord(bytes, shift, size);
        expect({ ...decoded, frame: [...decoded.frame] }).toEqual({ ...original, frame: [...original.frame] });
        expect(receivedAtOf(bytes, shift)).toBe(original.receivedAt);
      }),
      { numRuns: 300 },
    );
  });

  it('has its own texts, however much those of its session differ from record to record', () => {
    const some = fc.option(fc.constantFrom('', 'a', 'ab', '\u00e4'));
    const senders = fc.record({
      ident: some,
      dialect: some,
      peer: fc.constantFrom('a', 'b'),
      sessionId: fc.constantFrom('s', 't'),
    });
    fc.assert(
      fc.property(fc.array(senders, { minLength: 2, maxLength: 30 }), (changes) => {
        const records = changes.map((change) => ({ ...sample(Uint8Array.of(1)), ...change }));
        const read = records.map((original, i) => {
          const writer = newWriter();
          encodeRecord(writer, i + 1, original);
          const bytes = written(writer);
          return { ...decodeRecord(bytes, 0, bytes.length), frame: original.frame };
        });
        expect(read).toEqual(records);
      }),
    );
  });

  it('is no record with any one bit flipped', () => {
    fc.assert(
      fc.property(record, seq, fc.nat(), fc.integer({ min: 0, max: 7 }), (original, number, place, bit) => {
        const writer = newWriter();
        encodeRecord(writer, number, original);
        const bytes = written(writer);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        expect(probeRecord(bytes, 0, 1, Number.MAX_SAFE_INTEGER).kind).not.toBe('record');
      }),
      { numRuns: 500 },
    );
  });

  it('is not seen before its last byte', () => {
    const writer = newWriter();
    encodeRecord(writer, 7, sample(new Uint8Array(50)));
    const bytes = written(writer);
    for (let length = 0; length < bytes.length; length++) {
      expect(probeRecord(bytes.subarray(0, length), 0, 1, 10).kind).toBe('need-more');
    }
    expect(probeRecord(bytes, 0, 1, 10).kind).toBe('record');
  });

  it('is as short as the shortest one claims to be', () => {
    const writer = newWriter();
    encodeRecord(writer, 1, { ...sample(new Uint8Array(0)), listener: '', peer: '', sessionId: '', protocol: '', ident: null });
    expect(writer.length).toBe(MIN_RECORD_BYTES);
  });

  it('keeps the name of a fault that this version does not know', () => {
    const writer = newWriter();
    const unknown = 'wire_from_the_future' as ErrorCode;
    encodeRecord(writer, 1, { ...sample(new Uint8Array(3)), fault: unknown, faultDetail: 'why' });
    const decoded = decodeRecord(written(writer), 0, writer.length);
    expect(decoded.fault).toBe('spool_corrupt');
    expect(decoded.faultDetail).toContain('wire_from_the_future');
    expect(decoded.faultDetail).toContain('why');
  });

  it('numbers the transports as the disk format says, whatever order the model lists them in', () => {
    const numbers = TRANSPORTS.map((transport) => {
      const writer = newWriter();
      encodeRecord(writer, 1, { ...sample(new Uint8Array(0)), transport });
      return [transport, writer.bytes[16]];
    });
    expect(Object.fromEntries(numbers)).toEqual({ tcp: 0, tls: 1, udp: 2, mqtt: 3, http: 4, replay: 5, kafka: 6 });
  });

  it('is refused whole when it is too long, and leaves the writer as it was', () => {
    const writer = newWriter();
    encodeRecord(writer, 1, sample(new Uint8Array(3)));
    const before = writer.length;
    expect(() => encodeRecord(writer, 2, sample(new Uint8Array(65 * 1024 * 1024)))).toThrow(RangeError);
    expect(writer.length).toBe(before);
  });
});

function sample(frame: Uint8Array): FrameRecord {
  return {
    receivedAt: 1_700_000_000_000,
    transport: 'tcp',
    listener: 'canbus',
    peer: '203.0.113.9:40122',
    sessionId: '00000000000000a1',
    protocol: 'teltonika',
    codecVersion: 1,
    ident: '356307042441013',
    dialect: null,
    fault: null,
    faultDetail: null,
    frame,
  };
}
