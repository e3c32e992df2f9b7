/** The sink against the real engine when the way to it, the engine's answers or its tables fail. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';
import type { InsertFailure } from '../../src/sink/clickhouse/insert-errors.ts';
import { migrate } from '../../src/sink/clickhouse/migrate.ts';
import { ClickHouseSink, type SinkOptions } from '../../src/sink/clickhouse/sink.ts';
import { ClickHouseTables } from '../../src/sink/clickhouse/tables.ts';
import { ClickHouseRelay } from '../support/clickhouse-relay.ts';
import { frameOutcome, frameRecord, NOON } from '../support/outcomes.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const MESSAGES_OF_A_FRAME = 5;
const directory = mkdtempSync(join(tmpdir(), 'odograph-trouble-'));
let engine: Engine;
let relay: ClickHouseRelay;
/** Past the relay, for the test's own questions. */
let direct: Connection;
let through: Connection;
let failures: InsertFailure[] = [];

const connectionTo = (url: string, requestTimeoutMs: number): Connection =>
  new Connection({ url, headers: engine.endpoint.headers, database: 'odograph', requestTimeoutMs, connections: 4 });

beforeAll(async () => {
  engine = await Engine.start({ directory, memoryBytes: 1_000_000_000 });
  relay = await ClickHouseRelay.start(engine.endpoint);
  direct = connectionTo(engine.endpoint.url, 20_000);
  through = connectionTo(relay.url, 1_000);
  await migrate(direct);
});

afterAll(async () => {
  await through.close();
  await direct.close();
  await relay.shut();
  await engine.stop();
  removeFolder(directory);
});

beforeEach(async () => {
  failures = [];
  for (const table of ['messages', 'frames', 'events', 'quarantine']) await direct.command(`TRUNCATE TABLE odograph.${table}`);
});

afterEach(() => {
  relay.mood = 'open';
});

function openSink(changes: Partial<SinkOptions> = {}): Promise<ClickHouseSink> {
  return ClickHouseSink.open({
    tables: new ClickHouseTables(through),
    spoolId: 'fedcba9876543210',
    storedThrough: 0,
    batchRows: 600,
    batchAgeMs: 20,
    inFlight: 2,
    waitingRows: 3_000,
    retryMs: { first: 20, last: 100 },
    now: () => NOON + 500,
    onFailure: (failure) => void failures.push(failure),
    ...changes,
  });
}

const flush = (sink: ClickHouseSink): Promise<void> => sink.flush(AbortSignal.timeout(30_000));
const put = (sink: ClickHouseSink, from: number, to: number): void => {
  for (let seq = from; seq <= to; seq++) sink.put(frameOutcome(seq, MESSAGES_OF_A_FRAME));
};

/** Rows as they lie on the disk, rows as a reader with FINAL sees them, and rows that are different. */
async function counted(table: string): Promise<{ physical: number; final: number; different: number }> {
  const [row] = await direct.rows<Record<string, string>>(
    `SELECT count() AS physical, (SELECT count() FROM odograph.${table} FINAL) AS final,
            uniqExact(spool_seq, row_index) AS different FROM odograph.${table}`,
  );
  return { physical: Number(row?.['physical']), final: Number(row?.['final']), different: Number(row?.['different']) };
}

const once = (rows: number): unknown => ({ physical: rows, final: rows, different: rows });

describe('the sink in trouble', () => {
  it('stores each row once when the answers to its inserts are lost after the commit', async () => {
    const sink = await openSink();
    const before = relay.cut;
    relay.mood = 'cutting';
    put(sink, 1, 300);
    await until('answers are lost', () => relay.cut >= before + 2);
    expect(sink.storedThrough).toBe(0);
    relay.mood = 'open';
    await flush(sink);
    sink.close();
    expect(await counted('messages')).toEqual(once(300 * MESSAGES_OF_A_FRAME));
    expect(await counted('frames')).toEqual(once(300));
    expect(failures.length).toBeGreaterThan(0);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['sink_unreachable']));
  });

  it('holds a bounded number of rows while ClickHouse is away, and brings them all when it is back', async () => {
    const sink = await openSink();
    await relay.shut();
    let seq = 0;
    while (!sink.full) sink.put(frameOutcome(++seq, MESSAGES_OF_A_FRAME));
    await until('it knows', () => !sink.status.reachable);
    expect(sink.status).toMatchObject({
      storedThrough: 0,
      lagFrames: seq,
      lastFailure: { code: 'sink_unreachable', kind: 'retry' },
    });
    expect(sink.status.waitingRows).toBeLessThan(3_000 + 600);
    await relay.reopen();
    await sink.room();
    await flush(sink);
    expect(sink.status).toMatchObject({ reachable: true, storedThrough: seq, waitingRows: 0 });
    sink.close();
    expect(await counted('messages')).toEqual(once(seq * MESSAGES_OF_A_FRAME));
  });

  it('stores each row once when an insert outlives the patience of its request', async () => {
    await direct.command('ALTER TABLE odograph.messages ADD COLUMN slow UInt8 MATERIALIZED sleep(1.5)');
    const sink = await openSink();
    put(sink, 1, 100);
    await until('a request timed out', () => failures.length > 0);
    await direct.command('ALTER TABLE odograph.messages DROP COLUMN slow');
    await flush(sink);
    sink.close();
    expect(failures[0]?.detail).toMatch(/timeout/i);
    expect(await counted('messages')).toEqual(once(100 * MESSAGES_OF_A_FRAME));
  });

  it('waits at its start for an insert that an earlier life of the gateway left under way', async () => {
    await direct.command('ALTER TABLE odograph.messages ADD COLUMN slow UInt8 MATERIALIZED sleep(0.8)');
    const first = await openSink();
    put(first, 1, 50);
    const underWay = "SELECT count() AS n FROM system.processes WHERE query_id LIKE 'odograph-fedcba9876543210-%messages%'";
    await until('the insert is under way', async () => (await direct.rows<{ n: string }>(underWay))[0]?.n === '1');
    first.close();
    const second = await openSink({ storedThrough: 0 });
    put(second, 1, 60);
    await flush(second);
    second.close();
    await pause(1_000);
    await direct.command('ALTER TABLE odograph.messages DROP COLUMN slow');
    expect(await counted('messages')).toEqual(once(60 * MESSAGES_OF_A_FRAME));
    expect(await counted('frames')).toEqual(once(60));
  });

  it('waits, and puts nothing away, while somebody has changed a column', async () => {
    const sink = await openSink();
    await direct.command('ALTER TABLE odograph.messages MODIFY COLUMN altitude_m Nullable(String)');
    put(sink, 1, 20);
    await until('it says why', () => failures.some(({ code }) => code === 'sink_schema'));
    expect(failures.find(({ code }) => code === 'sink_schema')?.detail).toMatch(
      /messages\.altitude_m is Nullable\(String\), this version writes Nullable\(Float32\)/,
    );
    await expect(openSink()).rejects.toThrow(/altitude_m is Nullable\(String\).*\[sink_schema\]/);
    expect(sink.storedThrough).toBe(0);
    await direct.command('ALTER TABLE odograph.messages MODIFY COLUMN altitude_m Nullable(Float32)');
    await flush(sink);
    sink.close();
    expect(await counted('quarantine')).toEqual(once(0));
    expect(await counted('messages')).toEqual(once(20 * MESSAGES_OF_A_FRAME));
  });

  it('describes in quarantine the rows that ClickHouse refuses, those of one frame side by side', async () => {
    for (const table of ['messages', 'frames', 'events']) {
      await direct.command(`ALTER TABLE odograph.${table} ADD CONSTRAINT known CHECK ident != 'poison'`);
    }
    const sink = await openSink();
    put(sink, 1, 9);
    const poisoned = frameOutcome(10, 2);
    const [first, second] = poisoned.messages;
    sink.put({
      ...poisoned,
      ident: 'poison',
      record: frameRecord({ frame: Uint8Array.of(1, 2, 3) }),
      messages: [
        first,
        { ...second, ident: 'poison', events: [{ code: 'secure.panic', alarm: true }] },
      ] as typeof poisoned.messages,
    });
    put(sink, 11, 20);
    await flush(sink);
    sink.close();
    for (const table of ['messages', 'frames', 'events'])
      await direct.command(`ALTER TABLE odograph.${table} DROP CONSTRAINT known`);
    expect(await counted('messages')).toEqual(once(19 * MESSAGES_OF_A_FRAME + 1));
    expect(await counted('frames')).toEqual(once(19));
    const rows = await direct.rows<{ detail: string; frame: string }>(
      "SELECT detail, hex(frame) AS frame FROM odograph.quarantine WHERE code = 'sink_rejected_row' AND spool_seq = 10 ORDER BY row_index",
    );
    expect(rows.map(({ frame }) => frame)).toEqual(['010203', '010203', '010203']);
    expect(rows[0]?.detail).toMatch(
      /refuses row 1 of messages: .*known.* The row: ident="poison" device_time=2026-.* lat=40\.466 /s,
    );
    expect(rows[1]?.detail).toMatch(/refuses row 0 of frames/);
    expect(rows[2]?.detail).toMatch(/of events.*code="secure\.panic" alarm=true/s);
  });
});
