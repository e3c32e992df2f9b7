import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeFrame } from '#protocols/can-frames/encode';
import { FORMATS } from '../import/index.ts';
import { bodies, imported } from '../import/import-fixture.ts';
import { anEntry, exported } from './export-fixture.ts';

const textOf = ({ file }: { file: Uint8Array }): string => Buffer.from(file).toString();
const LOG = new URL('../../../../shared/frames/j1939-candump.log', import.meta.url);

const datagram = (length: number) => anEntry({ transport: 'udp', bytes: new Uint8Array(length).fill(7) });
const frame = (records: Parameters<typeof encodeFrame>[1]['records'] = []) =>
  anEntry({ protocol: 'can-frames', bytes: encodeFrame(1, { ident: 'box1', records }) });

describe('what a format has no place for', () => {
  test.each(FORMATS.filter((format) => !['jsonl', 'mqtt-jsonl', 'candump'].includes(format)))('is counted: %s', (format) => {
    const { counts, report } = exported(format, [anEntry({ bytes: new Uint8Array(0) }), anEntry()]);
    expect(counts).toEqual({ empty: 1 });
    expect(report.skipped[0]?.first).toEqual([{ where: 'entry 1', detail: '' }]);
    expect(report.entries).toBe(1);
  });

  test.each(['pcap', 'pcapng', 'traccar-log'] as const)('such as MQTT and HTTP, in %s', (format) => {
    const { counts } = exported(format, [
      anEntry({ transport: 'mqtt' }),
      anEntry({ transport: 'http' }),
      anEntry({ transport: 'tls' }),
    ]);
    expect(counts).toEqual({ 'no-such-transport': 2 });
  });

  test('such as a datagram that is too long', () => {
    const { counts, file } = exported('pcap', [datagram(65_508), datagram(65_507)]);
    expect(counts).toEqual({ 'too-large': 1 });
    expect(imported('pcap', file).entries.map(({ bytes }) => bytes.length)).toEqual([65_507]);
  });
});

describe('packets', () => {
  test('are as many as a long entry needs, and give its bytes', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const { file } = exported('pcapng', [anEntry({ bytes })]);
    const { entries, counts } = imported('pcapng', file);
    expect(bodies(entries).join('')).toBe(Buffer.from(bytes).toString('hex'));
    expect(entries.length).toBe(4);
    expect(counts).toEqual({});
  });

  test('have addresses of their own where nobody knows them, and usual ports', () => {
    const sessions = Array.from({ length: 3 }, (_, i) => anEntry({ peer: '', listener: '', sessionId: `00000000000000${i}0` }));
    const peers = imported('pcap', exported('pcap', sessions).file).entries.map(({ peer, listener }) => [peer, listener]);
    expect(peers).toEqual([
      ['198.18.0.0:49152', '5027'],
      ['198.18.0.0:49153', '5027'],
      ['198.18.0.0:49154', '5027'],
    ]);
    const named = [
      anEntry({ peer: '203.0.113.9', listener: 'tcp', protocol: null }),
      anEntry({ peer: 'box.example:1', sessionId: 'b' }),
    ];
    expect(imported('pcap', exported('pcap', named).file).entries.map(({ peer, listener }) => [peer, listener])).toEqual([
      ['203.0.113.9:49152', '5000'],
      ['198.18.0.0:1', '5027'],
    ]);
  });

  test('of sessions that share an address and port, one after the other, are connections of their own', () => {
    const sessions = ['a0', 'b0', 'a0'].map((end) => anEntry({ sessionId: `00112233445566${end}` }));
    const { entries } = imported('pcap', exported('pcap', sessions).file);
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(3);
  });

  test('are dated as near as their format can where a time is none', () => {
    const times = [-5, 8.64e15, 0].map((at) => anEntry({ at, transport: 'udp' }));
    expect(imported('pcap', exported('pcap', times).file).entries.map(({ at }) => at)).toEqual([0, (2 ** 32 - 1) * 1_000, 0]);
    expect(imported('pcapng', exported('pcapng', times).file).entries.map(({ at }) => at)).toEqual([0, 8.64e15, 0]);
  });
});

describe('text', () => {
  test('is written as the formats have it', () => {
    const entries = [anEntry(), anEntry({ direction: 'out', bytes: Uint8Array.of(1), ident: '1 2' })];
    expect(textOf(exported('traccar-log', entries))).toBe(`2026-08-21 09:18:51  INFO: [T00000001] connected
2026-08-21 09:18:51  INFO: [T00000001: teltonika < 203.0.113.9] 000f
2026-08-21 09:18:51  INFO: [T00000001: teltonika > 203.0.113.9] 01
`);
    expect(textOf(exported('hex', entries)).split('\n').slice(1)).toEqual([
      '2026-08-21T09:18:51.250Z < session=00112233445566aa transport=tcp listener=5027 peer=203.0.113.9%3A40122 protocol=teltonika 000f',
      '2026-08-21T09:18:51.250Z > session=00112233445566aa transport=tcp listener=5027 peer=203.0.113.9%3A40122 protocol=teltonika ident=1%202 01',
      '',
    ]);
    expect(
      textOf(exported('mqtt-jsonl', entries))
        .split('\n')
        .map((line) => line.slice(0, 120)),
    ).toEqual([
      '{"tst":"2026-08-21T09:18:51.250Z","topic":"capture/00112233445566aa","qos":1,"retain":0,"payloadlen":2,"encoding":"base6',
      '{"tst":"2026-08-21T09:18:51.250Z","topic":"capture/00112233445566aa/reply","qos":0,"retain":0,"payloadlen":1,"encoding":',
      '',
    ]);
  });

  test('names the topics of the gateway where device and protocol are known, and a topic that was there', () => {
    const entries = [
      anEntry({ ident: '356307042441013' }),
      anEntry({ ident: '356307042441013', direction: 'out' }),
      anEntry({ transport: 'mqtt', listener: 'fleet/b1/raw', ident: 'b1' }),
    ];
    const topics = textOf(exported('mqtt-jsonl', entries)).match(/"topic":"[^"]*"/g);
    expect(topics).toEqual([
      '"topic":"odograph/v1/356307042441013/teltonika"',
      '"topic":"odograph/v1/356307042441013/teltonika/reply"',
      '"topic":"fleet/b1/raw"',
    ]);
  });
});

describe('candump', () => {
  test('has the frames of each bus, with flags and times', () => {
    const { counts, file } = exported('candump', [
      frame([
        {
          timeMs: 1_600_000_000_500,
          frames: [
            { id: 0x123, data: Uint8Array.of(0x11), bus: 1, offsetMs: 0 },
            { id: 0x98fee000, data: Uint8Array.of(0xab, 0xcd), bus: 0, offsetMs: -250 },
            { id: 0x4000_0123, data: new Uint8Array(0), bus: 0, offsetMs: 1 },
            { id: 0x2000_0004, data: new Uint8Array(8), bus: 0, offsetMs: 2 },
            { id: 0x7ff, data: new Uint8Array(12).fill(0xee), bus: 2, offsetMs: 3 },
          ],
        },
        { frames: [{ id: 1, data: new Uint8Array(0), bus: 0, offsetMs: 0 }] },
      ]),
    ]);
    expect(Buffer.from(file).toString()).toBe(`(1600000000.250000) can0 18FEE000#ABCD
(1600000000.500000) can1 123#11
(1600000000.501000) can0 123#R
(1600000000.502000) can0 20000004#0000000000000000
(1600000000.503000) can2 7FF##0EEEEEEEEEEEEEEEEEEEEEEEE
(1787303931.250000) can0 001#
`);
    expect(counts).toEqual({});
  });

  test('takes frames that come in pieces, in turns, or unnamed; the rest is counted', () => {
    const { bytes } = frame([{ timeMs: 1_600_000_000_000, frames: [{ id: 1, data: new Uint8Array(0), bus: 0, offsetMs: 0 }] }]);
    const pieces = ['a', 'b'].flatMap((sessionId) => [
      anEntry({ sessionId, protocol: null, bytes: bytes.subarray(0, 9) }),
      anEntry({ sessionId, protocol: null, bytes: bytes.subarray(9) }),
    ]);
    const [a1, a2, b1, b2] = pieces as [(typeof pieces)[0], (typeof pieces)[0], (typeof pieces)[0], (typeof pieces)[0]];
    const { file, counts } = exported('candump', [
      a1,
      b1,
      b2,
      a2,
      anEntry(),
      { ...a1, sessionId: 'c' },
      { ...a1, direction: 'out' },
    ]);
    expect(Buffer.from(file).toString()).toBe('(1600000000.000000) can0 001#\n'.repeat(2));
    expect(counts).toEqual({ 'not-can': 1, 'not-sent-by-device': 1, 'unfinished-frame': 1 });
  });

  test('says what else was in the records, and what could not be read', () => {
    const damaged = frame().bytes.map((byte, i) => (i === 13 ? byte ^ 1 : byte));
    const { counts } = exported('candump', [
      frame([{ timeMs: 1, events: [{ code: 'x', alarm: false }] }]),
      anEntry({ protocol: 'can-frames', bytes: damaged }),
    ]);
    expect(counts).toEqual({ 'not-carried': 1, 'not-understood': 1 });
  });

  test('keeps no more sessions than a few hundred half told', () => {
    const half = frame().bytes.subarray(0, 9);
    const entries = Array.from({ length: 300 }, (_, i) =>
      anEntry({ sessionId: String(i), protocol: 'can-frames', bytes: half }),
    );
    expect(exported('candump', entries).counts).toEqual({ 'unfinished-frame': 300 });
  });

  test.skipIf(!existsSync(LOG))(
    'gives the captured log back: interfaces, ids and data, times to the millisecond (skipped without ../shared/frames)',
    () => {
      const log = readFileSync(LOG, 'utf8');
      const { entries } = imported('candump', log, { ident: 'box1' });
      const { file, counts } = exported('candump', entries);
      expect(Buffer.from(file).toString()).toBe(log.replaceAll(/(?<=\.\d{3})\d{3}(?=\))/g, '000'));
      expect(imported('candump', file, { ident: 'box1' }).entries).toEqual(entries);
      expect(counts).toEqual({});
    },
  );
});
