import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SIGNALS } from '#model/signals';
import type { OutboxRow } from '../../src/pipeline/ports.ts';
import type { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
import type { InsertFailure } from '../../src/sink/clickhouse/insert-errors.ts';
import { migrations, migrate, type Migration } from '../../src/sink/clickhouse/migrate.ts';
import { keepFrames } from '../../src/sink/clickhouse/retention.ts';
import type { ClickHouseSink, SinkOptions } from '../../src/sink/clickhouse/sink.ts';
import { until } from '../support/waiting.ts';
import { openEmbedded, SINK_OF_TESTS } from '../support/embedded-clickhouse.ts';
import { frameOutcome, frameRecord, NOON, normalisedMessage } from '../support/outcomes.ts';

let clickhouse: ClickHouse;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ clickhouse, remove } = await openEmbedded());
});

afterAll(() => remove());

beforeEach(async () => {
  for (const table of ['messages', 'frames', 'events', 'quarantine', 'latest_messages', 'tracker_idents']) {
    await clickhouse.connection.command(`TRUNCATE TABLE odograph.${table}`);
  }
});

function openSink(changes: Partial<SinkOptions> = {}): Promise<ClickHouseSink> {
  return clickhouse.openSink({ ...SINK_OF_TESTS, ...changes });
}

const flush = (sink: ClickHouseSink): Promise<void> => sink.flush(AbortSignal.timeout(30_000));

async function count(table: string, where = '1'): Promise<number> {
  const sql = `SELECT count() AS n FROM odograph.${table} WHERE ${where}`;
  const [row] = await clickhouse.connection.rows<{ n: string }>(sql);
  return Number(row?.n);
}

describe('the ClickHouse sink', () => {
  it('stores every column of a message so that ClickHouse reads it back', async () => {
    const sink = await openSink();
    const outcome = frameOutcome(7, 0);
    sink.put({ ...outcome, record: { ...outcome.record, companyId: 'acme' }, messages: [normalisedMessage()] });
    await flush(sink);
    expect(sink.storedThrough).toBe(7);
    const [row] = await clickhouse.connection.rows(
      'SELECT * EXCEPT (batch_id), registered, hex(record_id) AS record FROM odograph.messages',
    );
    expect(row).toEqual({
      ident: '356307042441013',
      device_time: '2026-06-15 11:59:58.000',
      record_id: '9223372045444710398',
      record: '80000001FFFFFFFE',
      spool_id: '18364758544493064720',
      spool_seq: '7',
      row_index: 0,
      tracker_oid: '',
      provider: '',
      registered: false,
      protocol: 'teltonika',
      codec_version: 1,
      company_id: 'acme',
      transport: 'tcp',
      listener: 'trackers',
      observed_at: '2026-06-15 11:59:58.000',
      fix_time: null,
      received_at: '2026-06-15 12:00:00.000',
      stored_at: '2026-06-15 12:00:00.500',
      clock_repair: 'none',
      backlog: false,
      lat: 40.466,
      lon: -3.6892,
      valid: true,
      distrust: '',
      altitude_m: 650,
      speed_kmh: 52,
      course_deg: 180.5,
      satellites: 11,
      hdop: 0.8,
      signals: { 'engine.speed.value': 1850.5, 'teltonika.io.380': 3 },
      states: { 'device.vehicle.vin': 'WVWZZZ1KZAW000001' },
      events: ['ignition.on'],
    });
    const [frame] = await clickhouse.connection.rows('SELECT hex(frame) AS frame, outcome, messages FROM odograph.frames');
    expect(frame).toEqual({ frame: '0A0A00FF', outcome: 'stored', messages: 1 });
    const [latest] = await clickhouse.connection.rows('SELECT ident, lat, observed_at FROM odograph.latest_state');
    expect(latest).toEqual({ ident: '356307042441013', lat: 40.466, observed_at: '2026-06-15 11:59:58.000' });
    sink.close();
  });

  it('stores a message without a place, and times no calendar knows, in few partitions', async () => {
    const sink = await openSink();
    const times = [0, -1e15, 8e15, Date.UTC(1980, 0, 6), Date.UTC(2150, 0, 1), null];
    sink.put({
      ...frameOutcome(1, 0),
      messages: times.map((deviceTime, index) => normalisedMessage({ index, recordIdLo: index, deviceTime, position: null })),
    });
    await flush(sink);
    const [row] = await clickhouse.connection.rows(
      'SELECT count() AS n, uniqExact(_partition_id) AS p, any(lat) AS lat FROM odograph.messages',
    );
    expect(row).toEqual({ n: '6', p: '2', lat: null });
    sink.close();
  });

  it('keeps the refused frame with its reason and bytes', async () => {
    const sink = await openSink();
    const record = frameRecord({ fault: 'wire_crc' });
    sink.put({
      ...frameOutcome(3, 0),
      record,
      column: 'quarantined',
      quarantine: { code: 'wire_crc', detail: 'crc is 1, not 2' },
    });
    await flush(sink);
    const rows = await clickhouse.connection.rows('SELECT code, detail, hex(frame) AS frame FROM odograph.quarantine');
    expect(rows).toEqual([{ code: 'wire_crc', detail: 'crc is 1, not 2', frame: '0A0A00FF' }]);
    sink.close();
  });

  it('puts a row that ClickHouse refuses in quarantine and stores all others', async () => {
    await clickhouse.connection.command('ALTER TABLE odograph.messages ADD CONSTRAINT sane CHECK lat < 80');
    const failures: InsertFailure[] = [];
    const sink = await openSink({ onFailure: (failure) => void failures.push(failure) });
    for (let seq = 1; seq <= 20; seq++) {
      const outcome = frameOutcome(seq, 5);
      const poison = normalisedMessage({
        index: 2,
        recordIdLo: seq,
        position: { ...normalisedMessage().position, lat: 85 } as never,
      });
      sink.put(seq === 13 ? { ...outcome, messages: outcome.messages.with(2, poison) } : outcome);
    }
    await flush(sink);
    await clickhouse.connection.command('ALTER TABLE odograph.messages DROP CONSTRAINT sane');
    expect(await count('messages')).toBe(99);
    expect(
      await count('quarantine', "code = 'sink_rejected_row' AND spool_seq = 13 AND detail LIKE '%row 2 of messages%'"),
    ).toBe(1);
    expect(sink.storedThrough).toBe(20);
    expect(failures.every(({ kind }) => kind === 'row')).toBe(true);
    sink.close();
  });

  it('does not store again what landed before a crash, and stores what did not', async () => {
    const first = await openSink();
    for (let seq = 1; seq <= 10; seq++) first.put(frameOutcome(seq, 3));
    await flush(first);
    first.close();
    const second = await openSink({ storedThrough: 4 });
    for (let seq = 5; seq <= 15; seq++) second.put(frameOutcome(seq, 3));
    await flush(second);
    second.close();
    expect(await count('messages')).toBe(45);
    expect(await count('frames')).toBe(15);
  });

  it('stores each row once when the engine is killed again and again in the middle of inserts', async () => {
    const failures: InsertFailure[] = [];
    const sink = await openSink({ onFailure: (failure) => void failures.push(failure), waitingRows: 4_000 });
    const killer = (async () => {
      for (let kill = 0; kill < 5; kill++) {
        await pause(60 + Math.random() * 250);
        const pid = clickhouse.engine?.pid;
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
        await pause(500);
      }
    })();
    for (let seq = 1; seq <= 3_000; seq++) {
      if (sink.full) await sink.room();
      sink.put(frameOutcome(seq, 10));
    }
    await killer;
    await flush(sink);
    // All may have been stored before the last kill: its restart is still to be waited for.
    await until('the engine answers', () => clickhouse.connection.answers());
    sink.close();
    expect(clickhouse.engine?.restarts).toBeGreaterThan(0);
    expect(failures.length).toBeGreaterThan(0);
    expect(sink.storedThrough).toBe(3_000);
    const [row] = await clickhouse.connection.rows(
      'SELECT count() AS n, (SELECT count() FROM odograph.messages FINAL) AS f, uniqExact(spool_seq, row_index) AS u FROM odograph.messages',
    );
    expect(row).toEqual({ n: '30000', f: '30000', u: '30000' });
  });
});

describe('the raw journal', () => {
  it('is kept for as long as configured', async () => {
    const { connection } = clickhouse;
    const sink = await openSink();
    sink.put(frameOutcome(1, 1, { record: frameRecord({ receivedAt: Date.UTC(2020, 0, 1) }) }));
    sink.put(frameOutcome(2, 1, { record: frameRecord({ receivedAt: Date.now() }) }));
    await flush(sink);
    sink.close();
    await keepFrames(connection, 86_400_000);
    await connection.command('OPTIMIZE TABLE odograph.frames FINAL');
    expect(await connection.rows('SELECT spool_seq FROM odograph.frames')).toEqual([{ spool_seq: '2' }]);
    const ttl = async (): Promise<string> => {
      const sql =
        "SELECT extract(engine_full, 'TTL .* SETTINGS') AS ttl FROM system.tables WHERE database = 'odograph' AND name = 'frames'";
      return (await connection.rows<{ ttl: string }>(sql))[0]?.ttl ?? '';
    };
    expect(await ttl()).toContain('toIntervalSecond(86400)');
    const altered = vi.spyOn(connection, 'command');
    await keepFrames(connection, 86_400_000);
    expect(altered).not.toHaveBeenCalled();
    await keepFrames(connection, 0);
    expect(await ttl()).toBe('');
    await keepFrames(connection, 0);
    expect(altered).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  });
});

const attached = (): Promise<unknown[]> =>
  clickhouse.connection.rows(
    'SELECT oid, tracker_id, tracker_provider, any(registered) AS known, count() AS n FROM odograph.tracker_messages GROUP BY ALL',
  );

const identRow = (revision: number, endedAt: number | null): OutboxRow => ({
  id: revision,
  table: 'tracker_idents',
  row: {
    ident: '356307042441013',
    source: 'foreign_tracker_id',
    provider: 'targa',
    tracker_oid: 'T1',
    tracker_id: 'VIN1',
    registered_at: NOON + 60_000,
    ended_at: endedAt,
    revision,
  },
});

describe('the views', () => {
  it('attach messages to a tracker registered after they came, and only while it is active', async () => {
    const sink = await openSink();
    sink.put(frameOutcome(1, 3));
    sink.put(frameOutcome(2, 2, { messages: [normalisedMessage({ ident: 'nobody' })] }));
    await flush(sink);
    await sink.putOutbox([identRow(1, null)]);
    await sink.putOutbox([identRow(1, null)]);
    expect(await attached()).toEqual([{ oid: 'T1', tracker_id: 'VIN1', tracker_provider: 'targa', known: false, n: '3' }]);
    await sink.putOutbox([identRow(2, NOON + 120_000)]);
    expect(await attached()).toEqual([]);
    sink.close();
  });

  it('show each row once and the latest state, whatever came twice or late', async () => {
    const sink = await openSink();
    const late = normalisedMessage({ recordIdLo: 5, deviceTime: NOON - 60_000, observedAt: NOON - 60_000, position: null });
    const unbelieved = normalisedMessage({ recordIdLo: 6, deviceTime: NOON, observedAt: NOON });
    const place = { ...unbelieved.position, lat: 0, lon: 0, distrust: 'null_island' } as never;
    sink.put(frameOutcome(1, 0, { messages: [normalisedMessage({ trackerOid: 'T1', provider: 'targa' })] }));
    // Rows of one insert collapse at once; those of two are seen twice until a merge.
    await flush(sink);
    sink.put(frameOutcome(2, 0, { messages: [normalisedMessage({ trackerOid: 'T1', provider: 'targa' }), late] }));
    sink.put(frameOutcome(3, 0, { messages: [{ ...unbelieved, trackerOid: 'T1', provider: 'targa', position: place }] }));
    sink.put(frameOutcome(4, 0, { messages: [normalisedMessage({ ident: 'placeless', position: null })] }));
    await flush(sink);
    expect(await count('messages')).toBe(5);
    expect(await count('messages_once')).toBe(4);
    expect(await count('events_once')).toBe(4);
    expect(await count('frames_once')).toBe(4);
    const latest = await clickhouse.connection.rows(
      'SELECT ident, tracker_oid, provider, observed_at, position_at, lat, lon, speed_kmh FROM odograph.latest_state ORDER BY ident',
    );
    expect(latest).toEqual([
      {
        ident: '356307042441013',
        tracker_oid: 'T1',
        provider: 'targa',
        observed_at: '2026-06-15 12:00:00.000',
        position_at: '2026-06-15 11:59:58.000',
        lat: 40.466,
        lon: -3.6892,
        speed_kmh: 52,
      },
      expect.objectContaining({
        ident: 'placeless',
        observed_at: '2026-06-15 11:59:58.000',
        position_at: null,
        lat: null,
        lon: null,
      }),
    ]);
    sink.close();
  });
});

describe('the migrations', () => {
  it('keep the catalogue as this version has it', async () => {
    const { connection } = clickhouse;
    const parts = (): Promise<unknown[]> =>
      connection.rows(
        "SELECT name, rows FROM system.parts WHERE database = 'odograph' AND table = 'signal_catalogue' AND active",
      );
    const before = await parts();
    expect(await count('signal_catalogue')).toBe(SIGNALS.length);
    await migrate(connection);
    expect(await parts()).toEqual(before);
    await connection.command(
      "ALTER TABLE odograph.signal_catalogue UPDATE description = 'x' WHERE key = 'engine.speed.value' SETTINGS mutations_sync = 1",
    );
    await migrate(connection);
    expect(await count('signal_catalogue', "description = 'x'")).toBe(0);
    expect(await count('signal_catalogue')).toBe(SIGNALS.length);
  });

  it('can be run again, also after one was killed in the middle', async () => {
    expect(await migrate(clickhouse.connection)).toEqual([]);
    await clickhouse.connection.command('TRUNCATE TABLE odograph.schema_migrations');
    expect(await migrate(clickhouse.connection)).toEqual(migrations().map(({ name }) => name));
  });

  it('refuse tables of a newer version, and a file changed after it was applied', async () => {
    const [first] = migrations();
    await expect(migrate(clickhouse.connection, [{ ...(first as Migration), sha256: 'x' }])).rejects.toThrow(
      /was changed after .*\[sink_schema\]/,
    );
    await expect(migrate(clickhouse.connection, [])).rejects.toThrow(/this version knows 0.*\[sink_schema\]/);
  });
});
