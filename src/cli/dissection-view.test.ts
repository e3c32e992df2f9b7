import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CODECS } from '#protocols/all';
import { codecFolders, codecPaths } from '#protocols/conformance/codec-folders';
import { loadGoldens } from '#protocols/conformance/golden';
import { toHex } from '#wire/hex';
import { golden } from '../../test/support/goldens.ts';
import { dissect } from '../dissect/dissect.ts';
import { odograph } from './cli-fixture.ts';
import { dissectionLines, type Paint } from './dissection-view.ts';
import { program, run } from './program.ts';

const codecs = [...CODECS.values()];
const PLAIN: Paint = (_, text) => text;

const goldens = codecFolders().flatMap((codec) =>
  loadGoldens(codecPaths(codec).goldens).map((one) => ({ ...one, codec, title: `${codec}/${one.name}` })),
);

/** Whether the digits stand in the text, in this order. */
function isIn(digits: string, text: string): boolean {
  let at = 0;
  for (const digit of text) if (digit === digits[at]) at++;
  return at === digits.length;
}

describe.each([80, 100, 120, 140])('in a terminal of %d characters', (width) => {
  it('no line of any golden is longer, and every byte is there once', () => {
    expect(goldens.length).toBeGreaterThan(100);
    const bytesEnd = 6 + (width >= 110 ? 8 : 4) * 3 - 1;
    for (const { codec, bytes, context, title } of goldens) {
      const lines = dissectionLines(dissect(codecs, bytes, { ...context, protocol: codec }), width, PLAIN);
      expect(
        lines.filter((line) => line.length > width),
        title,
      ).toEqual([]);
      const columns = lines
        .map((line) => line.slice(6, bytesEnd).trim())
        .filter((text) => /^[0-9a-f]{2}(?: [0-9a-f]{2})*$/.test(text));
      const shown = columns.join('').replaceAll(' ', '');
      const left = lines
        .flatMap((line) => /^ {6}… (\d+) more/.exec(line)?.[1] ?? [])
        .reduce((sum, more) => sum + Number(more), 0);
      expect(shown.length / 2 + left, title).toBe(bytes.length);
      expect(isIn(shown, toHex(bytes)), title).toBe(true);
    }
  });
});

function linesOf(codec: string, name: string, width = 120): string[] {
  const given = { protocol: codec, ident: null, dialect: null, transport: 'tcp' } as const;
  return dissectionLines(dissect(codecs, golden(codec, name), given), width, PLAIN);
}

/** What a terminal would be sent. */
async function onTerminal(environment: Record<string, string>): Promise<string> {
  const terminal = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 100,
    getColorDepth: () => WriteStream.prototype.getColorDepth.call(terminal as unknown as WriteStream, environment),
  });
  const io = { out: terminal, err: new PassThrough(), environment: {} };
  await run(await program(io, CODECS, '1'), ['decode', '--explain', toHex(golden('teltonika', 'wire-crc'))], io);
  return String(terminal.read());
}

describe('the rows', () => {
  it('show an element by its number, its value with the unit, its key and the raw number', () => {
    const row = linesOf('teltonika', 'fmb-core').find((line) => line.includes('element 66 '));
    expect(row).toMatch(/^ +\d+ {2}00 42 37 0b +element 66 +14\.091 V +device\.supply\.voltage.* raw 14091/);
  });

  it('say why an element is kept raw', () => {
    const text = linesOf('teltonika', 'fmb-unknown-elements', 140).join('\n');
    expect(text).toMatch(/element 5000 +200 +teltonika\.io\.5000 · Kept raw: the tables have no such/);
    expect(text).toMatch(/element 66 +14548 +teltonika\.io\.66 · Kept raw: the vendor gives the element/);
  });

  it('mark where decoding stopped, before the bytes that nobody read', () => {
    const rows = linesOf('teltonika', 'decode-truncated');
    const mark = rows.findIndex((line) =>
      line.startsWith('──────── decoding stopped at byte 51: decode_truncated: record 2 of 2'),
    );
    expect(mark).toBeGreaterThan(0);
    expect(rows[mark + 1]).toMatch(/^ +51 {2}00 00 01 99 c8 2c c0 00 +not decoded$/);
  });

  it('show a wrong checksum under its bytes', () => {
    const rows = linesOf('teltonika', 'wire-crc');
    const crc = rows.findIndex((line) => /crc +wrong/.test(line));
    expect(rows[crc + 1]).toContain('▲ wire_crc: crc is 0x00001234, computed 0x2dc9');
  });

  it('show bits of several parameters in one byte side by side, and what the bus says it does not have', () => {
    const text = linesOf('can-frames', 'can-j1939').join('\n');
    expect(text).toMatch(/7d +SPN 512 +0 % +engine\.torque\.demand · raw 125/);
    expect(text).toMatch(/ff ff ff ff +SPN 244 +not available/);
    expect(text).toMatch(/12 08 +data +1M8GDM9AXKP042788 +device\.vehicle\.vin/);
  });
});

describe('odograph decode --explain', () => {
  it('reads what decode reads, and gives the same as JSON', async () => {
    const frame = toHex(golden('teltonika', 'fmb-core'));
    const { code, out } = await odograph('decode', '--explain', frame);
    expect(code).toBe(0);
    expect(out).toContain('protocol teltonika');
    const json = await odograph('decode', '--explain', '--json', frame);
    const { pieces } = JSON.parse(json.out) as { pieces: { span: { children: { name: string }[] } }[] };
    expect(pieces[0]?.span.children.map(({ name }) => name)).toEqual(['preamble', 'length', 'payload', 'crc']);
  });

  it('says of bytes nobody recognises what each codec has against them, and ends with 65', async () => {
    const { code, out, err } = await odograph('decode', '--explain', 'deadbeef');
    expect([code, err]).toEqual([65, expect.stringContaining('no protocol is recognised')]);
    expect(out).toMatch(/is not {4}can-frames +byte 0: expected 4f44434601.*found deadbeef/);
  });

  it.each(['--protocol', '--transport'])('refuses an unknown %s', async (option) => {
    expect((await odograph('decode', '--explain', '00', option, 'telex')).code).toBe(64);
  });

  it('is coloured on a terminal, but for one that asks for none', async () => {
    const coloured = await onTerminal({ TERM: 'xterm-256color' });
    const plain = await onTerminal({ TERM: 'xterm-256color', NO_COLOR: '1' });
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(stripVTControlCharacters(plain)).toBe(plain);
  });
});
