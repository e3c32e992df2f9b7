import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tracker } from '#model/tracker';
import { readEvents } from '../../src/reading/events.ts';
import { readFrame, readFrames, type FramesQuery, type ReadFrame } from '../../src/reading/frames.ts';
import { readSeries, readTrack, SPEED_KEY } from '../../src/reading/plots.ts';
import { readTrips } from '../../src/reading/trips.ts';
import { aTracker } from '../../src/store/samples.ts';
import { openEmbedded, type EmbeddedClickHouse } from '../support/embedded-clickhouse.ts';
import { frameOutcome, frameRecord, NOON, normalisedMessage } from '../support/outcomes.ts';

const IMEI = '356307042441013';
const SPOOL = '00000000000000ab';
const tracker: Tracker = aTracker('mine', { companyId: 'acme', trackerId: 'VIN1', foreignTrackerId: IMEI, objectId: {} });
const MINUTE_MS = 60_000;
const RANGE = { from: NOON, to: NOON + 60 * MINUTE_MS };

const claim = (oid: string, companyId: string, from: number, to: number | null) => ({
  ident: IMEI,
  source: 'tracker_id',
  provider: 'targa',
  tracker_oid: oid,
  company_id: companyId,
  tracker_id: IMEI,
  registered_at: from,
  ended_at: to,
  revision: 1,
});
const trip = (oid: string, minute: number) => ({
  trip_id: `${oid}-${minute}`,
  tracker_oid: oid,
  provider: 'targa',
  ident: IMEI,
  started_at: NOON + minute * MINUTE_MS,
  ended_at: NOON + (minute + 1) * MINUTE_MS,
  start_lat: 1,
  start_lon: 2,
  end_lat: 3,
  end_lon: 4,
  distance_m: 900,
  points: 9,
  max_speed_kmh: 50,
});

let embedded: EmbeddedClickHouse;
beforeAll(async () => {
  embedded = await openEmbedded();
  const sink = await embedded.clickhouse.openSink({
    spoolId: SPOOL,
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
  let seq = 0;
  /** A frame at a minute past noon, of a tracker where one is named. */
  const put = (minute: number, oid: string | null, speedKmh = 50, companyId?: string, events: readonly string[] = []): void => {
    seq++;
    const at = NOON + minute * MINUTE_MS;
    const message = normalisedMessage({ recordIdLo: seq, deviceTime: at, observedAt: at, receivedAt: at });
    const position = message.position === null ? null : { ...message.position, speedKmh, lat: 40 + minute / 100 };
    const outcome = frameOutcome(seq, 0);
    const record = frameRecord({
      receivedAt: at,
      frame: Uint8Array.of(seq),
      ...(companyId === undefined ? {} : { companyId }),
    });
    const told = events.map((code) => ({ code, alarm: code === 'secure.panic' }));
    const messages = oid === null ? [] : [{ ...message, position, trackerOid: oid, events: told }];
    sink.put({ ...outcome, record, messages });
  };
  put(0, null);
  put(1, '', 10);
  put(2, 'of another company');
  put(3, null);
  put(4, 'mine', 20, undefined, ['ignition.on', 'secure.panic']);
  put(5, 'mine', 90);
  put(6, '', 99, 'another company');
  put(30, 'mine', 40, undefined, ['ignition.off']);
  await sink.flush(AbortSignal.timeout(20_000));
  sink.close();
  const { connection } = embedded.clickhouse;
  await connection.insertObjects('tracker_idents', [
    claim('of another company', 'another company', NOON + 2 * MINUTE_MS, NOON + 4 * MINUTE_MS),
    claim('mine', 'acme', NOON + 4 * MINUTE_MS, null),
  ]);
  await connection.insertObjects('trips', [trip('mine', 4), trip('mine', 30), trip('mine', 30), trip('other', 2)]);
}, 60_000);
afterAll(() => embedded.remove());

const list = (query: Partial<FramesQuery> = {}) =>
  readFrames(embedded.clickhouse.connection, 'odograph', tracker, {
    ...RANGE,
    outcome: null,
    after: null,
    most: 100,
    ...query,
  });
const one = (id: string) => readFrame(embedded.clickhouse.connection, 'odograph', tracker, id);
const events = (alarmsOnly: boolean, after: string | null, most: number) =>
  readEvents(embedded.clickhouse.connection, 'odograph', tracker, { ...RANGE, alarmsOnly, after, most });
const trips = (after: string | null) =>
  readTrips(embedded.clickhouse.connection, 'odograph', tracker, { ...RANGE, after, most: 10 });
const track = (slices: number) => readTrack(embedded.clickhouse.connection, 'odograph', tracker, { ...RANGE, slices });
const KEYS = [SPEED_KEY, 'engine.speed.value', 'fuel.level'];
const series = (slices: number) =>
  readSeries(embedded.clickhouse.connection, 'odograph', tracker, { ...RANGE, slices, keys: KEYS });
const minutesOf = (frames: readonly ReadFrame[]): number[] => frames.map(({ receivedAt }) => (receivedAt - NOON) / MINUTE_MS);

test('the frames of a tracker are those of its messages, and those without while no other company had its ident', async () => {
  const { frames, next } = await list();
  expect(minutesOf(frames)).toEqual([30, 5, 4, 1, 0]);
  expect(next).toBeNull();
  expect(frames[0]).toMatchObject({ id: `${SPOOL}-8`, ident: IMEI, outcome: 'stored', messages: 1, sizeBytes: 1, head: '08' });
});

test('pages of frames follow each other, though what is not to be seen lies between', async () => {
  const seen: number[] = [];
  let after: string | null = null;
  do {
    const page = await list({ after, most: 2 });
    expect(page.frames.length).toBeLessThanOrEqual(2);
    seen.push(...minutesOf(page.frames));
    after = page.next;
  } while (after !== null);
  expect(seen).toEqual([30, 5, 4, 1, 0]);
  expect((await list({ outcome: 'quarantined' })).frames).toEqual([]);
  await expect(list({ after: 'nonsense' })).rejects.toThrow(RangeError);
});

test('one frame comes with all its bytes, and only to the tracker whose it is', async () => {
  expect(await one(`${SPOOL}-5`)).toMatchObject({ id: `${SPOOL}-5`, bytes: Uint8Array.of(5) });
  for (const id of [`${SPOOL}-3`, `${SPOOL}-4`, `${SPOOL}-7`, `${SPOOL}-99`, 'x']) expect(await one(id)).toBeNull();
});

test('events come newest first, page by page, or the alarms alone', async () => {
  const [first, ...others] = await events(false, null, 10);
  expect([first, ...others].map((event) => event?.code)).toEqual(['ignition.off', 'secure.panic', 'ignition.on']);
  expect(first).toMatchObject({ alarm: false, observedAt: NOON + 30 * MINUTE_MS, place: { lat: 40.3 } });
  expect((await events(false, first?.cursor ?? null, 1)).map(({ code }) => code)).toEqual(['secure.panic']);
  expect((await events(true, null, 10)).map(({ code }) => code)).toEqual(['secure.panic']);
});

test('trips come newest first, each once', async () => {
  const found = await trips(null);
  expect(found.map(({ startedAt }) => (startedAt - NOON) / MINUTE_MS)).toEqual([30, 4]);
  expect(found[1]).toMatchObject({ metres: 900, start: { lat: 1, lon: 2 }, end: { lat: 3, lon: 4 }, maxSpeedKmh: 50 });
  expect((await trips(found[0]?.cursor ?? null)).map(({ id }) => id)).toEqual(['mine-4']);
});

test('a track has its first and its last place and an even choice between, and says where its line is broken', async () => {
  const whole = await track(500);
  expect(whole.stored).toBe(4);
  expect(whole.points.map(({ at, starts }) => [(at - NOON) / MINUTE_MS, starts])).toEqual([
    [1, true],
    [4, false],
    [5, false],
    [30, true],
  ]);
  const coarse = await track(1);
  expect(coarse.points.map(({ at, starts }) => [(at - NOON) / MINUTE_MS, starts])).toEqual([
    [1, true],
    [30, true],
  ]);
});

test('a series has least, greatest and mean of each slice, and is empty for what was never sent', async () => {
  const [speed, engine, fuel] = await series(6);
  expect(speed).toEqual({
    key: SPEED_KEY,
    at: [NOON + MINUTE_MS, NOON + 30 * MINUTE_MS],
    least: [10, 40],
    most: [90, 40],
    mean: [40, 40],
  });
  expect(engine).toMatchObject({ most: [1_850.5, 1_850.5] });
  expect(fuel).toEqual({ key: 'fuel.level', at: [], least: [], most: [], mean: [] });
});
