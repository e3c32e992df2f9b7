import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCapture } from '../../src/capture/file/reader.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { ApiKeys } from '../../src/registry/api-keys.ts';
import { Companies } from '../../src/registry/companies.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { sumOf, type MetricValues } from '../support/metrics.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { exchange } from '../support/sockets.ts';
import { until } from '../support/waiting.ts';

const GONE = 'KMHXX00XXXX000001';
const LEFT = 'KMHXX00XXXX000002';
const WITHIN_MS = 60_000;
const TABLES = ['messages', 'events', 'frames', 'quarantine', 'latest_messages', 'trips'];

const dataDir = newDataDir();
let gateway: RunningGateway;
/** Addresses of the endpoints of two companies. */
const paths: Record<string, string> = {};
const keys: Record<string, string> = {};

interface Proof {
  id: string;
  state: string;
  idents: string[] | null;
  vehicles: string[];
  in_time: boolean | null;
  lifted: { by: string } | null;
  places: { place: string; removed: Record<string, number>; left: Record<string, number>; kept: string[] }[];
}

async function api(company: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.apiPort}${path}`, {
    method,
    headers: { 'x-api-key': keys[company] ?? '', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBeLessThan(300);
  return response.json();
}

async function push(company: string, body: object | string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.apiPort}${paths[company]}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** A body as Pleos posts it; each `n` is another time. */
function bodyOf(vin: string, n: number, km = 1_000 + n) {
  const messageTime = new Date(Date.UTC(2026, 9, 1, 12) + n * 10_000).toISOString();
  const at = { eventTime: messageTime };
  const data = {
    'Vehicle.Latitude': { value: 37.5 + n / 1_000, ...at },
    'Vehicle.Longitude': { value: 127.1, ...at },
    'Vehicle.Odometer': { value: km, ...at },
  };
  return { vin, vehicleId: `vehicle of ${vin}`, itemsCount: 1, items: [{ messageTime, data }] };
}

const rowsOf = async (vin: string, table: string, company?: string): Promise<number> => {
  const whose = company === undefined || table === 'trips' ? '' : ` AND company_id = '${company}'`;
  const bytes = table === 'frames' || table === 'quarantine' ? ` OR position(frame, '${vin}') > 0` : '';
  const [row] = await gateway.rows<{ n: string }>(
    `SELECT count() AS n FROM odograph.${table} WHERE (ident = '${vin}'${bytes})${whose}`,
  );
  return Number(row?.n);
};

const filesNaming = (vin: string): string[] => {
  const dir = join(dataDir, 'data', 'spool');
  return readdirSync(dir).filter((name) => readFileSync(join(dir, name)).includes(vin));
};

const refused = (metrics: MetricValues): number => sumOf(metrics, 'frames_total', { column: 'refused' });

async function proofs(company: string): Promise<Proof[]> {
  return ((await api(company, 'GET', '/v1/consents')) as { items: Proof[] }).items;
}

async function purged(company: string, count = 1): Promise<Proof[]> {
  let found: Proof[] = [];
  await until(
    'the purge is through',
    async () => {
      found = await proofs(company);
      return found.length === count && found.every(({ state }) => state === 'purged');
    },
    WITHIN_MS,
  );
  return found;
}

beforeAll(async () => {
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 50 } }, dataDir);
  keys['default'] = gateway.gateway.firstKey?.secret ?? '';
  const { documents, ...store } = openSqliteStore(join(dataDir, 'data', 'odograph.sqlite'));
  void store;
  await new Companies(documents, Date.now).create({ id: 'other', name: 'other', maxTrackers: null });
  keys['other'] = (await new ApiKeys(documents, Date.now).create({ companyId: 'other', name: 'other', role: 'admin' })).secret;
  for (const company of ['default', 'other']) {
    const made = await api(company, 'POST', '/v1/push-endpoints', { name: 'Pleos', protocol: 'hyundai-kia' });
    paths[company] = (made as { path: string }).path;
  }
}, 120_000);
afterAll(() => gateway.remove());

const IMEI = '356307042441013';

describe('a consent that ends', () => {
  test('is followed by the end of all data of the vehicle, everywhere, in time and with a proof', async () => {
    for (let n = 0; n < 20; n++) {
      expect(await push('default', bodyOf(GONE, n))).toBe(200);
      expect(await push('default', bodyOf(LEFT, n))).toBe(200);
      // The other company is told the very same.
      expect(await push('other', bodyOf(GONE, n))).toBe(200);
    }
    // One that cannot be read, and one that speaks of both.
    await push('default', `{"vin":"${GONE}","items":[`);
    await push('default', [bodyOf(GONE, 50), bodyOf(LEFT, 50)]);
    await gateway.stored();
    expect(await rowsOf(GONE, 'messages', 'default')).toBe(21);
    expect(await rowsOf(GONE, 'messages', 'other')).toBe(20);
    expect(await rowsOf(GONE, 'quarantine', 'default')).toBe(1);
    expect(await rowsOf(GONE, 'latest_messages', 'default')).toBeGreaterThan(0);
    expect(filesNaming(GONE)).not.toEqual([]);

    expect(await push('default', { userIds: ['somebody'], vins: [GONE] })).toBe(200);
    const [proof] = await purged('default');

    for (const table of ['messages', 'latest_messages', 'events', 'frames', 'quarantine']) {
      expect([table, await rowsOf(GONE, table, 'default')]).toEqual([table, 0]);
    }
    expect(await rowsOf(LEFT, 'messages', 'default')).toBe(21);
    expect(await rowsOf(GONE, 'messages', 'other')).toBe(20);
    expect(await rowsOf(GONE, 'frames', 'other')).toBe(20);
    expect(await rowsOf(GONE, 'latest_messages', 'other')).toBeGreaterThan(0);

    expect(proof).toMatchObject({ idents: null, in_time: true, lifted: null });
    expect(JSON.stringify(proof)).not.toContain(GONE);
    const places = new Map(proof?.places.map((place) => [place.place, place]));
    expect([...places.keys()].sort()).toEqual(['captures', 'clickhouse', 'documents', 'registry', 'spool']);
    expect(places.get('clickhouse')?.removed).toMatchObject({ messages: 21, quarantine: 1 });
    for (const { left } of places.values()) expect(Object.values(left).every((count) => count === 0)).toBe(true);
    expect(await proofs('other')).toEqual([]);
    expect((await gateway.metrics()).get('odograph_ledger_imbalance_frames')).toBe(0);
  });

  test('and what comes later is answered as received, and leaves nothing', async () => {
    const before = await gateway.metrics();
    expect(await push('default', bodyOf(GONE, 100))).toBe(200);
    expect(await push('default', [bodyOf(GONE, 101), bodyOf(LEFT, 101)])).toBe(200);
    expect(await push('default', `{"vin":"${GONE}","items":[{`)).toBe(200);
    expect(await push('other', bodyOf(GONE, 100))).toBe(200);
    await gateway.stored();
    const after = await gateway.metrics();
    expect(refused(after) - refused(before)).toBe(2);
    expect(after.get('odograph_ledger_imbalance_frames')).toBe(0);
    for (const table of ['messages', 'frames', 'quarantine']) {
      expect([table, await rowsOf(GONE, table, 'default')]).toEqual([table, 0]);
    }
    expect(await rowsOf(LEFT, 'messages', 'default')).toBe(22);
    // What was said of the neighbour in the same body is kept as it was said.
    expect(await rowsOf(LEFT, 'frames', 'default')).toBe(21);
    expect(await rowsOf(GONE, 'messages', 'other')).toBe(21);
  });

  test('an operator ends that of the other company, and then no file of the spool and no capture names the vehicle', async () => {
    const config = join(dataDir, 'odograph.yaml');
    const kept = join(dataDir, 'kept.odocap');
    const capture = async (file: string): Promise<string> => {
      const ran = await odograph('capture', '--config', config, '-o', file);
      expect(ran.code).toBe(0);
      const said: string[] = [];
      for await (const { bytes } of readCapture(createReadStream(file), file)) said.push(Buffer.from(bytes).toString('latin1'));
      return said.join('\n');
    };
    expect(await capture(kept)).toContain(GONE);
    const ran = await odograph(
      'consent',
      'withdraw',
      GONE,
      '--config',
      config,
      '--company',
      'other',
      '--cause',
      'sold',
      '--json',
    );
    expect([ran.code, ran.err]).toEqual([0, '']);
    const [proof] = await purged('other');
    expect(proof?.places.find(({ place }) => place === 'captures')?.kept.join()).toContain(kept);
    expect(filesNaming(GONE)).toEqual([]);
    expect(filesNaming(LEFT)).not.toEqual([]);
    for (const table of TABLES) expect([table, await rowsOf(GONE, table)]).toEqual([table, 0]);
    const fresh = await capture(join(dataDir, 'fresh.odocap'));
    expect(fresh).not.toContain(GONE);
    expect(fresh).toContain(LEFT);
    expect((await odograph('consent', 'purge-capture', kept, '--config', config)).code).toBe(0);
    const again: string[] = [];
    for await (const { bytes } of readCapture(createReadStream(kept), kept)) again.push(Buffer.from(bytes).toString('latin1'));
    expect(again.join()).not.toContain(GONE);
    expect(again.join()).toContain(LEFT);
    const shown = await odograph('consent', 'show', proof?.id ?? '', '--config', config, '--company', 'other');
    expect(shown.out).toContain('purged');
    expect(shown.out).not.toContain(GONE);
  });

  test('holds after a start from the disk, until it is granted again', async () => {
    await gateway.stop();
    gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 50 } }, dataDir);
    expect(await push('default', bodyOf(GONE, 200))).toBe(200);
    await gateway.stored();
    expect(await rowsOf(GONE, 'messages')).toBe(0);
    const [proof] = await proofs('default');
    await api('default', 'POST', `/v1/consents/${proof?.id}/grant`, {});
    expect(await push('default', bodyOf(GONE, 201))).toBe(200);
    await gateway.stored();
    expect(await rowsOf(GONE, 'messages', 'default')).toBe(1);
    expect(await rowsOf(GONE, 'messages', 'other')).toBe(0);
    expect((await proofs('default'))[0]).toMatchObject({ state: 'purged', lifted: { by: 'operator' } });
  });
});

describe('the withdrawal of a tracker', () => {
  test('takes with it where it was, what was heard of it and what its company was told', async () => {
    const tracker = (await api('default', 'POST', '/v1/trackers/register', {
      tracker_id: IMEI,
      provider: 'astrata',
      type: 'canbus',
    })) as { oid: string };
    const startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 600_000;
    const records = Array.from({ length: 60 }, (_, i) => ({
      deviceTime: startsAt + i * 10_000,
      fix: { lat: 40.4 + i * 1e-3, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 40, courseDeg: 0, satellites: 11 },
      io: [[239, 1, 1]] as const,
    }));
    const frame = encodeFrame({ codec: '8', records });
    const send = () => exchange({ port: gateway.port(), chunks: [encodeLogin(IMEI), frame], expect: 5, withinMs: 20_000 });
    await send();
    await gateway.stored();
    const why = `/v1/trackers/${tracker.oid}/why`;
    expect(JSON.stringify(await api('default', 'GET', why))).toContain('60');
    expect(await rowsOf(IMEI, 'messages')).toBe(60);
    await api('default', 'POST', '/v1/consents/withdraw', { vehicle: tracker.oid, cause: 'the vehicle was sold' });
    const proof = (await purged('default', 2)).find(({ lifted }) => lifted === null);
    const registry = proof?.places.find(({ place }) => place === 'registry');
    expect(registry?.removed).toMatchObject({ liveness: 1 });
    for (const table of TABLES) expect([table, await rowsOf(IMEI, table)]).toEqual([table, 0]);
    expect(filesNaming(IMEI)).toEqual([]);
    // Acknowledged like any other, so that the device does not send it for ever.
    await send();
    await gateway.stored();
    for (const table of TABLES) expect([table, await rowsOf(IMEI, table)]).toEqual([table, 0]);
    expect((await gateway.metrics()).get('odograph_ledger_imbalance_frames')).toBe(0);
  });
});
