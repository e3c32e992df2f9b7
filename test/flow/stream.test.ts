import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { providerTable } from '../../src/providers/table.ts';
import { ApiKeys } from '../../src/registry/api-keys.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { driveNorth, MINUTE_MS } from '../support/drive-north.ts';
import { EventReader } from '../support/event-reader.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const OWN = '356307042441013';
const OTHER = '356307042441021';
const SILENT = '356307042441039';
const SETTINGS = { clickhouse: { batchAgeMs: 50 } };

const dataDir = newDataDir();
let gateway: RunningGateway;
let key: string;
let otherKey: string;
let startsAt: number;
const oids = new Map<string, string>();
const readers: EventReader[] = [];

beforeAll(async () => {
  startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 60 * 1_440 * MINUTE_MS;
  gateway = await RunningGateway.start(SETTINGS, dataDir);
  key = gateway.gateway.firstKey?.secret ?? '';
  const store = openSqliteStore(join(dataDir, 'data', 'odograph.sqlite'));
  const owners = [
    [OWN, DEFAULT_COMPANY],
    [SILENT, DEFAULT_COMPANY],
    [OTHER, 'other'],
  ] as const;
  for (const [imei, companyId] of owners) {
    const request = { trackerId: imei, provider: 'astrata', type: 'obd' };
    oids.set(imei, (await registerTracker(store, providerTable(), request, Date.now, companyId)).tracker.oid);
  }
  otherKey = (await new ApiKeys(store.documents, Date.now).create({ companyId: 'other', name: 'reader', role: 'read' })).secret;
  store.close();
});
afterAll(async () => {
  for (const reader of readers) await reader.leave();
  await gateway.stop();
  removeFolder(dataDir);
});

const drive = (imei: string, from: number, fixes: number): Promise<void> =>
  driveNorth({ port: gateway.port(), imei, startsAt, from, fixes });

async function follow(query = '', headers: Record<string, string> = {}): Promise<EventReader> {
  const url = `http://127.0.0.1:${gateway.gateway.apiPort}/v1/stream${query}`;
  const reader = await EventReader.open(url, { 'x-api-key': key, ...headers });
  readers.push(reader);
  if (reader.status === 200) await until('it has its place', () => reader.lastId !== '');
  return reader;
}

const timesOf = (reader: EventReader, oid = oids.get(OWN)): number[] =>
  reader
    .named('position')
    .filter(({ data }) => data['oid'] === oid)
    .map(({ data }) => (Date.parse(data['observed_at'] as string) - startsAt) / MINUTE_MS);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('a stream', () => {
  let lastId: string;
  let changes: string[];

  test('tells places and changes as they come, and nothing of another company', async () => {
    const [all, places, silent, others] = await Promise.all([
      follow(),
      follow('?events=position'),
      follow(`?oids=${oids.get(SILENT)}`),
      follow('', { 'x-api-key': otherKey }),
    ]);
    await drive(OWN, 0, 8);
    await drive(OTHER, 0, 3);
    await until('all is told', () => timesOf(all).length === 8 && all.named('transition').length > 0);
    await until('the others too', () => others.named('position').length === 3);
    expect(timesOf(all)).toEqual(range(0, 8));
    expect(all.named('position')[0]?.data).toEqual({
      oid: oids.get(OWN),
      observed_at: new Date(startsAt).toISOString(),
      received_at: expect.any(String) as string,
      backlog: true,
      position: {
        lat: 40.4,
        lon: -3.69,
        valid: true,
        altitude_m: 650,
        speed_kmh: 6,
        course_deg: 0,
        satellites: 11,
        hdop: null,
      },
    });
    expect(all.named('transition').at(-1)?.data).toMatchObject({
      oid: oids.get(OWN),
      tracker_id: OWN,
      provider: 'astrata',
      transition: { from: 'pending_for_data', to: 'connected' },
    });
    expect(places.events.map(({ name }) => name)).toEqual(Array(8).fill('position'));
    expect(silent.events).toEqual([]);
    expect(new Set(others.events.map(({ data }) => data['oid']))).toEqual(new Set([oids.get(OTHER)]));
    lastId = all.named('position')[3]?.id ?? '';
    changes = all.named('transition').map(({ id }) => id.split('.')[3] ?? '');
    for (const reader of [all, places, silent, others]) await reader.leave();
  });

  test('that is opened again goes on behind what was read, also in another life of the gateway', async () => {
    const again = await follow('', { 'last-event-id': lastId });
    await until('the rest is told', () => timesOf(again).length === 4 && again.named('transition').length === changes.length);
    expect(timesOf(again)).toEqual(range(4, 8));
    expect(again.named('transition').map(({ id }) => id.split('.')[3])).toEqual(changes);
    lastId = again.lastId;
    await gateway.stop();
    await again.ended;
    gateway = await RunningGateway.start(SETTINGS, dataDir);
    await drive(OWN, 8, 4);
    const third = await follow(`?cursor=${lastId}`);
    await drive(OWN, 12, 4);
    await until('all is told', () => timesOf(third).length === 8);
    expect(timesOf(third)).toEqual(range(8, 16));
    expect(third.named('transition')).toEqual([]);
    await third.leave();
  });

  test('says so where it cannot go on', async () => {
    const foreign = await follow('', { 'last-event-id': '0123456789abcdef.5.0.0' });
    expect(foreign.events).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{16}\./) as string,
        name: 'reset',
        data: { reason: expect.stringMatching(/another gateway/) as string },
      },
    ]);
    for (const [query, words] of [
      ['?cursor=soon', 'cursor'],
      ['?events=positions', 'position, transition'],
      [`?oids=${'x,'.repeat(1_000)}`, 'at most 1000'],
      ['?from=1', 'from'],
    ] as const) {
      const refused = await fetch(`http://127.0.0.1:${gateway.gateway.apiPort}/v1/stream${query}`, {
        headers: { 'x-api-key': key },
      });
      expect(refused.status).toBe(400);
      expect(((await refused.json()) as { msg: string }).msg).toContain(words);
    }
  });
});
