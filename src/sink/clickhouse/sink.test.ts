import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelTables, type Fate } from '../../../test/support/model-tables.ts';
import { frameOutcome, NOON, normalisedMessage } from '../../../test/support/outcomes.ts';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import { Inserter } from './inserter.ts';
import { ClickHouseSink, type SinkOptions } from './sink.ts';

const optionsOf = (tables: ModelTables, changes: Partial<SinkOptions> = {}): SinkOptions => ({
  tables,
  spoolId: 'fedcba9876543210',
  storedThrough: 0,
  batchRows: 12,
  batchAgeMs: 2,
  inFlight: 2,
  waitingRows: 60,
  retryMs: { first: 1, last: 2 },
  now: () => NOON,
  ...changes,
});

const flush = (sink: ClickHouseSink): Promise<void> => sink.flush(AbortSignal.timeout(10_000));

/** Frames over two months, some with events, some refused, one without messages. */
function outcomeAt(seq: number): FrameOutcome {
  const events = seq % 5 === 0 ? [{ code: 'ignition.on', alarm: false }] : [];
  const messages = Array.from({ length: seq % 4 }, (_, index) =>
    normalisedMessage({ index, recordIdLo: seq, deviceTime: index === 2 ? 0 : NOON, events }),
  );
  const quarantine = seq % 11 === 0 ? ({ code: 'decode_range', detail: 'no' } as const) : null;
  return frameOutcome(seq, 0, { messages, quarantine });
}

/** The second message of frame 13, and the event of frame 25. */
const isPoison = (table: string, row: { seq: number; rowIndex: number }): boolean =>
  (table === 'messages' && row.seq === 13) || (table === 'events' && row.seq === 25);

function expectedKeys(count: number): Record<string, string[]> {
  const keys: Record<string, string[]> = { messages: [], frames: [], events: [], quarantine: [] };
  const add = (table: string, seq: number, rowIndex: number): void => {
    const refused = isPoison(table, { seq, rowIndex });
    if (refused) keys['quarantine']?.push(`${seq} ${(table === 'messages' ? 1 : 3) * 0x1_0000_0000 + rowIndex}`);
    else keys[table]?.push(`${seq} ${rowIndex}`);
  };
  for (let seq = 1; seq <= count; seq++) {
    const { messages, quarantine } = outcomeAt(seq);
    add('frames', seq, 0);
    if (quarantine !== null) add('quarantine', seq, 0);
    for (const { index, events } of messages) {
      add('messages', seq, index);
      if (events.length > 0) add('events', seq, index * 0x1_0000);
    }
  }
  return keys;
}

function storedKeys(tables: ModelTables): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(tables.rows).map(([table, rows]) => [table, rows.map(({ seq, rowIndex }) => `${seq} ${rowIndex}`)]),
  );
}

const sorted = (keys: Record<string, string[]>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(keys).map(([table, of]) => [table, of.toSorted()]));

async function openAgain(options: SinkOptions): Promise<ClickHouseSink> {
  for (;;) {
    try {
      return await ClickHouseSink.open(options);
    } catch {
      await pause(0);
    }
  }
}

interface Life {
  puts: number;
  batchRows: number;
  /** Checkpoint writes that the crash cuts off, in positions. */
  lag: number;
  patience: number;
}

describe('the sink', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('stores every row once, whatever befalls its requests and however often the gateway is killed', async () => {
    const fate = fc.oneof(
      { weight: 4, arbitrary: fc.constant<Fate>('ok') },
      { weight: 5, arbitrary: fc.constantFrom<Fate>('away', 'busy', 'lost', 'late') },
    );
    const inserts = fc.array(fate, { maxLength: 60, size: 'max' });
    const lookups = fc.array(
      fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      { maxLength: 100, size: 'max' },
    );
    const life = fc.record<Life>({
      puts: fc.integer({ min: 0, max: 25 }),
      batchRows: fc.integer({ min: 1, max: 40 }),
      lag: fc.nat(10),
      patience: fc.nat(6),
    });
    await fc.assert(
      fc.asyncProperty(inserts, lookups, fc.array(life, { maxLength: 4, size: 'max' }), async (fates, failing, lives) => {
        const tables = new ModelTables(fates, failing, isPoison);
        let checkpoint = 0;
        let seen = 0;
        for (const { puts, batchRows, lag, patience } of lives) {
          const sink = await openAgain(optionsOf(tables, { storedThrough: checkpoint, batchRows }));
          seen = Math.max(seen, checkpoint + puts);
          for (let seq = checkpoint + 1; seq <= checkpoint + puts; seq++) sink.put(outcomeAt(seq));
          await pause(patience);
          sink.close();
          checkpoint = Math.max(checkpoint, sink.storedThrough - lag);
        }
        const last = await openAgain(optionsOf(tables, { storedThrough: checkpoint }));
        const count = Math.max(30, seen);
        for (let seq = checkpoint + 1; seq <= count; seq++) last.put(outcomeAt(seq));
        await flush(last);
        last.close();
        expect(last.storedThrough).toBe(count);
        expect(sorted(storedKeys(tables))).toEqual(sorted(expectedKeys(count)));
      }),
      { numRuns: 40 },
    );
  });

  it('never says stored of a frame whose rows are not in', async () => {
    const fates = Array.from({ length: 60 }, (_, i) => (['away', 'ok', 'late', 'lost', 'ok'] as const)[i % 5] as Fate);
    const tables = new ModelTables(fates, [], isPoison);
    const sink = await openAgain(optionsOf(tables, { batchRows: 5 }));
    const missing: number[] = [];
    sink.onStored((through) => {
      const stored = new Set(tables.rows.frames.map(({ seq }) => seq));
      for (let seq = 1; seq <= through; seq++) if (!stored.has(seq)) missing.push(seq);
    });
    for (let seq = 1; seq <= 40; seq++) sink.put(outcomeAt(seq));
    await flush(sink);
    sink.close();
    expect(missing).toEqual([]);
    expect(tables.rows.frames).toHaveLength(40);
  });

  it('is full at its bound of rows while ClickHouse is away, says why, and has room again afterwards', async () => {
    const tables = new ModelTables([], [], () => false);
    const sink = await ClickHouseSink.open(optionsOf(tables, { waitingRows: 30 }));
    vi.spyOn(tables, 'insertRows').mockRejectedValue(new Error('connect ECONNREFUSED'));
    let seq = 0;
    while (!sink.full) sink.put(frameOutcome(++seq, 2));
    expect(sink.status).toMatchObject({ waitingRows: 30, storedThrough: 0, lagFrames: 10 });
    let roomy = false;
    const room = sink.room().then(() => (roomy = true));
    await pause(10);
    expect(roomy).toBe(false);
    expect(sink.status).toMatchObject({ reachable: false, batchesInFlight: 2, lastFailure: { code: 'sink_unreachable' } });
    vi.restoreAllMocks();
    await room;
    await flush(sink);
    expect(sink.status).toMatchObject({ reachable: true, waitingRows: 0, waitingBytes: 0, batchesInFlight: 0, lagFrames: 0 });
    sink.close();
  });

  it('is full at its bound of bytes, long before that of rows, when frames are long', async () => {
    const tables = new ModelTables([], [], () => false);
    const sink = await ClickHouseSink.open(optionsOf(tables, { waitingRows: 1e9, batchRows: 1e9, waitingBytes: 10_000_000 }));
    const { record } = frameOutcome(1);
    let seq = 0;
    while (!sink.full) sink.put(frameOutcome(++seq, 0, { record: { ...record, frame: new Uint8Array(64 * 1_024) } }));
    expect(seq).toBeLessThan(10_000_000 / (64 * 1_024));
    sink.close();
  });

  it('flushes what is put so far, and gives up when asked to', async () => {
    const tables = new ModelTables([], [], () => false);
    const sink = await ClickHouseSink.open(optionsOf(tables, { batchRows: 1e6, batchAgeMs: 60_000 }));
    await flush(sink);
    sink.put(frameOutcome(1));
    await flush(sink);
    expect(sink.storedThrough).toBe(1);
    vi.spyOn(tables, 'insertRows').mockRejectedValue(new Error('connect ECONNREFUSED'));
    sink.put(frameOutcome(2));
    await expect(sink.flush(AbortSignal.timeout(20))).rejects.toThrow(/timeout/);
    const flushing = sink.flush(AbortSignal.timeout(10_000));
    sink.close();
    await expect(flushing).rejects.toThrow(/abort/);
    expect(sink.storedThrough).toBe(1);
  });

  it('looks up what has landed batch by batch, however much lies behind an old checkpoint, and stores each row once', async () => {
    const tables = new ModelTables([], [], () => false);
    const first = await openAgain(optionsOf(tables, { waitingRows: 1e6 }));
    for (let seq = 1; seq <= 200; seq++) first.put(frameOutcome(seq, 2));
    await flush(first);
    first.close();
    const landed = vi.spyOn(tables, 'landed');
    const second = await openAgain(optionsOf(tables, { waitingRows: 1e6 }));
    for (let seq = 1; seq <= 250; seq++) second.put(frameOutcome(seq, 2));
    await flush(second);
    second.close();
    expect(tables.rows.frames).toHaveLength(250);
    expect(tables.rows.messages).toHaveLength(500);
    const sizes = await Promise.all(landed.mock.results.map(async ({ value }) => ((await value) as Map<number, unknown>).size));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(12);
    expect(landed.mock.calls.filter(([, , { from }]) => from > 200)).toEqual([]);
  });

  it('puts no row away for a body that was cut off on its way', async () => {
    const tables = new ModelTables(['cut', 'ok', 'cut'], [], () => false);
    const sink = await openAgain(optionsOf(tables));
    sink.put(frameOutcome(1, 1));
    await flush(sink);
    sink.close();
    expect(tables.rows.quarantine).toEqual([]);
    expect(tables.rows.frames).toHaveLength(1);
    expect(tables.rows.messages).toHaveLength(1);
  });

  it('tries a batch again that failed in a way nobody foresaw', async () => {
    const tables = new ModelTables([], [], () => false);
    vi.spyOn(Inserter.prototype, 'insert').mockRejectedValueOnce(new TypeError('planted'));
    const failures: string[] = [];
    const sink = await openAgain(optionsOf(tables, { onFailure: ({ code }) => void failures.push(code) }));
    sink.put(frameOutcome(1, 1));
    await flush(sink);
    sink.close();
    expect(failures).toEqual(['bug_invariant']);
    expect(sink.storedThrough).toBe(1);
    expect(tables.rows.messages).toHaveLength(1);
  });

  it('puts no row away while the table has other columns than those that are written', async () => {
    const tables = new ModelTables([], [], isPoison);
    const sink = await ClickHouseSink.open(optionsOf(tables));
    const check = vi.spyOn(tables, 'check').mockRejectedValue(new Error('lat is String'));
    sink.put(outcomeAt(13));
    await vi.waitFor(() => expect(check.mock.calls.length).toBeGreaterThan(1));
    expect(tables.rows.quarantine).toEqual([]);
    check.mockRestore();
    await flush(sink);
    expect(tables.rows.quarantine).toEqual([{ seq: 13, rowIndex: 0x1_0000_0000 }]);
    sink.close();
  });
});
