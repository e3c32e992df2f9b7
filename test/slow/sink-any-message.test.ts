import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLOCK_REPAIRS, type NormalisedMessage } from '#model/normalised';
import type { FrameOutcome } from '../../src/pipeline/ports.ts';
import type { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
import { openEmbedded } from '../support/embedded-clickhouse.ts';
import { frameRecord } from '../support/outcomes.ts';

let clickhouse: ClickHouse;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ clickhouse, remove } = await openEmbedded());
});

afterAll(() => remove());

/** Any number a codec might give, whether or not the schema has a place for it. */
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 2 ** 53, -1, 0.5, 256, 1e308),
);
const time = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 8.64e15, 0, Date.UTC(2299, 11, 31)),
);
/** Any text, with halves of surrogate pairs, zeros, and more than a length of one byte tells. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '\ud800', 'x\udfffy', 'é'.repeat(127), 'x'.repeat(128), 'y'.repeat(70_000)),
);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 3 });

const message: fc.Arbitrary<Omit<NormalisedMessage, 'index' | 'recordIdHi' | 'recordIdLo' | 'receivedAt'>> = fc
  .record({
    ident: text,
    trackerOid: text,
    provider: text,
    deviceTime: optional(time),
    observedAt: time,
    clockRepair: fc.constantFrom(...CLOCK_REPAIRS),
    backlog: fc.boolean(),
    position: optional(
      fc.record({
        lat: number,
        lon: number,
        fixTime: optional(time),
        valid: fc.boolean(),
        distrust: fc.constantFrom(null, 'null_island' as const),
        altitudeM: optional(number),
        speedKmh: optional(number),
        courseDeg: optional(number),
        satellites: optional(number),
        hdop: optional(number),
      }),
    ),
    signals: fc.array(fc.tuple(text, number), { maxLength: 5 }),
    states: fc.array(fc.tuple(text, text), { maxLength: 5 }),
    events: fc.array(fc.record({ code: text, alarm: fc.boolean() }), { maxLength: 3 }),
  })
  .map(({ signals, states, ...rest }) => ({
    ...rest,
    signalKeys: signals.map(([key]) => key),
    signalValues: signals.map(([, value]) => value),
    stateKeys: states.map(([key]) => key),
    stateValues: states.map(([, value]) => value),
  }));

const frame = fc.record({
  messages: fc.array(message, { maxLength: 4 }),
  receivedAt: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  peer: text,
  dialect: optional(text),
  codecVersion: fc.nat(2 ** 32 - 1),
  bytes: fc.uint8Array({ maxLength: 300 }),
  quarantine: optional(text),
});

async function count(table: string): Promise<number> {
  const [row] = await clickhouse.connection.rows<{ n: string }>(`SELECT count() AS n FROM odograph.${table}`);
  return Number(row?.n);
}

it('stores whatever a codec may say, each message a row, and refuses none', async () => {
  let seq = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 12 }), async (frames) => {
      for (const table of ['messages', 'frames', 'events', 'quarantine']) {
        await clickhouse.connection.command(`TRUNCATE TABLE odograph.${table}`);
      }
      const sink = await clickhouse.openSink({
        spoolId: 'fedcba9876543210',
        storedThrough: seq,
        batchRows: 1_000,
        batchAgeMs: 1_000,
        inFlight: 2,
        waitingRows: 20_000,
        retryMs: { first: 20, last: 200 },
        now: () => Date.UTC(2026, 5, 15),
        onFailure: ({ detail }) => {
          throw new Error(detail);
        },
      });
      const outcomes = frames.map(({ messages, receivedAt, peer, dialect, codecVersion, bytes, quarantine }): FrameOutcome => {
        seq++;
        return {
          seq,
          record: frameRecord({ receivedAt, peer, dialect, codecVersion, frame: bytes }),
          column: 'stored',
          ident: messages[0]?.ident ?? '',
          messages: messages.map((one, index) => ({ ...one, index, recordIdHi: seq, recordIdLo: index, receivedAt })),
          quarantine: quarantine === null ? null : { code: 'decode_range', detail: quarantine },
        };
      });
      for (const outcome of outcomes) sink.put(outcome);
      await sink.flush(AbortSignal.timeout(20_000));
      sink.close();
      const messages = outcomes.flatMap((outcome) => outcome.messages);
      expect(await count('frames')).toBe(outcomes.length);
      expect(await count('messages')).toBe(messages.length);
      expect(await count('events')).toBe(messages.flatMap(({ events }) => events).length);
      expect(await count('quarantine')).toBe(outcomes.filter(({ quarantine }) => quarantine !== null).length);
    }),
    { numRuns: 12 },
  );
});
