import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODECS, decodersOf, PUSH_DECODERS } from '#protocols/all';
import type { Codec } from '#protocols/codec';
import { codecRegistry } from '#protocols/registry';
import { toHex } from '#wire/hex';
import { encodeX } from '../../protocols/astra-telematics/encode.ts';
import { encodeDatagram, encodeFrame, encodeLogin, type EncodedRecord } from '../../protocols/teltonika/encode.ts';
import { encodeFrame as encodeCanFrame } from '../../protocols/can-frames/encode.ts';
import type { CaptureEntry } from '../capture/entry.ts';
import { MessageMaker } from './messages.ts';
import { identOf, type Piece } from './piece.ts';
import { recordFor, renamed } from './records.ts';
import { NO_RENAMING, Renaming } from './renaming.ts';
import { Replay } from './replay.ts';
import type { DecoderOptions } from './session-decoder.ts';

const NOON = Date.UTC(2026, 5, 15, 12);
const IMEI = '356307042441013';
const OTHER = '352093081452251';
const DONGLE = '356938035643809';
const RULES = { maxFutureMs: 600_000, liveAgeMs: 300_000 };
const options: DecoderOptions = { codecs: CODECS, decoders: decodersOf(CODECS), protocol: null, ident: null };

const record = (n: number): EncodedRecord => ({
  deviceTime: NOON - 10_000 + n * 1_000,
  fix: { lat: 40.4 + n / 1_000, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 30, courseDeg: 90, satellites: 9 },
  io: [[239, 1, 1]],
});
const data = (n: number) => encodeFrame({ codec: '8e', records: [record(n)] });
const report = (n: number) =>
  encodeX({ imei: DONGLE, reports: [{ sequence: n, deviceTime: NOON - n * 1_000, status: {}, modules: {} }] });

function entry(bytes: Uint8Array, changes: Partial<CaptureEntry> = {}): CaptureEntry {
  return {
    at: NOON,
    direction: 'in',
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: 'a1',
    protocol: null,
    ident: null,
    dialect: null,
    bytes,
    ...changes,
  };
}

function piecesOf(entries: readonly CaptureEntry[], changes: Partial<DecoderOptions> = {}): Piece[] {
  const replay = new Replay({ ...options, ...changes });
  return [...entries.flatMap((one) => replay.take(one)), ...replay.end()];
}

/** A piece in short: what it is, whose, and its messages. */
const inShort = (piece: Piece) =>
  `${piece.kind} ${identOf(piece) || '-'} ${piece.from}..${piece.end} ${piece.decoded?.messages.length ?? '-'}`;
const short = (entries: readonly CaptureEntry[], changes: Partial<DecoderOptions> = {}) =>
  piecesOf(entries, changes).map(inShort);
const codes = (pieces: readonly Piece[]) => pieces.flatMap(({ faults }) => faults.map(({ code }) => code));

const ping = Uint8Array.of(0xff);
const stream = Buffer.concat([encodeLogin(IMEI), data(1), ping, data(2), Uint8Array.of(1, 2, 3), data(3)]);

describe('a stream', () => {
  it('gives the same pieces however it was cut, and together they are all of it', () => {
    const whole = piecesOf([entry(stream)]);
    expect(whole.map(({ kind }) => kind)).toEqual(['login', 'data', 'idle', 'data', 'refused', 'data']);
    expect(Buffer.concat(whole.map(({ bytes }) => bytes))).toEqual(stream);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length - 1 })), (cuts) => {
        const edges = [0, ...[...new Set(cuts)].sort((a, b) => a - b), stream.length];
        const chunks = edges.slice(1).map((end, i) => entry(stream.subarray(edges[i], end)));
        expect(short(chunks)).toEqual(whole.map(inShort));
      }),
      { numRuns: 50 },
    );
  });

  it('is told apart from others that go on beside it', () => {
    const frames = [encodeLogin(IMEI), data(1), data(2)];
    const mixed = frames.flatMap((bytes) => [entry(bytes), entry(bytes, { sessionId: 'b2' })]);
    expect(piecesOf(mixed).map(({ sessionId }) => sessionId)).toEqual(['a1', 'b2', 'a1', 'b2', 'a1', 'b2']);
    expect(short(mixed).filter((line) => line.startsWith(`data ${IMEI}`)).length).toBe(4);
  });

  it('may begin behind its login, where the capture knows the device; and is decoded without one where it does not', () => {
    expect(short([entry(data(1), { ident: IMEI, protocol: 'teltonika' })])).toEqual([`data ${IMEI} 0..${data(1).length} 1`]);
    const stranger = piecesOf([entry(data(1))]);
    expect([codes(stranger), stranger.map(inShort)]).toEqual([[], [`data - 0..${data(1).length} 1`]]);
    expect(short([entry(data(1))], { ident: OTHER })[0]).toContain(OTHER);
  });

  it('says what is unfinished, what no codec knows, and goes on behind what it refuses', () => {
    const cut = piecesOf([entry(encodeLogin(IMEI)), entry(data(1).subarray(0, 20))]);
    expect([cut.map(({ kind }) => kind), codes(cut)]).toEqual([['login', 'incomplete'], ['session_unfinished']]);
    const unknown = piecesOf([entry(Buffer.from('GET / HTTP/1.1\r\n')), entry(Buffer.from('host: a\r\n'))]);
    expect([unknown.map(({ kind }) => kind), codes(unknown)]).toEqual([
      ['refused', 'refused'],
      ['wire_unknown', 'wire_unknown'],
    ]);
    const broken = data(1);
    broken[broken.length - 1] = (broken.at(-1) as number) ^ 1;
    const pieces = piecesOf([entry(Buffer.concat([encodeLogin(IMEI), broken, data(2)]))]);
    expect([pieces.map(({ kind }) => kind), codes(pieces)]).toEqual([['login', 'refused', 'data'], ['wire_crc']]);
  });

  it('takes the codec that the capture names, or the command where it names none, and another where it is not of this version', () => {
    expect(short([entry(encodeLogin(IMEI), { protocol: 'no-such' })])).toEqual([`login ${IMEI} 0..17 0`]);
    const astra = CODECS.get('astra-telematics') as Codec;
    expect(piecesOf([entry(encodeLogin(IMEI))], { protocol: astra })[0]?.codec).toBe(astra);
    expect(piecesOf([entry(encodeLogin(IMEI), { protocol: 'teltonika' })], { protocol: astra })[0]?.codec?.name).toBe(
      'teltonika',
    );
  });

  it('survives a codec that throws: a fault, and the session goes on', () => {
    const teltonika = CODECS.get('teltonika') as Codec;
    const planted: Codec = {
      ...teltonika,
      decode: (frame, context) => {
        if (frame.length > 17) throw new Error('planted');
        return teltonika.decode(frame, context);
      },
    };
    const codecs = codecRegistry([planted]);
    const pieces = piecesOf([entry(encodeLogin(IMEI)), entry(data(1)), entry(encodeLogin(IMEI))], { codecs, decoders: codecs });
    expect([pieces.map(({ kind }) => kind), codes(pieces)]).toEqual([['login', 'refused', 'login'], ['bug_invariant']]);
  });
});

describe('datagrams and messages', () => {
  it('are whole frames, each in the form its protocol has for datagrams', () => {
    const datagram = encodeDatagram(IMEI, 7, 1, { codec: '8', records: [record(1)] });
    const pieces = piecesOf([entry(datagram, { transport: 'udp' }), entry(report(1), { transport: 'udp', sessionId: 'b2' })]);
    expect(pieces.map(({ codec }) => codec?.name)).toEqual(['teltonika', 'astra-telematics']);
    expect(pieces.map(identOf)).toEqual([IMEI, DONGLE]);
    expect(codes(piecesOf([entry(Buffer.from('junk'), { transport: 'udp' })]))).toEqual(['wire_unknown']);
  });

  it('of another device behind the same address are not taken for those of the first', () => {
    const [one, other] = [IMEI, OTHER].map((imei) =>
      entry(encodeDatagram(imei, 7, 1, { codec: '8', records: [record(1)] }), { transport: 'udp' }),
    ) as [CaptureEntry, CaptureEntry];
    expect(piecesOf([one, other, one]).map(identOf)).toEqual([IMEI, OTHER, IMEI]);
  });

  it('over MQTT hold whole frames, and what is left over is no frame', () => {
    const mqtt = { transport: 'mqtt', ident: IMEI, protocol: 'teltonika' } as const;
    const pieces = piecesOf([entry(Buffer.concat([data(1), data(2).subarray(0, 30)]), mqtt), entry(data(3), mqtt)]);
    expect([pieces.map(({ kind }) => kind), codes(pieces)]).toEqual([['data', 'refused', 'data'], ['wire_length']]);
    const box = encodeCanFrame(1, { ident: 'box-1', profile: '', backlog: false, records: [] });
    expect(piecesOf([entry(box, { transport: 'mqtt', protocol: 'can-frames' })])[0]?.decoded?.reply).toBeNull();
  });

  it('that a cloud has pushed are decoded by who decodes them', () => {
    const [push] = PUSH_DECODERS.keys();
    const [piece] = piecesOf([entry(Buffer.from('{}'), { transport: 'http', protocol: push ?? '' })]);
    expect([piece?.codec?.name, piece?.kind === 'refused']).toEqual([push, false]);
  });
});

function messages(entries: readonly CaptureEntry[], renaming = NO_RENAMING) {
  const maker = new MessageMaker({ rules: RULES, renaming });
  return piecesOf(entries).flatMap((piece) => maker.of(piece));
}

describe('messages', () => {
  it('are as the pipeline stores them, and one that comes again is known', () => {
    const found = messages([
      entry(encodeLogin(IMEI)),
      entry(data(1)),
      entry(data(1)),
      entry(data(2), { at: NOON + 3_600_000 }),
    ]);
    expect(found.map(({ resend, frame }) => [frame, resend])).toEqual([
      [2, false],
      [3, true],
      [4, false],
    ]);
    expect(found[0]?.message).toMatchObject({ ident: IMEI, observedAt: NOON - 9_000, clockRepair: 'none', backlog: false });
    expect(found[2]?.message.backlog).toBe(true);
    expect(found[1]?.message.recordIdLo).toBe(found[0]?.message.recordIdLo);
  });

  it('are another device’s where that is asked for, with record ids of its own', () => {
    const renaming = new Renaming([['3563-0704-2441-013', OTHER]]);
    const [was, is] = [
      messages([entry(encodeLogin(IMEI)), entry(data(1))]),
      messages([entry(encodeLogin(IMEI)), entry(data(1))], renaming),
    ];
    expect([was[0]?.message.ident, is[0]?.message.ident]).toEqual([IMEI, OTHER]);
    expect(is[0]?.message.recordIdLo).not.toBe(was[0]?.message.recordIdLo);
  });
});

function kept(entries: readonly CaptureEntry[], renaming = NO_RENAMING) {
  return piecesOf(entries).map((piece) => recordFor(piece, renaming));
}

describe('records for the sink', () => {
  it('are those a gateway would have kept: nothing of nobody, nothing unfinished', () => {
    expect(kept([entry(ping), entry(data(1))])).toEqual(['idle', 'unnamed']);
    expect(kept([entry(encodeLogin(IMEI)), entry(ping), entry(data(1).subarray(0, 9))]).slice(1)).toEqual([
      'idle',
      'unfinished',
    ]);
    expect(kept([entry(encodeLogin('35630704244101X').fill(0x58, 16))])).toEqual(['unnamed']);
    const broken = data(1);
    broken[broken.length - 1] = (broken.at(-1) as number) ^ 1;
    const [login, refused] = kept([entry(encodeLogin(IMEI)), entry(broken)]);
    expect(login).toMatchObject({ protocol: 'teltonika', ident: null, fault: null, receivedAt: NOON });
    expect(refused).toMatchObject({ fault: 'wire_crc', ident: IMEI });
  });

  it('belong to the device they are said to be of, whatever the frame names', () => {
    const renaming = new Renaming([
      [IMEI, OTHER],
      [DONGLE, OTHER],
    ]);
    const [, frame] = kept([entry(encodeLogin(IMEI)), entry(data(1))], renaming);
    expect(frame).toMatchObject({ ident: OTHER });
    const decoder = renamed(options.decoders, renaming).get('astra-telematics');
    expect(decoder?.decode(report(1), { ident: null, dialect: null, transport: 'tcp' }).ident).toBe(OTHER);
    expect(renamed(options.decoders, NO_RENAMING)).toBe(options.decoders);
    expect(toHex((frame as { frame: Uint8Array }).frame)).toBe(toHex(data(1)));
  });
});
