import { describe, expect, test } from 'vitest';
import { bodies, imported, streams } from './import-fixture.ts';
import { timeZone } from './times.ts';

const LOGIN = '000f333536333037303432343431303133';
const read = (text: string, options = {}) => imported('traccar-log', text, options);

describe('a log of today', () => {
  test('gives what each channel read and wrote, with its codec, address and time', () => {
    const { entries, counts } = read(`2026-08-21 09:18:50  INFO: Starting server on port 5027 for teltonika
2026-08-21 09:18:51  INFO: [T8f620617] connected
2026-08-21 09:18:51  INFO: [T8f620617: teltonika < 203.0.113.9] ${LOGIN}
2026-08-21 09:18:52  INFO: [T8f620617: teltonika > 203.0.113.9] 01
2026-08-21 09:18:53  INFO: [T8f620617] id: 356307042441013, time: 2026-08-21 09:18:52, lat: 41.1, lon: 2.1
2026-08-21 09:18:54  INFO: [T8f620617: teltonika < 203.0.113.9] 00000000
2026-08-21 09:18:55  INFO: [T8f620617] disconnected
`);
    const common = { transport: 'tcp', listener: 'teltonika', peer: '203.0.113.9', protocol: 'teltonika', dialect: null };
    expect(entries).toMatchObject([
      { ...common, at: Date.UTC(2026, 7, 21, 9, 18, 51), direction: 'in', ident: null },
      { ...common, at: Date.UTC(2026, 7, 21, 9, 18, 52), direction: 'out', ident: null },
      { ...common, at: Date.UTC(2026, 7, 21, 9, 18, 54), direction: 'in', ident: '356307042441013' },
    ]);
    expect(bodies(entries)).toEqual([LOGIN, '01', '00000000']);
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(entries[0]?.sessionId).toMatch(/^[0-9a-f]{16}$/);
    expect(counts).toEqual({ 'other-line': 1 });
  });

  test('keeps channels apart whose reads come in turns, and the parts of one frame in order', () => {
    const half = LOGIN.slice(0, 10);
    const { entries } = read(`2026-08-21 09:18:51  INFO: [T00000001: teltonika < 203.0.113.9] ${half}
2026-08-21 09:18:51  INFO: [T00000002: teltonika < 203.0.113.9] ${LOGIN}
2026-08-21 09:18:51  INFO: [T00000001: teltonika < 203.0.113.9] ${LOGIN.slice(10)}
`);
    expect(streams(entries)).toEqual([LOGIN, LOGIN]);
  });

  test('begins a session anew when a channel is opened or closed', () => {
    const line = '2026-08-21 09:18:51  INFO: [T00000001: teltonika < 203.0.113.9] 01\n';
    const { entries } = read(
      `${line}2026-08-21 09:18:51  INFO: [T00000001] disconnected\n${line}2026-08-21 09:18:51  INFO: [T00000001] connected\n${line}`,
    );
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(3);
  });

  test('tells the devices apart that share the one channel of a UDP port', () => {
    const { entries } = read(`2026-08-21 09:18:51  INFO: [Uaabbccdd: teltonika < 203.0.113.9] 0011
2026-08-21 09:18:51  INFO: [Uaabbccdd: teltonika < 2001:db8:0:0:0:0:0:9] 0022
2026-08-21 09:18:51  INFO: [Uaabbccdd] id: 356307042441013, time: 2026-08-21 09:18:52, lat: 41.1, lon: 2.1
2026-08-21 09:18:52  INFO: [Uaabbccdd: teltonika > 203.0.113.9] 33
`);
    expect(entries.map(({ transport, peer, ident }) => [transport, peer, ident])).toEqual([
      ['udp', '203.0.113.9', null],
      ['udp', '2001:db8:0:0:0:0:0:9', null],
      ['udp', '203.0.113.9', null],
    ]);
    expect(streams(entries)).toEqual(['0011', '0022']);
    expect(entries[2]?.sessionId).toBe(entries[0]?.sessionId);
  });

  test('reads frames that are printed as text, with their line ends, and those beside them in hex', () => {
    const { entries, counts } =
      read(String.raw`2026-08-21 09:18:51  INFO: [T1a2b3c4d: wialon < 203.0.113.9] #L#356307042441013;NA\r\n
2026-08-21 09:18:51  INFO: [T1a2b3c4d: wialon > 203.0.113.9] #AL#1\r\n
2026-08-21 09:18:51  INFO: [T1a2b3c4e: gt06 < 203.0.113.9] 78780d01
2026-08-21 09:18:51  INFO: [T1a2b3c4e: gt06 < 203.0.113.9] 78780d01zz
`);
    expect(bodies(entries, 'latin1')).toEqual(['#L#356307042441013;NA\r\n', '#AL#1\r\n', '\x78\x78\x0d\x01', '78780d01zz']);
    expect(entries[0]).toMatchObject({ protocol: null, listener: 'wialon' });
    expect(counts).toEqual({});
  });

  test('takes hex digits for text where the log prints text and they stand for nothing else', () => {
    const { entries, counts } = read(String.raw`2026-08-21 09:18:51  INFO: [T1a2b3c4d: h02 < 203.0.113.9] *HQ,1#
2026-08-21 09:18:51  INFO: [T1a2b3c4d: h02 < 203.0.113.9] 30313233
`);
    expect(bodies(entries, 'latin1')).toEqual(['*HQ,1#', '30313233']);
    expect(counts).toEqual({ 'taken-as-text': 1 });
    expect(bodies(read('2026-08-21 09:18:51  INFO: [T1a2b3c4d: h02 < 203.0.113.9] 30313233\n').entries, 'latin1')).toEqual([
      '0123',
    ]);
  });
});

describe('a log of earlier years', () => {
  test.each([
    ['2020', `2020-08-21 09:18:51  INFO: [8f620617: teltonika < 203.0.113.9] HEX: ${LOGIN}`, 'teltonika', 2020],
    ['2018, with the port', `2018-08-21 09:18:51  INFO: [8F620617: 5027 < 203.0.113.9] HEX: ${LOGIN}`, '5027', 2018],
    ['2017', `2017-08-21 09:18:51 DEBUG: [8F620617: 5027 < 203.0.113.9] HEX: ${LOGIN.toUpperCase()}`, '5027', 2017],
    ['2015', `2015-08-21 09:18:51 DEBUG: [033671A8: 5027 <- 203.0.113.9] - HEX: ${LOGIN}`, '5027', 2015],
    ['2014', `2014-08-21 09:18:51 DEBUG: [5027 <- 203.0.113.9] - HEX: ${LOGIN}`, '5027', 2014],
    ['2013', `2013-08-21 09:18:51  FINE: [5027 <- 203.0.113.9] - (HEX: ${LOGIN})`, '5027', 2013],
    [
      '2013, with the class',
      `2013-08-21 09:18:51 org.traccar.BasePipelineFactory$StandardLoggingHandler.log FINE: [5027 <- 203.0.113.9] - (HEX: ${LOGIN})`,
      '5027',
      2013,
    ],
    [
      '2013, in two lines',
      `2013-08-21 09:18:51 org.traccar.BasePipelineFactory$StandardLoggingHandler log\nFINE: [5027 <- 203.0.113.9] - (HEX: ${LOGIN})`,
      '5027',
      2013,
    ],
    [
      '2012, of an American machine',
      `Aug 21, 2012 9:18:51 AM org.traccar.BasePipelineFactory log\nFINE: [5027 <- 203.0.113.9] - (HEX: ${LOGIN})`,
      '5027',
      2012,
    ],
  ])('is read: %s', (_, line, listener, year) => {
    const { entries, report } = read(`${line}\r\n`);
    expect(report.skipped).toEqual([]);
    expect(bodies(entries)).toEqual([LOGIN]);
    expect(entries[0]).toMatchObject({
      at: Date.UTC(year, 7, 21, 9, 18, 51),
      direction: 'in',
      listener,
      protocol: 'teltonika',
      peer: '203.0.113.9',
    });
  });

  test('tells connections apart by port and address where there are no channels, and says so', () => {
    const { entries, counts } = read(`2014-02-25 23:42:17 DEBUG: [5036 <- 203.0.113.9] - HEX: 11
2014-02-25 23:42:18 DEBUG: [5036 -> 203.0.113.9] - HEX: 22
2014-02-25 23:42:19 DEBUG: [5036 <- 203.0.113.10] - HEX: 33
`);
    expect(entries[1]).toMatchObject({ direction: 'out', sessionId: entries[0]?.sessionId });
    expect(entries[2]?.sessionId).not.toBe(entries[0]?.sessionId);
    expect(counts).toEqual({ 'no-channel': 3 });
  });

  test('is read where a terminal has broken its hex, and skipped where one has cut it off', () => {
    const { entries, report } = read(`2015-09-24 09:41:34 DEBUG: [FEC47FBE: 5001 < 203.0.113.9] HEX: 2830      30    30
2015-07-24 00:02:54 DEBUG: [5005 <- 203.0.113.9] - HEX: 2454524343522c$
2015-07-24 00:02:54 DEBUG: [5005 <- 203.0.113.9] - HEX: 245
2015-07-24 00:02:54 DEBUG: [5005 <- 203.0.113.9] - HEX:
`);
    expect(bodies(entries)).toEqual(['28303030']);
    expect(report.skipped).toMatchObject([
      { reason: 'cut-off', count: 2, first: [{ where: 'line 2' }, { where: 'line 3' }] },
      { reason: 'empty', count: 1, first: [{ where: 'line 4' }] },
    ]);
  });
});

test('the times are those of the zone that is said', () => {
  const line = '2026-08-21 09:18:51  INFO: [T8f620617: teltonika < 203.0.113.9] 01\n';
  for (const [zone, hour] of [
    ['Europe/Madrid', 7],
    ['+05:30', 3.5],
    ['America/Sao_Paulo', 12],
  ] as const) {
    const { entries } = read(line, { localTime: timeZone(zone) });
    expect(entries[0]?.at).toBe(Date.UTC(2026, 7, 21, 0, 18, 51) + hour * 3_600_000);
  }
});

test('what is no frame is counted with its first places, and a stack trace does no harm', () => {
  const { entries, report } = read(`2026-08-21 09:18:51  WARN: Something failed - NullPointerException
	at org.traccar.Main.run(Main.java:1)
2026-13-41 09:18:51  INFO: [T8f620617: teltonika < 203.0.113.9] 01
2026-08-21 09:18:51  INFO: [T8f620617: teltonika < 203.0.113.9]
2026-08-21 09:18:52  INFO: [T8f620617: teltonika < 203.0.113.9] 01
`);
  expect(bodies(entries)).toEqual(['01']);
  expect(report.skipped.map(({ reason, count, first }) => [reason, count, first.map(({ where }) => where)])).toEqual([
    ['other-line', 2, ['line 1', 'line 2']],
    ['not-understood', 2, ['line 3', 'line 4']],
  ]);
});
