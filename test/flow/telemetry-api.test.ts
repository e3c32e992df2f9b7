import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { providerTable } from '../../src/providers/table.ts';
import { registerTracker } from '../../src/store/register.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { exchange } from '../support/sockets.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { join } from 'node:path';
import { removeFolder } from '../support/remove-folder.ts';

const IMEI = '356307042441013';
const MESSAGES = 4_500;

const dataDir = newDataDir();
let gateway: RunningGateway;
let oid: string;
let startsAt: number;

beforeAll(async () => {
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 50 } }, dataDir);
  const store = openSqliteStore(join(dataDir, 'data', 'odograph.sqlite'));
  const request = { trackerId: IMEI, provider: 'astrata', type: 'obd' };
  oid = (await registerTracker(store, providerTable(), request, Date.now, DEFAULT_COMPANY)).tracker.oid;
  store.close();
  startsAt = Math.floor(Date.now() / 1_000) * 1_000 - MESSAGES * 1_000;
  const frames = Array.from({ length: MESSAGES / 50 }, (_, i) => frameOf(i * 50, 50));
  await exchange({
    port: gateway.port(),
    chunks: [encodeLogin(IMEI), ...frames],
    expect: 1 + 4 * frames.length,
    withinMs: 60_000,
  });
  await gateway.stored();
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  removeFolder(dataDir);
});

function frameOf(first: number, count: number): Uint8Array {
  const records = Array.from({ length: count }, (_, i) => ({
    deviceTime: startsAt + (first + i) * 1_000,
    fix: {
      lat: 40.4 + (first + i) * 1e-4,
      lon: -3.69,
      valid: true,
      altitudeM: 650,
      speedKmh: 40,
      courseDeg: 0,
      satellites: 11,
    },
    io: [[239, 1, 1]] as const,
  }));
  return encodeFrame({ codec: '8', records });
}

async function get(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.gateway.apiPort}${path}`, {
    headers: { 'x-api-key': gateway.gateway.firstKey?.secret ?? '' },
  });
}

const json = async (path: string): Promise<Record<string, unknown>> =>
  (await (await get(path)).json()) as Record<string, unknown>;

describe('reading what a tracker has sent', () => {
  test('the latest place and values come with their units and times', async () => {
    const latest = await json(`/v1/telemetry/${oid}/latest`);
    const at = new Date(startsAt + (MESSAGES - 1) * 1_000).toISOString();
    expect(latest).toMatchObject({ oid, observed_at: at, position: { valid: true, speed_kmh: 40, observed_at: at } });
    expect(latest['values']).toContainEqual({ key: 'ignition.state.on', value: 1, unit: 'C62', observed_at: at });
  });

  test('a history comes page by page, and as a stream of lines or of CSV, whole and in order', async () => {
    const from = new Date(startsAt).toISOString();
    let cursor: string | null = null;
    const times: string[] = [];
    do {
      const page = await json(
        `/v1/telemetry/${oid}/history?from=${from}&limit=1000${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      times.push(...(page['items'] as { device_time: string }[]).map(({ device_time }) => device_time));
      cursor = page['next_cursor'] as string | null;
    } while (cursor !== null);
    expect(times).toHaveLength(MESSAGES);
    expect(times).toEqual([...times].sort());

    const lines = (await (await get(`/v1/telemetry/${oid}/history?from=${from}&format=ndjson`)).text()).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { device_time: string }).device_time)).toEqual(times);
    const csv = (await (await get(`/v1/telemetry/${oid}/history?from=${from}&format=csv&signals=ignition.state.on`)).text())
      .trim()
      .split('\n');
    expect(csv[0]).toMatch(/^device_time,.*,events,ignition\.state\.on$/);
    expect(csv).toHaveLength(MESSAGES + 1);
    expect(csv[1]).toMatch(new RegExp(`^${times[0]},.*,40\\.4,-3\\.69,true,650,40,0,11,,,1$`));
  });

  test('what is asked wrongly is told, and another company finds nothing', async () => {
    const range = `from=${new Date(startsAt + 1_000).toISOString()}&to=${new Date(startsAt).toISOString()}`;
    expect(await json(`/v1/telemetry/${oid}/history?${range}`)).toMatchObject({
      http_code: 400,
      msg: expect.stringContaining('before'),
    });
    expect(await json(`/v1/telemetry/${oid}/history?cursor=x`)).toMatchObject({
      http_code: 400,
      msg: expect.stringContaining('cursor'),
    });
    expect(await json('/v1/telemetry/elsewhere/latest')).toMatchObject({ http_code: 404, name: 'TrackerNotFound' });
  });

  test('the catalogue has every signal with its unit', async () => {
    const { items } = (await json('/v1/signals?category=odometer')) as {
      items: { key: string; unit: string; unit_name: string }[];
    };
    expect(items).toContainEqual(expect.objectContaining({ key: 'odometer.total.value', unit: 'KMT', unit_name: 'kilometre' }));
    expect(items.every(({ key }) => key.startsWith('odometer.'))).toBe(true);
  });
});
