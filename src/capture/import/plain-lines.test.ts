import { describe, expect, test } from 'vitest';
import { bodies, imported, streams } from './import-fixture.ts';
import { timeZone } from './times.ts';

const LOGIN = '000f333536333037303432343431303133';
const BASE64 = Buffer.from(LOGIN, 'hex').toString('base64');
const AT = Date.UTC(2026, 7, 21, 9, 18, 51, 250);

const readHex = (text: string, options = {}) => imported('hex', text, options);
const readBase64 = (text: string) => imported('base64', text);

describe('hex lines', () => {
  test('are a frame each; comments and blank lines are passed over', () => {
    const { entries, counts } = readHex(`# a capture\n\n${LOGIN}\n  ${LOGIN.toUpperCase()}  # again\r\n\n0011`, { at: AT });
    expect(bodies(entries)).toEqual([LOGIN, LOGIN, '0011']);
    expect(entries[0]).toEqual({
      at: AT,
      direction: 'in',
      transport: 'tcp',
      listener: '',
      peer: '',
      sessionId: entries[0]?.sessionId,
      protocol: null,
      ident: null,
      dialect: null,
      bytes: entries[0]?.bytes,
    });
    expect(counts).toEqual({ 'no-time': 3 });
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  test.each(['00 0f 33', '00:0F:33', '00-0f-33', '0x00,0x0f,0x33', String.raw`\x00\x0f\x33`, '0x000f33', '000f 33'])(
    'are read as people write them: %s',
    (line) => {
      expect(bodies(readHex(line).entries)).toEqual(['000f33']);
    },
  );

  test.each([
    ['2026-08-21T09:18:51.250Z', AT],
    ['[2026-08-21T09:18:51.250Z]', AT],
    ['2026-08-21T11:18:51,250+02:00:', AT],
    ['2026-08-21T09:18:51.250112Z+0000', AT],
    ['2026-08-21 09:18:51.250', AT],
    ['(1787303931.250000)', AT],
    ['1787303931250', AT],
    ['1787303931', AT - 250],
  ])('may begin with a time: %s', (time, at) => {
    const { entries, counts } = readHex(`${time} ${LOGIN}`);
    expect(bodies(entries)).toEqual([LOGIN]);
    expect(entries[0]?.at).toBe(at);
    expect(counts).toEqual({});
  });

  test('take times without a zone in the one that is said', () => {
    const [entry] = readHex(`2026-08-21 11:18:51.250 ${LOGIN}`, { localTime: timeZone('Europe/Madrid') }).entries;
    expect(entry?.at).toBe(AT);
  });

  test('may say the device, the direction, and all that is known', () => {
    const { entries } = readHex(`2026-08-21T09:18:51Z 356307042441013 ${LOGIN}
2026-08-21T09:18:51Z > 356307042441013 01
< ident=1234567890123456 session=a1 protocol=gl200 transport=udp listener=a%20b peer=203.0.113.9:40122 dialect=x%3Dy 0011
out 2233
`);
    expect(entries).toMatchObject([
      { direction: 'in', ident: '356307042441013' },
      { direction: 'out', ident: '356307042441013', sessionId: entries[0]?.sessionId },
      {
        direction: 'in',
        ident: '1234567890123456',
        protocol: 'gl200',
        transport: 'udp',
        listener: 'a b',
        peer: '203.0.113.9:40122',
        dialect: 'x=y',
      },
      { direction: 'out', ident: null },
    ]);
    expect(bodies(entries)).toEqual([LOGIN, '01', '0011', '2233']);
    expect(streams(entries)).toEqual([LOGIN, '0011']);
  });

  test('that are none are skipped with their number', () => {
    const { entries, report } = readHex(`0011\nnothing of this\n001\nident=%zz 00\n2026-08-21T09:18:51Z\n22`);
    expect(bodies(entries)).toEqual(['0011', '22']);
    expect(report.skipped).toMatchObject([
      {
        reason: 'not-understood',
        count: 4,
        first: [{ where: 'line 2', detail: 'nothing of this' }, { where: 'line 3' }, { where: 'line 4' }],
      },
    ]);
  });

  test('that are longer than a line may be are skipped, and the next is read', () => {
    const { entries, report } = readHex(`0011\n${'00'.repeat(3 * 1024 * 1024)}\n22\n`);
    expect(bodies(entries)).toEqual(['0011', '22']);
    expect(report.skipped).toMatchObject([{ reason: 'too-long', count: 1, first: [{ where: 'line 2' }] }]);
  });

  test('take protocol, device and transport from the options where they say none', () => {
    const [entry] = readHex(LOGIN, { protocol: 'teltonika', ident: '1', transport: 'udp' }).entries;
    expect(entry).toMatchObject({ protocol: 'teltonika', ident: '1', transport: 'udp' });
  });
});

describe('base64 lines', () => {
  test('are a frame each, with or without padding, also as in URLs', () => {
    const { entries, counts } = readBase64(
      `# a capture\n${BASE64}\n${BASE64.replace(/=+$/, '')}\n2026-08-21T09:18:51Z 356307042441013 ${BASE64}\n-_-_\nident=a -_-_`,
    );
    expect(bodies(entries)).toEqual([LOGIN, LOGIN, LOGIN, 'fbffbf', 'fbffbf']);
    expect(entries.map(({ ident }) => ident)).toEqual([null, null, '356307042441013', null, 'a']);
    expect(counts).toEqual({ 'no-time': 4 });
  });

  test('that are none are skipped', () => {
    expect(readBase64('AAAA\nA\nAA=A\n\u00e4\u00e4\u00e4\u00e4\nAA AA AA\n').counts).toEqual({
      'no-time': 1,
      'not-understood': 4,
    });
  });
});
