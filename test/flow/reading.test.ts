import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_COMPANY, type Tracker } from '#model/tracker';
import { readLatest } from '../../src/reading/latest.ts';
import { readHistory, type HistoryQuery, type ReadMessage } from '../../src/reading/telemetry.ts';
import type { Rows } from '../../src/reading/rows.ts';
import { aTracker } from '../../src/store/samples.ts';
import { migrate } from '../../src/sink/clickhouse/migrate.ts';
import { mendLatest, remakeLatest } from '../../src/sink/clickhouse/latest.ts';
import type { ClickHouseSink } from '../../src/sink/clickhouse/sink.ts';
import { openEmbedded, type EmbeddedClickHouse } from '../support/embedded-clickhouse.ts';
import { frameOutcome, NOON, normalisedMessage } from '../support/outcomes.ts';

const IMEI = '356307042441013';
const tracker: Tracker = aTracker('mine', { trackerId: 'VIN1', foreignTrackerId: IMEI, objectId: {} });
const DAY_MS = 86_400_000;

let embedded: EmbeddedClickHouse;
let sink: ClickHouseSink;
let seq = 0;
const put = (
  second: number,
  oid: string,
  changes: Partial<ReturnType<typeof normalisedMessage>> = {},
  companyId?: string,
): void => {
  seq++;
  const at = NOON + second * 1_000;
  const message = {
    ...normalisedMessage(),
    ident: IMEI,
    recordIdLo: seq,
    trackerOid: oid,
    deviceTime: at,
    observedAt: at,
    receivedAt: at + 500,
    ...changes,
  };
  const outcome = frameOutcome(seq, 0);
  const record = companyId === undefined ? outcome.record : { ...outcome.record, companyId };
  sink.put({ ...outcome, record, messages: [message] });
};
const stored = (): Promise<void> => sink.flush(AbortSignal.timeout(20_000));

beforeAll(async () => {
  embedded = await openEmbedded();
  sink = await embedded.clickhouse.openSink({
    spoolId: '00000000000000ab',
    storedThrough: 0,
    batchRows: 1_000,
    batchAgeMs: 10,
    inFlight: 1,
    waitingRows: 10_000,
    retryMs: { first: 10, last: 100 },
    now: () => NOON,
    onFailure: ({ detail }) => {
      throw new Error(detail);
    },
    onInserted: () => undefined,
  });
  put(0, '');
  put(1, '', {}, 'another company');
  put(2, 'of another tracker');
  for (let i = 3; i < 10; i++)
    put(i, 'mine', { signalKeys: ['odometer.total.value', 'fuel.level'], signalValues: [i, 50 - i] });
  put(9, 'mine', { recordIdLo: 10, signalKeys: ['odometer.total.value', 'fuel.level'], signalValues: [9, 41] });
  put(10, 'mine', { position: null, stateKeys: ['device.vin'], stateValues: ['VIN1'], signalKeys: [], signalValues: [] });
  await stored();
}, 60_000);
afterAll(() => {
  sink.close();
  return embedded.remove();
});

const history = (query: Partial<HistoryQuery> = {}): Promise<ReadMessage[]> =>
  readHistory(embedded.clickhouse.connection, 'odograph', tracker, {
    from: NOON - DAY_MS,
    to: NOON + DAY_MS,
    keys: null,
    after: null,
    most: 100,
    ...query,
  });
const secondsOf = (messages: readonly ReadMessage[]): number[] => messages.map(({ deviceTime }) => (deviceTime - NOON) / 1_000);

test('a history has the rows of its tracker, and those from before anybody had registered its ident, each once and in order', async () => {
  const messages = await history();
  expect(secondsOf(messages)).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(messages.at(-2)).toMatchObject({
    receivedAt: NOON + 9_500,
    position: { lat: 40.466, valid: true },
    signals: { 'odometer.total.value': 9, 'fuel.level': 41 },
  });
  expect(messages.at(-1)).toMatchObject({ position: null, states: { 'device.vin': 'VIN1' } });
});

test('pages follow each other without a gap, bounded by time and by keys', async () => {
  const first = await history({ most: 4 });
  const second = await history({ most: 100, after: first.at(-1)?.cursor ?? null });
  expect([...secondsOf(first), ...secondsOf(second)]).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(secondsOf(await history({ from: NOON + 4_000, to: NOON + 6_000 }))).toEqual([4, 5]);
  const [only] = await history({ from: NOON + 4_000, keys: ['fuel.level'] });
  expect(only?.signals).toEqual({ 'fuel.level': 46 });
  await expect(history({ after: 'nonsense' })).rejects.toThrow(RangeError);
});

test('the latest are the newest place and the newest value of each key', async () => {
  const latest = await readLatest(embedded.clickhouse.connection, 'odograph', tracker, NOON + DAY_MS);
  expect(latest).toMatchObject({
    observedAt: NOON + 10_000,
    receivedAt: NOON + 10_500,
    position: { observedAt: NOON + 9_000, valid: true },
  });
  expect(latest.values.map(({ key }) => key)).toEqual(latest.values.map(({ key }) => key).sort());
  for (const value of [
    { key: 'device.vin', value: 'VIN1', observedAt: NOON + 10_000 },
    { key: 'fuel.level', value: 41, observedAt: NOON + 9_000 },
    { key: 'odometer.total.value', value: 9, observedAt: NOON + 9_000 },
  ]) {
    expect(latest.values).toContainEqual(value);
  }
  const nobody = aTracker('nobody', { companyId: DEFAULT_COMPANY, trackerId: 'VIN2' });
  expect(await readLatest(embedded.clickhouse.connection, 'odograph', nobody, NOON)).toEqual({
    observedAt: null,
    receivedAt: null,
    position: null,
    values: [],
  });
});

/** A device of its own, since each test changes what is known last. */
const device = (number: number): Tracker => aTracker(`device ${number}`, { trackerId: `IMEI${number}` });
const latestOf = (of: Tracker) => readLatest(embedded.clickhouse.connection, 'odograph', of, NOON + DAY_MS);
const fuel = (value: number) => ({ signalKeys: ['fuel.level'], signalValues: [value] });
const placeAt = (lat: number) => ({ position: { ...normalisedMessage().position, lat } as never });

test('what comes late changes neither the latest place nor the latest values, but when it was heard', async () => {
  const of = device(1);
  const own = { ident: 'IMEI1' };
  put(100, of.oid, { ...own, ...placeAt(40), ...fuel(60), stateKeys: [], stateValues: [] });
  await stored();
  put(50, of.oid, {
    ...own,
    ...placeAt(50),
    ...fuel(70),
    backlog: true,
    receivedAt: NOON + 200_000,
    stateKeys: ['device.vin'],
  });
  put(40, of.oid, { ...own, ...placeAt(51), ...fuel(71), backlog: true, receivedAt: NOON + 210_000 });
  await stored();
  const late = await latestOf(of);
  expect(late).toMatchObject({ observedAt: NOON + 100_000, receivedAt: NOON + 210_000, position: { lat: 40 } });
  expect(late.values).toContainEqual({ key: 'fuel.level', value: 60, observedAt: NOON + 100_000 });
  // What only an older message says is still known, and a newer one that says less takes nothing away.
  expect(late.values).toContainEqual({ key: 'device.vin', value: 'WVWZZZ1KZAW000001', observedAt: NOON + 50_000 });
  put(120, of.oid, { ...own, position: null, signalKeys: [], signalValues: [], stateKeys: [], stateValues: [] });
  await stored();
  expect(await latestOf(of)).toMatchObject({ observedAt: NOON + 120_000, position: late.position, values: late.values });
});

test('values older than 30 days are not the latest, while the place is, whenever it was', async () => {
  const of = device(2);
  put(-31 * 86_400, of.oid, { ident: 'IMEI2', ...fuel(10) });
  await stored();
  expect(await readLatest(embedded.clickhouse.connection, 'odograph', of, NOON)).toMatchObject({
    position: { observedAt: NOON - 31 * DAY_MS },
    values: [],
  });
});

test('a box that changed hands shows each owner its own, and neither what another company was told', async () => {
  const [before, after] = [
    aTracker('before', { companyId: 'one', trackerId: 'VIN-A', foreignTrackerId: 'BOX' }),
    aTracker('after', { companyId: 'two', trackerId: 'VIN-B', foreignTrackerId: 'BOX' }),
  ];
  put(10, before.oid, { ident: 'BOX', ...placeAt(41) }, 'one');
  put(20, after.oid, { ident: 'BOX', ...placeAt(42) }, 'two');
  put(30, '', { ident: 'BOX', ...placeAt(43) }, 'three');
  await stored();
  expect(await latestOf(before)).toMatchObject({ observedAt: NOON + 10_000, position: { lat: 41 } });
  expect(await latestOf(after)).toMatchObject({ observedAt: NOON + 20_000, position: { lat: 42 } });
});

test('an ident that a tracker no longer states is still its own', async () => {
  const of = aTracker('renamed', { trackerId: 'NEW' });
  await sink.putOutbox([
    {
      id: 1,
      table: 'tracker_idents',
      row: {
        ident: 'OLD',
        source: 'tracker_id',
        provider: of.provider,
        tracker_oid: of.oid,
        tracker_id: 'OLD',
        registered_at: NOON,
        ended_at: null,
        revision: 1,
      },
    },
  ]);
  put(10, of.oid, { ident: 'OLD', ...placeAt(44) });
  await stored();
  expect(await latestOf(of)).toMatchObject({ observedAt: NOON + 10_000, position: { lat: 44 } });
  put(20, of.oid, { ident: 'NEW', ...placeAt(45) });
  await stored();
  expect(await latestOf(of)).toMatchObject({ observedAt: NOON + 20_000, position: { lat: 45 } });
});

test('a message that is decoded anew is the latest as it is now', async () => {
  const of = device(3);
  const was = { ident: 'IMEI3', recordIdLo: 77, deviceTime: NOON + 10_000 };
  put(10, of.oid, { ...was, observedAt: NOON + DAY_MS, signalKeys: ['fuel.levle'], signalValues: [1] });
  await stored();
  put(10, of.oid, { ...was, ...fuel(1) });
  await stored();
  await remakeLatest(embedded.clickhouse.connection, ['IMEI3'], AbortSignal.timeout(20_000));
  const latest = await latestOf(of);
  expect(latest.observedAt).toBe(NOON + 10_000);
  expect(latest.values.map(({ key }) => key)).toEqual(['device.vehicle.vin', 'fuel.level']);
});

test('what a power cut takes of the latest is mended when the machine has started', async () => {
  const { connection } = embedded.clickhouse;
  const of = device(4);
  put(86_400, of.oid, { ident: 'IMEI4', ...placeAt(46) });
  await stored();
  await connection.command("ALTER TABLE odograph.latest_messages DELETE WHERE ident = 'IMEI4' SETTINGS mutations_sync = 1");
  await mendLatest(connection, NOON - DAY_MS);
  expect(await latestOf(of)).toMatchObject({ position: null });
  await mendLatest(connection, NOON + 10 * DAY_MS);
  expect(await latestOf(of)).toMatchObject({ observedAt: NOON + DAY_MS, position: { lat: 46 } });
});

test('tables of an earlier version are filled with what is known last of what is stored', async () => {
  const { connection } = embedded.clickhouse;
  const known = (): Promise<unknown[]> =>
    connection.rows(
      'SELECT * FROM odograph.latest_messages FINAL ORDER BY ident, tracker_oid, company_id, believed, by_receipt, keys_hash',
    );
  const before = await known();
  expect(before.length).toBeGreaterThan(5);
  for (const table of ['latest_messages_feed', 'latest_messages', 'idents_of_tracker_feed', 'idents_of_tracker'])
    await connection.command(`DROP TABLE odograph.${table} SYNC`);
  await connection.command('TRUNCATE TABLE odograph.schema_migrations');
  expect(await migrate(connection)).toContain('0005_latest_messages.sql');
  expect(await known()).toEqual(before);
  expect(await connection.rows('SELECT ident FROM odograph.idents_of_tracker')).toEqual([{ ident: 'OLD' }]);
});

test('the latest of one among many trackers is found by the key, and few rows are read for it', async () => {
  const { connection } = embedded.clickhouse;
  const many = 40_000;
  await connection.command(
    `INSERT INTO odograph.messages (ident, device_time, observed_at, received_at, record_id, tracker_oid, lat, lon, valid, signals)
     SELECT concat('many', toString(number)), fromUnixTimestamp64Milli(toInt64(${NOON})) AS at, at, at, number, concat('oid', toString(number)),
       40, -3, true, map('fuel.level', number) FROM numbers(${many})`,
  );
  await connection.command(
    `INSERT INTO odograph.tracker_idents (ident, source, provider, tracker_oid, tracker_id, registered_at, revision)
     SELECT concat('many', toString(number)) AS ident, 'tracker_id', 'targa', concat('oid', toString(number)), ident, now64(3), 1 FROM numbers(${many})`,
  );
  const reads: number[] = [];
  const store: Rows = {
    rows: async (sql, parameters) => {
      const tables = await connection.rows<{ table: string; rows: string }>(`EXPLAIN ESTIMATE ${sql}`, parameters);
      expect(tables.map(({ table }) => table)).not.toContain('messages');
      reads.push(tables.reduce((sum, { rows }) => sum + Number(rows), 0));
      return connection.rows(sql, parameters);
    },
  };
  const latest = await readLatest(store, 'odograph', aTracker('oid12345', { trackerId: 'many12345' }), NOON);
  expect(latest.values).toEqual([{ key: 'fuel.level', value: 12_345, observedAt: NOON }]);
  expect(reads).toHaveLength(2);
  expect(Math.min(...reads)).toBeGreaterThan(0);
  // A granule or two of each part.
  expect(Math.max(...reads)).toBeLessThan(many / 4);
});
