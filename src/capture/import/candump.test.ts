import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canFrames } from '#protocols/can-frames/index';
import { payloadOf } from '#protocols/can-frames/frame';
import { readEnvelope } from '#protocols/can-frames/envelope';
import { newSession } from '#protocols/codec';
import { signalOf, stateOf, type Message } from '#model/message';
import { toHex } from '#wire/hex';
import type { CaptureEntry } from '../entry.ts';
import { imported } from './import-fixture.ts';

const FRAMES = new URL('../../../../shared/frames/', import.meta.url);
const read = (text: string, options = {}) => imported('candump', text, options);

/** What a box would have sent: time, bus, id and data of each CAN frame. */
function framesIn(entries: readonly CaptureEntry[]): [atMs: number, bus: number, id: string, data: string][] {
  return entries
    .flatMap(({ bytes }) => readEnvelope(payloadOf(bytes)).records)
    .flatMap(({ record }) =>
      record.frames.map(
        ({ id, data, bus, offsetMs }) =>
          [record.timeMs + offsetMs, bus, id.toString(16), toHex(data)] as [number, number, string, string],
      ),
    );
}

function messagesOf(entries: readonly CaptureEntry[]): Message[] {
  return entries.flatMap(({ bytes }) => {
    const decoded = canFrames.decode(bytes, newSession('tcp'));
    expect(decoded.faults).toEqual([]);
    return decoded.messages;
  });
}

const lines = (count: number, everyMs: number, data = '1122334455667788') =>
  Array.from({ length: count }, (_, i) => {
    const ms = 1_600_000_000_000 + i * everyMs;
    return `(${Math.floor(ms / 1_000)}.${String(ms % 1_000).padStart(3, '0')}000) can0 123#${data}\n`;
  }).join('');
const envelopes = (entries: readonly CaptureEntry[]) =>
  entries.map(({ bytes }) => readEnvelope(payloadOf(bytes)).records.map(({ record }) => record));

describe('lines of a log file', () => {
  test('become frames of a box on that bus, each with its time', () => {
    const { entries, counts } = read(
      `(1543509533.000838) can0 18FEE000#FFFFFFFFB05C6800
(1543509533.250000) can0 7E8#037F0111 R
(1543509534.500999) can1 123#
(1543509534.501) can1 00000123#AA.BB T
(1543509534.502000) can1 123#112233_9
`,
      { ident: 'box1' },
    );
    expect(framesIn(entries)).toEqual([
      [1_543_509_533_000, 0, '98fee000', 'ffffffffb05c6800'],
      [1_543_509_533_250, 0, '7e8', '037f0111'],
      [1_543_509_534_500, 1, '123', ''],
      [1_543_509_534_501, 1, '80000123', 'aabb'],
      [1_543_509_534_502, 1, '123', '112233'],
    ]);
    expect(entries).toMatchObject([
      { at: 1_543_509_533_250, direction: 'in', listener: 'can0', protocol: 'can-frames', ident: null },
      { at: 1_543_509_534_502, direction: 'in', listener: 'can1', protocol: 'can-frames', ident: null },
    ]);
    expect(entries[0]?.sessionId).not.toBe(entries[1]?.sessionId);
    expect(canFrames.decode(entries[0]?.bytes as Uint8Array, newSession('tcp')).ident).toBe('box1');
    expect(counts).toEqual({});
  });

  test('may be CAN FD', () => {
    const data = '112233445566778899AABBCC'.repeat(5) + '11223344';
    const { entries } = read(`(1543509533.000838) can0 18FEE000##1${data}\n(1543509533.000838) can0 123##011\n`);
    expect(framesIn(entries).map(([, , , bytes]) => bytes)).toEqual([data.toLowerCase(), '11']);
  });

  test('that hold no data frame are counted', () => {
    const { entries, counts } = read(`# a comment
(1543509533.000838) can0 123#R
(1543509533.000838) can0 123#R8
(1543509533.000838) can0 20000004#0000000000000000
DROPCOUNT: dropped 3 CAN frames on 'can0' socket (total drops 3)
(1543509533.000838) can0 123#0
(1543509533.000838) can0 123#112233445566778899
(1543509533.000838) can0 999#11
(1543509533.000838) can0
`);
    expect(entries).toEqual([]);
    expect(counts).toEqual({ 'remote-frame': 2, 'error-frame': 1, 'lost-frames': 1, 'not-understood': 4 });
  });
});

describe('lines of the screen', () => {
  test('are read with absolute times, with dates, and without any', () => {
    const { entries, counts } = read(
      ` (1543509533.000838)  can0  18FEE000   [8]  FF FF FF FF B0 5C 68 00
 (2018-11-29 16:38:53.250838)  can0       123   [2]  11 22
  can0  7E8   [3]  02 01 0C   '...'
`,
      { at: 1_543_509_533_700 },
    );
    expect(framesIn(entries)).toEqual([
      [1_543_509_533_000, 0, '98fee000', 'ffffffffb05c6800'],
      [1_543_509_533_250, 0, '123', '1122'],
      [1_543_509_533_700, 0, '7e8', '02010c'],
    ]);
    expect(counts).toEqual({ 'no-time': 1 });
  });

  test('are read with what -x, -a and -S add, and as CAN FD', () => {
    const { entries, counts } = read(` (1543509533.000838)  can0  RX - -  123   [2]  11 22   '."'
 (1543509533.000838)  can0  TX B E  123  [12]  00 11 22 33 44 55 66 77 88 99 AA BB
 (1543509533.000838)  can0  123   [3]  33\`22\`11   '3"."'
 (1543509533.000838)  can0  123   [0]
 (1543509533.000838)  can0  123   [0]  remote request
 (1543509533.000838)  can0  20000088   [8]  00 00 08 00 00 00 00 00   ERRORFRAME
 (1543509533.000838)  can0  123   [8]  11 22
`);
    expect(framesIn(entries).map(([, , , data]) => data)).toEqual(['1122', '00112233445566778899aabb', '112233', '']);
    expect(counts).toEqual({ 'remote-frame': 1, 'error-frame': 1, 'not-understood': 1 });
  });
});

describe('records and envelopes', () => {
  test('cover the time that is asked for, under the time of their last frame', () => {
    const [records] = envelopes(read(lines(25, 100)).entries);
    expect(records?.map(({ timeMs, frames }) => [timeMs - 1_600_000_000_000, frames.length, frames[0]?.offsetMs])).toEqual([
      [900, 10, -900],
      [1_900, 10, -900],
      [2_400, 5, -400],
    ]);
    expect(envelopes(read(lines(25, 100), { canWindowMs: 10_000 }).entries)[0]).toHaveLength(1);
  });

  test('end where there is no room for more, after a minute, and where the clock goes back', () => {
    const full = read(lines(5_000, 0));
    expect(envelopes(full.entries).map((records) => records.flatMap(({ frames }) => frames).length)).toEqual([
      1_293, 1_293, 1_293, 1_121,
    ]);
    expect(full.entries.every(({ bytes }) => canFrames.decode(bytes, newSession('tcp')).faults.length === 0)).toBe(true);
    expect(envelopes(read(lines(7, 20_000)).entries).map((records) => records.length)).toEqual([3, 3, 1]);
    const back = read(`${lines(2, 500)}(1500000000.0) can0 123#11\n`);
    expect(envelopes(back.entries).map((records) => records.map(({ timeMs }) => timeMs))).toEqual([
      [1_600_000_000_500],
      [1_500_000_000_000],
    ]);
  });

  test('number the frames of a bus, and are bounded however many buses a file names', () => {
    const names = Array.from({ length: 200 }, (_, i) => `(1600000000.0) bus${i} 123#11\n`).join('');
    const { entries } = read(names);
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(200);
    expect(framesIn(entries).every(([, bus]) => bus < 16)).toBe(true);
  });
});

describe.skipIf(!existsSync(FRAMES))('the captured log (skipped without ../shared/frames)', () => {
  test('decodes to what an independent decoder says', () => {
    const { entries, counts } = read(readFileSync(new URL('j1939-candump.log', FRAMES), 'utf8'), { ident: 'box1' });
    expect(counts).toEqual({});
    const [truck, bench] = messagesOf(entries) as [Message, Message];
    // Where the names of the peer's output go, protocols/layers/j1939/j1939.test.ts says.
    const expected = readFileSync(new URL('j1939-candump.expected.txt', FRAMES), 'utf8');
    const numberAfter = (name: string) => Number(new RegExp(String.raw`"${name}":"([\d.]+)`).exec(expected)?.[1]);
    expect(signalOf(truck, 'odometer.total.value')).toBe(numberAfter('Total Vehicle Distance'));
    expect(signalOf(truck, 'engine.speed.value')).toBe(numberAfter('Engine Speed'));
    expect(signalOf(truck, 'engine.torque.actual')).toBe(numberAfter('Actual Engine - Percent Torque'));
    expect(signalOf(truck, 'engine.speed.value')).toBe(649);
    expect(truck.deviceTime).toBe(1_543_509_533_001);
    expect(stateOf(bench, 'service.dtc.list')).toBe('SPN91.FMI3.OC1.SA0');
    expect(bench.deviceTime).toBe(1_612_543_138_001);
  });
});
