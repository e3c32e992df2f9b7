// No bytes make a reader throw or hang, and none depends on how its bytes come.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame } from '#protocols/can-frames/encode';
import { anEntry, exported } from '../export/export-fixture.ts';
import { FORMATS, READERS, type SourceFormat } from './formats.ts';
import { DEFAULTS } from './reader.ts';
import { TransferReport } from './report.ts';
import { imported } from './import-fixture.ts';

const CAPTURES = new URL('../../../fixtures/captures/', import.meta.url);
const RUNS = 200;

/** Files that are whole, to be damaged: of ours, and of other tools where there are any. */
function seedsOf(format: SourceFormat): Uint8Array[] {
  const frames = [{ id: 0x98fee000, data: Uint8Array.of(1, 2, 3), bus: 0, offsetMs: 0 }];
  const can = encodeFrame(1, { ident: 'b', records: [{ timeMs: 1_600_000_000_000, frames }] });
  const entries = [
    anEntry({ ident: '356307042441013' }),
    anEntry({ direction: 'out', bytes: Uint8Array.of(1) }),
    anEntry({ transport: 'udp', peer: '[2001:db8::9]:40122', sessionId: '1122334455667788' }),
    anEntry({ protocol: 'can-frames', bytes: can }),
    anEntry({ bytes: new Uint8Array(Buffer.from('+RESP:GTFRI,0$')), protocol: null }),
  ];
  const foreign = readdirSync(CAPTURES).filter((name) => name.endsWith(`.${format}`));
  return [exported(format, entries).file, ...foreign.map((name) => new Uint8Array(readFileSync(new URL(name, CAPTURES))))];
}

interface Damage {
  kind: 'flip' | 'cut' | 'insert' | 'repeat' | 'zero';
  at: number;
  length: number;
  bytes: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'repeat', 'zero'),
  at: fc.nat(20_000),
  length: fc.nat(64),
  bytes: fc.uint8Array({ maxLength: 16 }),
});

function damaged(source: Uint8Array, { kind, at, length, bytes }: Damage): Uint8Array {
  const from = at % (source.length + 1);
  const [before, piece, after] = [source.subarray(0, from), source.slice(from, from + length), source.subarray(from + length)];
  if (kind === 'insert') return join(before, bytes, piece, after);
  if (kind === 'cut') return join(before, after);
  if (kind === 'repeat') return join(before, piece, piece, after);
  return join(before, kind === 'zero' ? piece.fill(0) : piece.map((byte) => byte ^ (1 << (at % 8))), after);
}

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe.each(FORMATS)('%s', (format) => {
  const seeds = seedsOf(format);

  test('takes any bytes, in any pieces, to the same end', () => {
    const source = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .string({ maxLength: 400, unit: fc.constantFrom(...'0123456789abcdef{}[]()":,.#<>-+= \n\r\\TZ'.split('')) })
        .map((text) => join(Buffer.from(text))),
      fc
        .tuple(fc.constantFrom(...seeds), fc.array(damage, { minLength: 1, maxLength: 6 }))
        .map(([seed, list]) => list.reduce(damaged, seed)),
    );
    fc.assert(
      fc.property(source, fc.integer({ min: 1, max: 700 }), (bytes, pieceBytes) => {
        const whole = imported(format, bytes);
        const pieces = imported(format, bytes, {}, pieceBytes);
        expect(pieces.entries).toEqual(whole.entries);
        expect(pieces.counts).toEqual(whole.counts);
        for (const entry of whole.entries) {
          expect(entry.bytes.length).toBeGreaterThan(0);
          expect(Number.isSafeInteger(entry.at)).toBe(true);
          expect(entry.sessionId).toMatch(/^[0-9a-f]{16}$/);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('keeps the bytes of its entries, whatever becomes of those it was given', () => {
    const [seed] = seeds as [Uint8Array];
    const before = imported(format, seed).entries;
    const memory = seed.slice();
    const reader = READERS[format](DEFAULTS, new TransferReport());
    const entries = [...reader.push(memory)];
    memory.fill(0xff);
    entries.push(...reader.end());
    expect(entries).toEqual(before);
    expect(entries.length).toBeGreaterThan(0);
  });

  test('is not slowed by lines made to be slow', () => {
    const long = 50_000;
    const heads = [
      '',
      '2026-08-21 09:18:51 ',
      '2026-08-21 09:18:51  INFO: [T8f620617: a < 1] HEX: ',
      '(1543509533.000838) can0 123',
      '{"payload":"',
    ];
    for (const head of heads) {
      for (const piece of [
        ' ',
        '0',
        '00 ',
        'a',
        'a b ',
        '(',
        '[',
        '"',
        '\\',
        '=',
        '`',
        '00:',
        'can0 ',
        '-',
        '. ',
        'A1=',
        '\t\xa0',
      ]) {
        const line = head + piece.repeat(long / piece.length);
        const { entries } = imported(format, `${line}\n${line}!\n${line}"}`);
        expect(entries.length).toBeLessThan(4);
      }
    }
  });
});
