import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 4;
const WITHIN_MS = 120_000;
const BODIES = 400;
const GONE = 'KMHXX00XXXX000001';
const LEFT = 'KMHXX00XXXX000002';

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-consent-kill-'));
afterAll(() => removeFolder(dataDir));

interface Proof {
  state: string;
  places: { place: string; left: Record<string, number> }[];
}

function bodyOf(vin: string, n: number) {
  const messageTime = new Date(Date.UTC(2026, 9, 1) + n * 1_000).toISOString();
  const data = { 'Vehicle.Odometer': { value: 1_000 + n, eventTime: messageTime } };
  return { vin, vehicleId: 'v', itemsCount: 1, items: [{ messageTime, data }] };
}

test(`a purge that is killed ${KILLS} times at whatever moment is finished, and takes nothing of the neighbour along`, async () => {
  const settings = ['clickhouse.batchAgeMs=50', 'spool.segmentBytes=65536', 'api.requestsPerMinute=1000000'];
  let gateway = await GatewayProcess.start({ dataDir, settings });
  const key = readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const url = `http://127.0.0.1:${gateway.apiPort}${path}`;
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return response.json();
  };
  const made = await ask('POST', '/v1/push-endpoints', { name: 'Pleos', protocol: 'hyundai-kia' });
  const { path } = made as { path: string };
  const acknowledged = new Map<string, number>();
  /** Pushes until it is answered as received, as a cloud does. */
  const push = async (body: object, vin = ''): Promise<void> => {
    for (;;) {
      const url = `http://127.0.0.1:${gateway.apiPort}${path}`;
      const request = { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(5_000) };
      const isTaken = await fetch(url, request).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (isTaken) break;
      await pause(20);
    }
    acknowledged.set(vin, (acknowledged.get(vin) ?? 0) + 1);
  };
  for (let n = 0; n < BODIES; n++) await Promise.all([push(bodyOf(GONE, n), GONE), push(bodyOf(LEFT, n), LEFT)]);

  await push({ userIds: ['u'], vins: [GONE] });
  let n = BODIES;
  for (let kill = 0; kill < KILLS; kill++) {
    // While the purge goes on, both vehicles go on.
    const sending = Promise.all([push(bodyOf(GONE, n), GONE), push(bodyOf(LEFT, n), LEFT)]);
    n++;
    await sending;
    await pause(Math.random() * 1_500);
    await gateway.kill();
    gateway = await GatewayProcess.start({ dataDir, settings });
  }
  let proofs: Proof[] = [];
  const isPurged = async (): Promise<boolean> => {
    proofs = ((await ask('GET', '/v1/consents')) as { items: Proof[] }).items;
    return proofs.length === 1 && proofs[0]?.state === 'purged';
  };
  await until('the purge is through', isPurged, WITHIN_MS);
  const isStored = async (): Promise<boolean> => (await gateway.metrics()).get('odograph_spool_waiting_frames') === 0;
  await until('all is stored', isStored, WITHIN_MS);
  expect(proofs[0]?.places.map(({ place }) => place).sort()).toEqual([
    'captures',
    'clickhouse',
    'documents',
    'registry',
    'spool',
  ]);
  const rows = async (table: string, vin: string): Promise<number> => {
    const named = table === 'messages' ? `ident = '${vin}'` : `position(frame, '${vin}') > 0`;
    const [row] = await gateway.query<{ n: string }>(`SELECT count() AS n FROM ${table} FINAL WHERE ${named}`);
    return Number(row?.n);
  };
  for (const table of ['messages', 'frames', 'quarantine']) expect([table, await rows(table, GONE)]).toEqual([table, 0]);
  expect(await rows('messages', LEFT)).toBe(acknowledged.get(LEFT));
  expect((await gateway.metrics()).get('odograph_ledger_imbalance_frames')).toBe(0);
  // What came after the purge had its turn in the spool is taken out of it within the minute.
  const naming = (): string[] =>
    readdirSync(join(dataDir, 'spool')).filter((name) => readFileSync(join(dataDir, 'spool', name)).includes(GONE));
  await until('no file of the spool names it', () => naming().length === 0, WITHIN_MS);
  expect(await gateway.stop()).toBe(0);
});
