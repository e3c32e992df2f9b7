import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyMessage } from '#model/message';
import { newSession } from '#protocols/codec';
import { stateDecoded } from '#protocols/conformance/statement';
import { Trace } from '#protocols/explain/trace';
import { ENVELOPE_BYTES } from './frame.ts';
import { encodeFrame, type EncodedIo, type EncodedRecord } from './encode.ts';
import { familyOf } from './families.ts';
import { teltonika } from './index.ts';
import { isWorthKnowing, layoutAt, learn, NOT_KNOWN, readKnown } from './known-layouts.ts';
import { CODEC_8E, HEAD_BYTES } from './records.ts';

const fix = { lat: 41.4, lon: 2.2, valid: true, altitudeM: 24, speedKmh: 47, courseDeg: 119, satellites: 9 };
const FMB = familyOf(null, CODEC_8E.codec);
/** Behind preamble, length, codec and count; event id and total behind the head. */
const GROUPS_AT = 8 + 2 + HEAD_BYTES + 4;

function frameOf(...io: EncodedIo[]): Uint8Array {
  return encodeFrame({ codec: '8e', records: [{ deviceTime: 1_760_000_000_000, fix, io }] });
}

const voltage = (mV: number, level = 60) => frameOf([113, 1, level], [66, 2, mV], [16, 4, 2_656_224]);

/** Values read by the layout at a record's place; `null` where none is known or it does not fit. */
function readBy(frame: Uint8Array, end = frame.length - 5) {
  const layout = layoutAt(frame, GROUPS_AT, CODEC_8E, FMB);
  const message = emptyMessage(frame);
  const at = layout === null ? NOT_KNOWN : readKnown(frame, GROUPS_AT, end, layout, message);
  return layout === null || at === NOT_KNOWN ? null : { keys: layout.keys, values: message.signalValues, at };
}

describe('a known layout', () => {
  const keys = Object.freeze(['device.battery.level', 'device.supply.voltage', 'odometer.device.value']);

  it('reads the values of the records that have it, up to the group of eight bytes', () => {
    const learnt = voltage(14_548);
    expect(readBy(learnt)).toBeNull();
    expect(isWorthKnowing(learnt, GROUPS_AT, CODEC_8E)).toBe(true);
    learn(learnt, GROUPS_AT, CODEC_8E, FMB, keys);
    const next = voltage(12_001, 7);
    expect(readBy(next)).toEqual({ keys, values: [7, 12.001, 2_656.224], at: next.length - ENVELOPE_BYTES + 8 - 1 - 2 * 2 });
  });

  it('reads no record that differs in anything but its values, nor one with a value outside of its bounds', () => {
    learn(voltage(14_548), GROUPS_AT, CODEC_8E, FMB, keys);
    expect(readBy(voltage(1))).not.toBeNull();
    expect(readBy(voltage(1, 101))).toBeNull();
    const other = voltage(1);
    other[other.length - 5 - 4 - 5] = 17;
    expect(readBy(other)).toBeNull();
    const cut = voltage(1);
    expect(readBy(cut, cut.length - 5 - 3)).toBeNull();
    expect(layoutAt(voltage(1), GROUPS_AT, CODEC_8E, familyOf('fm-obd', CODEC_8E.codec))).toBeNull();
  });

  it('is not made of a record whose keys are not those of its elements in order', () => {
    const frame = frameOf([113, 1, 101], [67, 2, 4_023], [199, 4, 1]);
    learn(frame, GROUPS_AT, CODEC_8E, FMB, ['teltonika.io.113', 'device.battery.voltage', 'odometer.trip.value']);
    learn(frame, GROUPS_AT, CODEC_8E, FMB, ['device.battery.level', 'device.battery.voltage']);
    expect(readBy(frame)).toBeNull();
  });
});

/** Lists of elements as devices have them, each with something that is read otherwise: few, so that they come up again and again. */
const LISTS: readonly (readonly (readonly [id: number, width: 1 | 2 | 4 | 8])[])[] = [
  [],
  [[239, 1]],
  // Bounded and scaled numbers, the precision of the fix, signed ones.
  [
    [113, 1],
    [21, 1],
    [66, 2],
    [182, 2],
    [17, 2],
    [72, 4],
    [16, 4],
  ],
  [
    [182, 2],
    [182, 2],
    [181, 2],
  ],
  // Two elements that share a key, and one of them twice.
  [
    [205, 2],
    [205, 4],
    [636, 4],
    [241, 4],
  ],
  [
    [636, 4],
    [636, 4],
  ],
  // Nobody knows them, or knows them with another width.
  [
    [250, 1],
    [239, 2],
    [240, 4],
    [255, 4],
  ],
  // A geofence, flags, and identifiers and numbers of eight bytes.
  [
    [155, 1],
    [239, 1],
    [78, 8],
  ],
  [
    [239, 1],
    [90, 2],
    [132, 8],
    [132, 8],
  ],
  [
    [66, 2],
    [11, 8],
    [14, 8],
    [78, 8],
  ],
  [
    [80, 4],
    [79, 1],
    [85, 2],
    [133, 4],
    [232, 8],
    [233, 1],
    [195, 8],
    [196, 8],
    [198, 2],
  ],
];

const record = fc
  .tuple(
    fc.constantFrom(...LISTS),
    fc.constantFrom(0, 0, 0, 66, 155, 239),
    fc.array(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 1, 100, 255, 65_535)), {
      minLength: 9,
      maxLength: 9,
    }),
    // No place, one, and one that is none on this planet: such a record has no fix.
    fc.constantFrom(null, fix, { ...fix, lat: 95 }),
  )
  .map(([list, eventId, values, place]): EncodedRecord => ({
    deviceTime: 1_760_000_000_000,
    fix: place,
    eventId,
    io: list.map(([id, width], i) => [id, width, (values[i] as number) % 2 ** (8 * Math.min(width, 4))]),
  }));

it('what a record says does not depend on what came before it', () => {
  const frames = fc.tuple(fc.constantFrom('8', '8e', '16'), fc.array(record, { minLength: 1, maxLength: 6 }));
  const dialects = fc.constantFrom(null, 'fm-obd', 'fmb6', 'ft');
  fc.assert(
    fc.property(frames, dialects, ([codec, records], dialect) => {
      const io = (of: EncodedRecord): EncodedIo[] => (of.io ?? []).filter(([id]) => codec !== '8' || id <= 255);
      const frame = encodeFrame({ codec, records: records.map((of) => ({ ...of, io: io(of) })) });
      const context = { ...newSession('tcp'), ident: '356307042441013', dialect };
      // An explanation reads each element by itself.
      const explained = stateDecoded(
        teltonika.explain?.(frame, context, new Trace(frame)) ?? teltonika.decode(frame, context),
        frame,
      );
      for (let times = 0; times < 2; times++) expect(stateDecoded(teltonika.decode(frame, context), frame)).toEqual(explained);
      // Cut anywhere, it is read up to there.
      for (const end of [frame.length - 6, frame.length - 20, frame.length >> 1]) {
        const cut = frame.slice(0, end);
        const told = stateDecoded(teltonika.explain?.(cut, context, new Trace(cut)) ?? teltonika.decode(cut, context), cut);
        expect(stateDecoded(teltonika.decode(cut, context), cut)).toEqual(told);
      }
    }),
    { numRuns: 1_000 },
  );
});
