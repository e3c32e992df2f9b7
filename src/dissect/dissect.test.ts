import { describe, expect, it } from 'vitest';
import { CODECS } from '#protocols/all';
import { allSpans, leavesOf, NOT_DECODED, type Span } from '#protocols/explain/span';
import { fromHex } from '#wire/hex';
import { golden } from '../../test/support/goldens.ts';
import { dissect, type Dissection, type Given } from './dissect.ts';

const codecs = [...CODECS.values()];
const UNKNOWN: Given = { protocol: null, ident: null, dialect: null, transport: null };

function dissected(bytes: Uint8Array, given: Partial<Given> = {}): Dissection {
  return dissect(codecs, bytes, { ...UNKNOWN, ...given });
}

/** A login and a data frame of one device, as its connection begins. */
const LOGIN = golden('teltonika', 'login-spec');
const DATA = golden('teltonika', 'fmb-core');
const DATAGRAM = golden('teltonika', 'udp-codec8-spec');

function readings({ pieces }: Dissection): Map<string, unknown> {
  const all = pieces.flatMap(({ span }) => allSpans(span)).flatMap((span: Span) => span.readings);
  return new Map(all.map(({ key, value }) => [key, value]));
}

describe('a stream', () => {
  it('is dissected frame by frame, with what the frames before made known', () => {
    const found = dissected(Buffer.concat([LOGIN, DATA, Uint8Array.of(0xff), DATA]));
    expect(found).toMatchObject({ protocol: 'teltonika', ident: '356307042441013' });
    expect(found.pieces.map(({ kind, ident }) => [kind, ident])).toEqual([
      ['login', null],
      ['data', '356307042441013'],
      ['idle', '356307042441013'],
      ['data', '356307042441013'],
    ]);
    expect(readings(found).get('device.supply.voltage')).toBe(14.091);
  });

  it('is known by a frame further on where its first bytes are nobody’s', () => {
    const found = dissected(Buffer.concat([Uint8Array.of(0x13, 0x37), LOGIN, DATA]));
    expect(found.protocol).toBe('teltonika');
    expect(found.pieces.map(({ kind, from }) => [kind, from])).toEqual([
      ['refused', 0],
      ['login', 2],
      ['data', 19],
    ]);
    expect(leavesOf(found.pieces[0]?.span as Span)).toMatchObject([{ name: NOT_DECODED, faults: [{ code: 'wire_resync' }] }]);
  });

  it('of a dialect is read by it', () => {
    const bytes = golden('teltonika', 'ft-core');
    expect(readings(dissected(bytes, { dialect: 'ft' })).get('device.supply.voltage')).toBe(28.713);
    expect(readings(dissected(bytes, { dialect: 'fmb' })).has('device.supply.voltage')).toBe(false);
  });

  it('that is cut names what is there, and says no more than that', () => {
    const element239 = DATA.indexOf(Uint8Array.of(0x00, 0xef));
    const found = dissected(DATA.subarray(0, element239 + 3));
    expect(found.pieces).toMatchObject([{ kind: 'incomplete', end: element239 + 3, faults: [{ code: 'session_unfinished' }] }]);
    const said = readings(found);
    expect(said.get('ignition.state.on')).toBe(1);
    // It stands behind the cut.
    expect(said.has('device.supply.voltage')).toBe(false);
    expect(leavesOf(found.pieces[0]?.span as Span).at(-1)?.end).toBe(element239 + 3);
  });

  it('with a wrong checksum shows what the frame would say, and which checksum it should have', () => {
    const broken = Uint8Array.from(DATA);
    broken[broken.length - 1] = (broken.at(-1) as number) ^ 0x01;
    const found = dissected(Buffer.concat([LOGIN, broken]));
    const [, piece] = found.pieces;
    expect(piece).toMatchObject({ kind: 'refused', messages: 0 });
    const crc = leavesOf(piece?.span as Span).at(-1);
    expect(crc).toMatchObject({
      name: 'crc',
      value: 'wrong',
      faults: [{ code: 'wire_crc', detail: expect.stringContaining('computed') }],
    });
    expect(readings(found).get('device.supply.voltage')).toBe(14.091);
  });
});

describe('a datagram', () => {
  it('is recognised without being told that it is one', () => {
    const found = dissected(DATAGRAM);
    expect(found).toMatchObject({
      protocol: 'teltonika',
      ident: '352093086403655',
      verdicts: [{ as: 'datagram', outcome: 'frames' }, {}, {}, {}],
    });
    expect(found.pieces.map(({ kind }) => kind)).toEqual(['data']);
  });

  it('is one frame, whatever comes behind it', () => {
    const found = dissected(Buffer.concat([DATAGRAM, Uint8Array.of(1)]), { protocol: 'teltonika', transport: 'udp' });
    expect(found.pieces).toMatchObject([{ from: 0, end: DATAGRAM.length + 1, faults: [{ code: 'wire_length' }] }]);
  });
});

describe('the verdicts', () => {
  it('say at which byte it is decided, and what was expected and found', () => {
    const { protocol, pieces, verdicts } = dissected(fromHex('deadbeefdeadbeef') as Uint8Array);
    expect([protocol, pieces]).toEqual([null, []]);
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['none', 'none', 'none', 'none']);
    const of = (name: string) => verdicts.find((verdict) => verdict.protocol === name);
    expect(of('can-frames')).toMatchObject({ offset: 0, found: 'deadbeefde', expected: expect.stringContaining('4f44434601') });
    expect(of('teltonika')?.reason).toMatch(/^byte 0: expected 00.*found de$/);
    expect(of('ruptela')).toMatchObject({ expected: 'a length from 9 to 4092', found: 'dead' });
  });

  it.each([
    ['0000000000000002', 'teltonika', 'none', 'a length from 3 to 16372', '2'],
    ['000000000000003644', 'teltonika', 'none', 'a codec', '44'],
    ['58ffff', 'astra-telematics', 'none', 'a length from 23 to 8191', '65535'],
    ['580040ff', 'astra-telematics', 'none', 'a count of reports', '255'],
    ['00140001bdcaeb2b4c8e99', 'ruptela', 'none', 'a command', '99'],
  ])('on %s name what is wrong with it for %s', (hex, name, outcome, expected, found) => {
    const verdict = dissected(fromHex(hex) as Uint8Array).verdicts.find(({ protocol }) => protocol === name);
    expect(verdict).toMatchObject({ outcome, expected: expect.stringContaining(expected), found });
  });

  it('put first what has whole frames, then what is damaged or cut', () => {
    const broken = golden('ruptela', 'heartbeat');
    broken[broken.length - 1] = 0;
    expect(dissected(broken).verdicts[0]).toMatchObject({ protocol: 'ruptela', outcome: 'damaged' });
    expect(dissected(DATA.subarray(0, 20)).verdicts[0]).toMatchObject({ protocol: 'teltonika', outcome: 'begun' });
    expect(dissected(DATA).verdicts[0]).toMatchObject({ outcome: 'frames', frames: 1, framed: DATA.length, offset: 0 });
  });

  it('are asked of the named protocol alone', () => {
    const { protocol, verdicts } = dissected(fromHex('deadbeef') as Uint8Array, { protocol: 'ruptela' });
    expect([protocol, verdicts.map((verdict) => verdict.protocol)]).toEqual(['ruptela', ['ruptela']]);
    expect(() => dissected(LOGIN, { protocol: 'telex' })).toThrow('telex');
  });
});

it('is plain values: what JSON carries is all of it', () => {
  const found = dissected(Buffer.concat([LOGIN, DATA]));
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});
