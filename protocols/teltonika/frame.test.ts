import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '#wire/hex';
import { encodeFrame, encodeLogin } from './encode.ts';
import { RESYNC_WINDOW } from '../layers/resync.ts';
import { MAX_FRAME_BYTES, probe, split } from './frame.ts';

const login = encodeLogin('356307042441013');
const data = encodeFrame({ codec: '8e', records: [{ deviceTime: 1_760_000_000_000, fix: null, io: [[239, 1, 1]] }] });
const bytesOf = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;

interface Range {
  kind: 'frame' | 'idle' | 'refused';
  from: number;
  end: number;
  code: string | null;
}

/** What a session sees of a stream that comes in chunks of these lengths, and how many bytes it is left with. */
function ranges(stream: Uint8Array, cuts: readonly number[]): { found: Range[]; left: number } {
  const found: Range[] = [];
  let from = 0;
  let needed = 1;
  for (const to of [...cuts, stream.length]) {
    while (to - from >= needed && from < to) {
      const result = split(stream.subarray(0, to), from, to);
      needed = result.kind === 'need-more' ? result.atLeast : 1;
      if (result.kind === 'need-more') break;
      found.push({ kind: result.kind, from, end: result.end, code: result.kind === 'refused' ? result.fault.code : null });
      from = result.end;
    }
  }
  return { found, left: stream.length - from };
}

function whole(...parts: Uint8Array[]): { found: Range[]; left: number } {
  return ranges(Buffer.concat(parts), []);
}

const kinds = ({ found }: { found: Range[] }): string[] =>
  found.map(({ kind, code, from, end }) => `${code ?? kind} ${end - from}`);

describe('frames in a stream', () => {
  it('come out one after the other, pings between them passed over', () => {
    const found = whole(bytesOf('ff'), login, data, bytesOf('ffff'), data);
    expect(kinds(found)).toEqual(['idle 1', 'frame 17', `frame ${data.length}`, 'idle 1', 'idle 1', `frame ${data.length}`]);
  });

  it('are the same ranges however the stream is cut', () => {
    const damaged = data.map((byte, i) => (i === 20 ? byte ^ 0x40 : byte));
    const miscounted = data.map((byte, i) => (i === 9 ? 7 : byte));
    const piece = fc.oneof(
      fc.constantFrom(login, data, damaged, miscounted, bytesOf('ff'), bytesOf('000f3941'), bytesOf('0000000000000000')),
      fc.constantFrom(bytesOf('00000000ffffffff'), bytesOf('000000000000000308'), data.subarray(0, 30), login.subarray(0, 9)),
      fc.uint8Array({ maxLength: 40 }),
    );
    const cut = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), cut, (pieces, places) => {
        const stream = new Uint8Array(Buffer.concat(pieces));
        const cuts = places.map((place) => Math.floor(place * stream.length)).sort((a, b) => a - b);
        const single = Array.from(stream, (_, i) => i);
        expect(ranges(stream, cuts)).toEqual(ranges(stream, []));
        expect(ranges(stream, single)).toEqual(ranges(stream, []));
      }),
    );
  });

  it('never leave out or give twice a byte', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(data), fc.uint8Array({ maxLength: 60 })), { maxLength: 10 }), (pieces) => {
        const stream = new Uint8Array(Buffer.concat(pieces));
        const { found, left } = ranges(stream, []);
        const ends = found.map(({ end }) => end);
        expect(found.map(({ from }) => from)).toEqual([0, ...ends].slice(0, found.length));
        expect((ends.at(-1) ?? 0) + left).toBe(stream.length);
      }),
    );
  });
});

describe('what is refused', () => {
  it('is a frame with a wrong checksum as a whole, where its counts lead to its end', () => {
    const damaged = data.map((byte, i) => (i === 20 ? byte ^ 0x40 : byte));
    expect(kinds(whole(damaged, data))).toEqual([`wire_crc ${data.length}`, `frame ${data.length}`]);
  });

  it('ends where the next frame can start, where the counts are wrong too', () => {
    const cutShort = data.subarray(0, data.length - 12);
    const found = whole(cutShort, data, data, data);
    expect(kinds(found)).toEqual([`wire_crc ${cutShort.length}`, ...Array<string>(3).fill(`frame ${data.length}`)]);
  });

  it('is a frame whose checksum field is not zero in its upper half', () => {
    const high = data.map((byte, i) => (i === data.length - 4 ? 1 : byte));
    expect(kinds(whole(high))).toEqual([`wire_crc ${data.length}`]);
  });

  it('is a claim above the limit on its eight bytes, and everything up to the next frame', () => {
    expect(kinds(whole(bytesOf('00000000ffffffff')))).toEqual(['wire_length 8']);
    const longest = MAX_FRAME_BYTES - 12;
    const claim = (length: number): Uint8Array => bytesOf(`00000000${length.toString(16).padStart(8, '0')}8e`);
    expect(split(claim(longest), 0, 9)).toEqual({ kind: 'need-more', atLeast: MAX_FRAME_BYTES });
    expect(split(claim(longest + 1), 0, 9)).toMatchObject({ kind: 'refused', end: 8, fault: { code: 'wire_length' } });
  });

  it('is a run of bytes that start no frame, as one range up to the next frame', () => {
    const garbage = bytesOf('474554202f20485454502f312e310d0a');
    expect(kinds(whole(garbage, data))).toEqual(['wire_resync 16', `frame ${data.length}`]);
    expect(whole(garbage)).toEqual({ found: [], left: 16 });
  });

  it('is garbage without end a window at a time, so that nothing grows', () => {
    const garbage = new Uint8Array(3 * RESYNC_WINDOW + 10).fill(0x55);
    expect(kinds(whole(garbage))).toEqual(Array<string>(3).fill(`wire_resync ${RESYNC_WINDOW}`));
    const zeros = new Uint8Array(10 * RESYNC_WINDOW);
    const found = whole(zeros);
    expect(found.found.length).toBeLessThanOrEqual(10);
    expect(found.left).toBeLessThanOrEqual(RESYNC_WINDOW + 9);
  });

  it('is a login with a letter in it', () => {
    expect(kinds(whole(bytesOf('000f33353633303730343234343130313a'), login))).toEqual(['wire_resync 17', 'frame 17']);
  });

  it('does not swallow the frame behind a length of nothing or of an unknown codec', () => {
    expect(kinds(whole(bytesOf('0000000000000000'), data))).toEqual(['wire_resync 8', `frame ${data.length}`]);
    expect(kinds(whole(bytesOf('000000000000000342aabbcc'), data))).toEqual(['wire_resync 12', `frame ${data.length}`]);
  });
});

describe('first bytes', () => {
  it.each([
    ['000f3335', 'need-more'],
    ['000f333536333037303432343431303133', 'match'],
    ['ff000f333536333037303432343431303133', 'match'],
    ['000000000000004a8e', 'match'],
    ['000000000000004a', 'need-more'],
    ['000000000000004a41', 'mismatch'],
    ['00000000ffffffff', 'mismatch'],
    ['2424', 'mismatch'],
    ['', 'need-more'],
    ['ff'.repeat(32), 'mismatch'],
  ])('%s is a %s', (hex, expected) => expect(probe(bytesOf(hex), 0, hex.length / 2)).toBe(expected));
});
