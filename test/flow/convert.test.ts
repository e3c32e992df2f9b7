/** Every file of published frames, through `odograph convert` to every format and back, to the same frames. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource, SOURCES, type SourceName } from '../../src/capture/import/index.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { FRAMES_DIR, haveFrames, peerFrames } from '../support/peer-frames.ts';
import { removeFolder } from '../support/remove-folder.ts';

const AT = '2026-08-21T09:18:51.250Z';
let dir = '';
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'odograph-convert-'))));
afterAll(() => removeFolder(dir));

const FILES = haveFrames ? readdirSync(FRAMES_DIR).filter((name) => name.endsWith('.jsonl')) : [];
/** candump carries CAN frames, and none of the published frames has any. */
const CARRYING = SOURCES.filter((format) => format !== 'candump');

/** What is compared of a file's frames: their bytes, who sent them, and which share a connection. */
async function framesIn(path: string): Promise<{ format: SourceName; frames: [hex: string, connection: number][] }> {
  const { format, entries } = await openSource(path);
  const sessions: string[] = [];
  const frames: [string, number][] = [];
  for await (const { bytes, sessionId, direction } of entries) {
    expect(direction).toBe('in');
    if (!sessions.includes(sessionId)) sessions.push(sessionId);
    frames.push([Buffer.from(bytes).toString('hex'), sessions.indexOf(sessionId)]);
  }
  return { format, frames };
}

describe.skipIf(!haveFrames)('the published frames (skipped without ../shared/frames)', () => {
  test('are files enough', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(16);
  });

  describe.each(FILES)('%s', (name) => {
    const rows = peerFrames(basename(name, '.jsonl'));
    const instances = [...new Set(rows.map(({ decoderInstance }) => decoderInstance))];
    const expected = rows.map(({ hex, text, decoderInstance }) => [
      hex ?? Buffer.from(text ?? '').toString('hex'),
      instances.indexOf(decoderInstance),
    ]);

    test.each(CARRYING)('goes to %s and back', async (format) => {
      const there = join(dir, `${name}.${format}`);
      const back = join(dir, `${name}.${format}.jsonl`);
      const out = await odograph('convert', join(FRAMES_DIR, name), '--at', AT, '-o', there, '--to', format);
      expect([out.code, out.out]).toEqual([0, '']);
      expect(out.err).not.toContain('skipped');
      const home = await odograph('convert', there, '-o', back, '--to', 'jsonl');
      expect(home.code, home.err).toBe(0);
      expect(home.err).not.toContain('skipped: ');
      expect(await framesIn(there)).toEqual({ format, frames: expected });
      expect((await framesIn(back)).frames).toEqual(expected);
    });

    test('does not go to candump, and says why', async () => {
      const there = join(dir, `${name}.candump`);
      const { code, err } = await odograph('convert', join(FRAMES_DIR, name), '--at', AT, '-o', there, '--to', 'candump');
      expect(code).toBe(65);
      expect(err).toContain(`skipped: ${rows.length} × entries that hold no CAN frames [not-can]: entry 1`);
      expect(err).toContain('nothing of');
      expect(readdirSync(dir)).not.toContain(basename(there));
    });
  });

  test('and the candump log goes to every format and back to itself, to the millisecond', async () => {
    const log = join(FRAMES_DIR, 'j1939-candump.log');
    const toMilliseconds = readFileSync(log, 'utf8').replaceAll(/(?<=\.\d{3})\d{3}(?=\))/g, '000');
    for (const format of SOURCES) {
      const there = join(dir, `can.${format}`);
      const back = join(dir, `can.${format}.log`);
      expect((await odograph('convert', log, '--ident', 'box1', '-o', there, '--to', format)).code).toBe(0);
      expect((await odograph('convert', there, '-o', back, '--to', 'candump')).code).toBe(0);
      // Only what says everything of an entry tells a virtual interface from can0 again.
      const names = ['capture', 'candump', 'jsonl', 'hex', 'base64'].includes(format)
        ? toMilliseconds
        : toMilliseconds.replaceAll('vcan0', 'can0');
      expect(readFileSync(back, 'utf8'), format).toBe(names);
    }
  });
});

/** Writes a file in the folder of the tests. */
function made(name: string, text = '000f33\n0102\n'): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

const strict = (text: string) => odograph('convert', made('s.hex', text), '-o', '-', '--to', 'hex', '--strict');

const readPacked = async (bytes: Buffer) => {
  writeFileSync(join(dir, 'log.gz'), bytes);
  const { out } = await odograph(
    'convert',
    join(dir, 'log.gz'),
    '-o',
    join(dir, 'log.pcap'),
    '--to',
    'pcap',
    '--json',
    '--overwrite',
  );
  return JSON.parse(out) as { read: { entries: number; skipped: { reason: string }[] } };
};

describe('the command', () => {
  test('tells what it took and what not, in words and as JSON', async () => {
    const file = made('some.hex', '000f33\nnothing\n2026-08-21T09:18:51Z 0102\n');
    const { code, out, err } = await odograph('convert', file, '--at', AT, '-o', '-', '--to', 'jsonl', '--ident', 'a');
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { at: AT, hex: '000f33', ident: 'a' },
      { at: '2026-08-21T09:18:51.000Z', hex: '0102' },
    ]);
    expect(err).toBe(`read 2 entries, 5 bytes, from hex; wrote 2 as jsonl
skipped: 1 × lines that are not of this format [not-understood]: line 2 (nothing)
note: 1 × entries to which the source gives no time [no-time]: line 1 (taken as ${AT})
`);
    const json = await odograph('convert', file, '-o', join(dir, 'some.pcap'), '--to', 'pcap', '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      from: 'hex',
      to: 'pcap',
      read: {
        entries: 2,
        bytes: 5,
        skipped: [{ reason: 'not-understood', count: 1, first: [{ where: 'line 2', detail: 'nothing' }] }],
      },
      written: { entries: 2, skipped: [] },
    });
  });

  test('--strict ends with 65 where anything was skipped', async () => {
    expect((await strict('00\n')).code).toBe(0);
    expect((await strict('00\nx\n')).code).toBe(65);
  });

  test('reads what gzip has packed, also where it breaks off', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, i) => `2026-08-21T09:18:51Z ${(i * 7919).toString(16).padStart(64, '0')}\n`,
    );
    const packed = gzipSync(rows.join(''));
    expect(await readPacked(packed)).toMatchObject({ read: { entries: 20_000, skipped: [] } });
    const { read: cut } = await readPacked(packed.subarray(0, packed.length - 1_000));
    expect(cut.entries).toBeGreaterThan(1_000);
    expect(cut.entries).toBeLessThan(20_000);
    expect(cut.skipped.map(({ reason }) => reason)).toContain('broken-file');
  });

  test('reads and writes captures, and tells what of one is damaged', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, i) => `${Date.UTC(2026, 7, 21) + i} ${Math.sin(i).toString().slice(3).padStart(40, '0').slice(-40)}\n`,
    );
    const capture = join(dir, 'some.capture');
    const convert = (from: string, to: string, output: string) =>
      odograph('convert', from, '-o', join(dir, output), '--to', to, '--overwrite', '--json');
    expect((await convert(made('many.hex', rows.join('')), 'capture', 'some.capture')).code).toBe(0);
    const back = await convert(capture, 'hex', 'back.hex');
    expect(JSON.parse(back.out)).toMatchObject({ from: 'capture', read: { entries: 20_000, skipped: [], noted: [] } });
    const bytes = readFileSync(capture);
    const damagedAt = Math.floor(bytes.length / 4);
    bytes[damagedAt] = (bytes[damagedAt] as number) ^ 1;
    writeFileSync(join(dir, 'damaged.capture'), bytes.subarray(0, -5));
    const damaged = await convert(join(dir, 'damaged.capture'), 'hex', 'damaged.hex');
    const { read } = JSON.parse(damaged.out) as { read: { entries: number; skipped: { reason: string }[] } };
    expect(read.entries).toBeLessThan(20_000);
    expect(read.skipped.map(({ reason }) => reason)).toEqual(['corrupt', 'cut-off']);
    expect((await odograph('convert', capture, '-o', '-', '--to', 'capture')).code).toBe(64);
    const wrong = await odograph('convert', made('no.capture'), '--from', 'capture', '-o', '-', '--to', 'hex');
    expect([wrong.code, wrong.err]).toEqual([65, expect.stringContaining('[capture_invalid]')]);
  });

  test('writes over nothing unasked, and leaves nothing half written', async () => {
    const file = made('a.hex');
    const there = join(dir, 'there.hex');
    writeFileSync(there, 'precious');
    const refused = await odograph('convert', file, '-o', there, '--to', 'hex');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('--overwrite')]);
    expect(readFileSync(there, 'utf8')).toBe('precious');
    expect((await odograph('convert', file, '-o', there, '--to', 'hex', '--overwrite')).code).toBe(0);
    expect(readFileSync(there, 'utf8')).toContain('000f33');
    const nowhere = await odograph('convert', file, '-o', join(dir, 'no/such/file'), '--to', 'hex');
    expect([nowhere.code, nowhere.err]).toEqual([69, expect.stringContaining('cannot be written')]);
    expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('a file that is not there, and one of no known format, end with 65 and say what to do', async () => {
    const missing = await odograph('convert', join(dir, 'missing'), '-o', '-', '--to', 'hex');
    expect([missing.code, missing.err]).toEqual([65, expect.stringMatching(/missing cannot be read: ENOENT.*\[import_io\]/)]);
    const folder = await odograph('convert', dir, '-o', '-', '--to', 'hex');
    expect([folder.code, folder.err]).toEqual([65, expect.stringContaining('[import_io]')]);
    for (const [text, what] of [
      ['Dear diary,\ntoday was a day.\n', 'of no format'],
      ['', 'is empty'],
      ['\0\x01\x02', 'of no format'],
    ] as const) {
      const unknown = await odograph('convert', made('unknown', text), '-o', '-', '--to', 'hex');
      expect([unknown.code, unknown.err]).toEqual([65, expect.stringContaining(what)]);
      expect(unknown.err).toMatch(/docs\/import\.md.*\[import_format\]/);
    }
    const named = await odograph('convert', made('unknown', 'Dear diary\n'), '--from', 'hex', '-o', '-', '--to', 'hex');
    expect([named.code, named.err]).toEqual([65, expect.stringContaining('nothing of')]);
  });

  test.each([
    ['--to', 'xml'],
    ['--from', 'xml'],
    ['--port', '70000'],
    ['--port', 'a'],
    ['--time-zone', 'Nowhere/City'],
    ['--at', 'soon'],
    ['--payload', 'xml'],
    ['--can-window', '0s'],
    ['--transport', 'pigeon'],
    ['--json'],
  ])('%s %s is a wrong command line', async (...words) => {
    const to = words[0] === '--to' ? [] : ['--to', 'hex'];
    expect((await odograph('convert', made('a.hex'), '-o', '-', ...to, ...words)).code).toBe(64);
  });

  test('passes its options on', async () => {
    const log = made('t.log', '2026-08-21 11:18:51  INFO: [T8f620617: gl200 < 203.0.113.9] 000f\n');
    const zoned = await odograph('convert', log, '-o', '-', '--to', 'jsonl', '--time-zone', 'Europe/Madrid', '-p', 'queclink');
    expect(JSON.parse(zoned.out)).toMatchObject({ at: '2026-08-21T09:18:51.000Z', protocol: 'queclink' });
    const dump = made('m.jsonl', '{"topic":"fleet/b1/raw","payload":"00112233"}\n');
    const told = await odograph(
      'convert',
      dump,
      '-o',
      '-',
      '--to',
      'jsonl',
      '--topic',
      'fleet/{ident}/raw',
      '--payload',
      'text',
    );
    expect(JSON.parse(told.out)).toMatchObject({ ident: 'b1', transport: 'mqtt', hex: '3030313132323333' });
    await odograph('convert', made('u.hex', '00\n'), '--transport', 'udp', '-o', join(dir, 'u.pcap'), '--to', 'pcap');
    const ports = await odograph(
      'convert',
      join(dir, 'u.pcap'),
      '-o',
      '-',
      '--to',
      'jsonl',
      '--port',
      '5000=ruptela',
      '--port',
      '1',
    );
    expect(JSON.parse(ports.out)).toMatchObject({ protocol: 'ruptela', transport: 'udp', listener: '5000' });
    const can = made('c.log', '(1543509533.0) can0 123#11\n(1543509535.0) can0 123#11\n');
    const windows = await odograph('convert', can, '-o', '-', '--to', 'jsonl', '--can-window', '10s');
    expect(windows.out.match(/22[0-9a-f]{2}09/g)).toHaveLength(1);
  });
});
