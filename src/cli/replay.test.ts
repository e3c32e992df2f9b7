import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { CaptureWriter } from '../capture/file/writer.ts';
import { odograph, type Ran } from './cli-fixture.ts';

const NOON = Date.UTC(2026, 5, 15, 12);
const IMEI = '356307042441013';
const dir = mkdtempSync(join(tmpdir(), 'odograph-replay-'));
const path = join(dir, 'box.odocap');
const at = (name: string) => join(dir, name);
const CONFIG = ['--data-dir', dir, '--set', 'listeners=[{"name":"a","port":1,"protocols":["teltonika"]}]'];
const replay = (...words: string[]): Promise<Ran> => odograph('replay', path, ...words, ...CONFIG);
const golden = (...words: string[]): Promise<Ran> => odograph('golden', path, ...words, ...CONFIG);

beforeAll(async () => {
  const fix = { lat: 40.4, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 30, courseDeg: 90, satellites: 9 };
  const frame = (n: number) =>
    encodeFrame({ codec: '8e', records: [{ deviceTime: NOON - n * 1_000, fix, io: [[85, 2, 780 + n]] }] });
  const broken = frame(3);
  broken[broken.length - 1] = (broken.at(-1) as number) ^ 1;
  const writer = await CaptureWriter.open(path, NOON);
  for (const bytes of [encodeLogin(IMEI), frame(1), frame(2), frame(2), broken]) {
    const session = {
      listener: 'a',
      peer: '203.0.113.9:40122',
      sessionId: 'a1',
      protocol: 'teltonika',
      ident: null,
      dialect: null,
    };
    await writer.add({ at: NOON, direction: 'in', transport: 'tcp', ...session, bytes });
  }
  await writer.close();
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('replay', () => {
  test('says what a capture holds', async () => {
    const { code, out } = await replay();
    expect(code).toBe(0);
    expect(out).toContain('5 entries of 1 sessions: 5 frames, 3 messages, 1 frames with faults');
    expect(out).toMatch(/teltonika +1 +1 +5 +3 +1 +3 +1/);
    expect(out).toMatch(/wire_crc +1 +2026-06-15T12:00:00Z +crc is/);
    expect(out).toMatch(new RegExp(`${IMEI} +teltonika +5 +3`));
    const { protocols, faults } = JSON.parse((await replay('--json')).out) as Record<
      string,
      Record<string, { frames: number }>
    >;
    expect([protocols?.['teltonika']?.frames, faults?.['wire_crc']?.frames]).toEqual([5, 1]);
  });

  test('shows messages as JSON lines, a table or GeoJSON, and the numbers beside them', async () => {
    const lines = await replay('--format', 'jsonl');
    const [first] = lines.out.split('\n').map((line) => JSON.parse(line || 'null') as Record<string, unknown> | null);
    expect(first).toMatchObject({
      frame: 2,
      ident: IMEI,
      resend: false,
      signals: { 'engine.speed.value': 781 },
      position: { lat: 40.4 },
    });
    expect(lines.err).toContain('3 messages');
    const table = await replay('--format', 'table');
    expect(table.out).toMatch(/2 {2}2026-06-15 11:59:59\.000 {2}356307042441013 .* 40\.40000 +-3\.70000 {2}valid +30 +9/);
    expect(table.out).toContain('[resend]');
    const { features } = JSON.parse((await replay('--format', 'geojson')).out) as { features: { geometry: object }[] };
    expect(features.map(({ geometry }) => geometry)).toEqual(
      [1, 2, 3].map(() => ({ type: 'Point', coordinates: [-3.7, 40.4, 650] })),
    );
  });

  test('gives a device another name', async () => {
    expect((await replay('--format', 'jsonl', '--tracker', `${IMEI}=490154203237518`)).out).toContain(
      '"ident":"490154203237518"',
    );
  });

  test('refuses words that make no sense together, and files that are none', async () => {
    for (const words of [
      ['--write', '--to', 'tcp://127.0.0.1:1'],
      ['--format', 'jsonl', '--json'],
      ['--format', 'xml'],
      ['--to', 'ftp://127.0.0.1'],
      ['--to', 'tcp://127.0.0.1'],
      ['--to', 'tcp://127.0.0.1:1', '--speed', 'fast'],
      ['--tracker', 'A'],
      ['--diff', 'a.json'],
      ['--diff', '..'],
      ['--diff', 'no-such-version..'],
      ['--protocol', 'no-such'],
    ]) {
      expect([words, (await replay(...words)).code]).toEqual([words, 64]);
    }
    expect((await odograph('replay', at('nowhere'), ...CONFIG)).code).toBe(65);
    writeFileSync(at('text'), 'a text that is long enough to be something');
    expect(await odograph('replay', at('text'), ...CONFIG)).toMatchObject({
      code: 65,
      err: expect.stringContaining('import_format'),
    });
  });
});

describe('decodes that are compared', () => {
  test('are the same where nothing has changed, whichever way they are named', async () => {
    expect((await replay('--save', at('a.json'))).code).toBe(0);
    for (const diff of [`${at('a.json')}..`, `..${at('a.json')}`, `${at('a.json')}..${at('a.json')}`]) {
      expect(await replay('--diff', diff)).toMatchObject({ code: 0, out: expect.stringContaining('are the same, 5 frames') });
    }
  });

  test('are shown where they differ, with the bytes of the frame, the fields and their units', async () => {
    const text = readFileSync(at('a.json'), 'utf8');
    writeFileSync(
      at('b.json'),
      text
        .replace('"engine.speed.value":782', '"engine.speed.value":97.75')
        .replace('"engine.speed.value":"RPM"', '"engine.speed.value":"HTZ"'),
    );
    const { code, out, err } = await replay('--diff', `${at('a.json')}..${at('b.json')}`);
    expect([code, err]).toEqual([1, '1 of 5 frames differ, 1 messages in them, and the units of 1 signals\n']);
    expect(out).toMatch(
      /^frame 3, 2026-06-15T12:00:00.000Z, teltonika, ident 356307042441013, bytes \d+ to \d+ of session a1\n {2}0000 {2}00 00 00 00 /,
    );
    expect(out).toMatch(/message 0, .*\n +signals\.engine\.speed\.value {2}782 RPM → 97\.75 HTZ\n/);
    expect(out).toContain('units\n  engine.speed.value  RPM (revolutions per minute) → HTZ');
    writeFileSync(at('c.json'), '{"format":"something else"}');
    expect((await replay('--diff', `${at('c.json')}..`)).code).toBe(65);
    expect((await replay('--save', at('no/where.json'))).code).toBe(65);
  });

  test.skipIf(!existsSync(join(import.meta.dirname, '../../.git')))(
    'may be those of versions of this repository',
    { timeout: 300_000 },
    async () => {
      const { code, out } = await replay('--diff', 'HEAD..HEAD');
      expect([code, out]).toEqual([
        0,
        expect.stringMatching(/^HEAD \([0-9a-f]{10}\) and HEAD \([0-9a-f]{10}\) are the same, 5 frames/),
      ]);
    },
  );
});

describe('golden', () => {
  test('keeps a decode, is content while it stays the same, and says where it does not', async () => {
    const kept = `${path}.golden.json`;
    expect(await golden()).toMatchObject({ code: 65, err: expect.stringContaining('--accept makes it') });
    expect(await golden('--accept')).toMatchObject({ code: 0, out: expect.stringContaining('holds 5 frames') });
    expect((await golden()).code).toBe(0);
    const text = readFileSync(kept, 'utf8');
    expect(text).toBe(readFileSync(at('a.json'), 'utf8'));
    writeFileSync(kept, text.replace('"satellites":9', '"satellites":8'));
    const { code, out, err } = await golden();
    expect([code, err]).toEqual([1, '1 of 5 frames differ, 1 messages in them\n']);
    expect(out).toContain('fix.satellites  8 → 9');
    writeFileSync(kept, text.slice(0, 900));
    expect((await golden()).code).toBe(65);
  });
});

describe('what another tool has logged', () => {
  const login = Buffer.from(encodeLogin(IMEI)).toString('hex');
  const log = `2026-06-15 12:00:00  INFO: [T8f620617: teltonika < 203.0.113.9] ${login}
2026-06-15 12:00:00  INFO: [T8f620617: teltonika > 203.0.113.9] 01
2026-06-15 12:00:01  INFO: something else
`;

  test('is replayed, held against a golden and decoded as a capture is', async () => {
    writeFileSync(at('server.log'), log);
    const shown = await odograph('replay', at('server.log'), ...CONFIG);
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('2 entries of 1 sessions: 1 frames')]);
    expect(shown.err).toContain('skipped: 1');
    expect((await odograph('golden', at('server.log'), '--accept', ...CONFIG)).code).toBe(0);
    expect((await odograph('golden', at('server.log'), ...CONFIG)).code).toBe(0);
    const decoded = await odograph('decode', at('server.log'));
    expect([decoded.code, decoded.out]).toEqual([
      0,
      expect.stringMatching(/^session .*203\.0\.113\.9.*\nprotocol teltonika, ident 356307042441013\n/),
    ]);
  });

  test('and captures are decoded session by session, as text or JSON', async () => {
    const { code, out, err } = await odograph('decode', path);
    expect([code, err]).toEqual([65, expect.stringContaining('1 of 5 pieces have faults')]);
    expect(out).toMatch(/^session a1, 203\.0\.113\.9:40122, tcp a\nprotocol teltonika, ident 356307042441013\n/);
    const { sessions } = JSON.parse((await odograph('decode', path, '--json')).out) as {
      sessions: { session: string; pieces: unknown[] }[];
    };
    expect(sessions.map(({ session, pieces }) => [session, pieces.length])).toEqual([['a1, 203.0.113.9:40122, tcp a', 5]]);
    expect((await odograph('replay', '-', '--write', ...CONFIG)).code).toBe(64);
  });
});
