// What is written in a format is read from it again, as far as the format has a place for it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureEntry } from '../entry.ts';
import { FORMATS, type SourceFormat } from '../import/index.ts';
import { detectFormat } from '../import/formats.ts';
import { imported } from '../import/import-fixture.ts';
import type { ReadOptions } from '../import/reader.ts';
import { exported } from './export-fixture.ts';

/** What each format carries of an entry besides its bytes and direction; the session is compared by who shares it. */
const CARRIES: Record<Exclude<SourceFormat, 'candump'>, (entry: CaptureEntry) => Partial<CaptureEntry>> = {
  jsonl: (entry) => entry,
  hex: (entry) => entry,
  base64: (entry) => entry,
  'mqtt-jsonl': ({ at, peer, protocol, ident, sessionId }) => ({ at, peer, protocol, ident, sessionId, transport: 'mqtt' }),
  pcap: ({ at, peer, transport, listener }) => ({ at, peer, transport, listener }),
  pcapng: ({ at, peer, transport, listener }) => ({ at, peer, transport, listener }),
  'traccar-log': ({ at, peer, transport, protocol }) => ({
    at: Math.floor(at / 1_000) * 1_000,
    peer: peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'),
    transport,
    protocol,
  }),
};

const OPTIONS: Partial<ReadOptions> = { ports: new Map([[5027, null]]) };

const session = fc.record({
  transport: fc.constantFrom('tcp' as const, 'udp' as const),
  ident: fc.option(fc.string({ minLength: 1, maxLength: 20 })),
  protocol: fc.constantFrom('teltonika', 'ruptela', null),
  dialect: fc.option(fc.string({ minLength: 1, unit: 'grapheme' })),
  v6: fc.boolean(),
});

/** Entries of some sessions, each with its own address, in the order of time. */
const capture = fc
  .tuple(
    fc.array(session, { minLength: 1, maxLength: 5 }),
    fc.array(
      fc.record({
        of: fc.nat(),
        direction: fc.constantFrom('in' as const, 'out' as const),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        afterMs: fc.nat(5_000),
      }),
      { minLength: 1, maxLength: 20 },
    ),
  )
  .map(([sessions, spoken]) => {
    let at = Date.UTC(2026, 7, 21);
    return spoken.map(({ of, direction, bytes, afterMs }): CaptureEntry => {
      at += afterMs;
      const index = of % sessions.length;
      const { transport, ident, protocol, dialect, v6 } = sessions[index] as (typeof sessions)[number];
      const peer = v6 ? `[2001:db8::${index + 1}]:40122` : `203.0.113.${index + 1}:40122`;
      const sessionId = `00112233445566${index.toString(16).padStart(2, '0')}`;
      return { at, direction, transport, listener: '5027', peer, sessionId, protocol, ident, dialect, bytes };
    });
  });

const withoutBytes = (list: readonly CaptureEntry[]) =>
  list.map(({ bytes, direction }) => [direction, Buffer.from(bytes).toString('hex')]);
/** For each entry, the first that has its session. */
const sharing = (list: readonly CaptureEntry[]) =>
  list.map(({ sessionId }) => list.findIndex((one) => one.sessionId === sessionId));

describe.each(Object.entries(CARRIES) as [SourceFormat, (entry: CaptureEntry) => Partial<CaptureEntry>][])(
  '%s',
  (format, carries) => {
    test('gives back any entries that were written', () => {
      fc.assert(
        fc.property(capture, (entries) => {
          const written = exported(format, entries);
          expect(written.counts).toEqual({});
          expect(written.report.entries).toBe(entries.length);
          const read = imported(format, written.file, OPTIONS);
          expect(read.report.skipped).toEqual([]);
          expect(withoutBytes(read.entries)).toEqual(withoutBytes(entries));
          expect(sharing(read.entries)).toEqual(sharing(entries));
          expect(read.entries).toMatchObject(entries.map(carries));
        }),
        { numRuns: 100 },
      );
    });

    test('is recognised by its look', () => {
      fc.assert(
        fc.property(capture, (entries) => {
          // Long enough that base64 is no word.
          const long = entries.map((entry) => ({ ...entry, bytes: Uint8Array.from({ length: 20 }, (_, i) => 0xf0 + (i % 9)) }));
          expect(detectFormat(exported(format, long).file)).toBe(format);
        }),
        { numRuns: 30 },
      );
    });
  },
);

test('every format but candump, whose frames are others, is looked at', () => {
  expect([...Object.keys(CARRIES), 'candump'].sort()).toEqual([...FORMATS].sort());
});
