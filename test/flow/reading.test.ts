import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_COMPANY, type Tracker } from '#model/tracker';
import { readHistory, readLatest, type HistoryQuery, type ReadMessage } from '../../src/reading/telemetry.ts';
import { aTracker } from '../../src/store/samples.ts';
import { openEmbedded, type EmbeddedClickHouse } from '../support/embedded-clickhouse.ts';
import { frameOutcome, NOON, normalisedMessage } from '../support/outcomes.ts';

const IMEI = '356307042441013';
const tracker: Tracker = aTracker('mine', { trackerId: 'VIN1', foreignTrackerId: IMEI, objectId: {} });
const DAY_MS = 86_400_000;

let embedded: EmbeddedClickHouse;
beforeAll(async () => {
  embedded = await openEmbedded();
  const sink = await embedded.clickhouse.openSink({
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
      recordIdLo: seq,
      trackerOid: oid,
      deviceTime: at,
      observedAt: at,
      receivedAt: at + 500,
      ...changes,
    };
    const outcome = frameOutcome(seq, 0);
    const record = companyId === undefined ? outcome.record : { ...outcome.record, companyId };
    sink.put({ ...outcome, record, messages: [{ ...message, ident: IMEI }] });
  };
  put(0, '');
  put(1, '', {}, 'another company');
  put(2, 'of another tracker');
  for (let i = 3; i < 10; i++)
    put(i, 'mine', { signalKeys: ['odometer.total.value', 'fuel.level'], signalValues: [i, 50 - i] });
  put(9, 'mine', { recordIdLo: 10, signalKeys: ['odometer.total.value', 'fuel.level'], signalValues: [9, 41] });
  put(10, 'mine', { position: null, stateKeys: ['device.vin'], stateValues: ['VIN1'], signalKeys: [], signalValues: [] });
  await sink.flush(AbortSignal.timeout(20_000));
  sink.close();
}, 60_000);
afterAll(() => embedded.remove());

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
