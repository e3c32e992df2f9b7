import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { until } from '../support/waiting.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 8;
const STORED_WITHIN_MS = 60_000;
const SENDERS = 6;
const VIN = 'WBA00000000000001';

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-push-kill-'));
afterAll(() => removeFolder(dataDir));

/** A cloud that pushes one message after another, each until it is answered as received, and now and then an old one again. */
class Cloud {
  readonly acknowledged: number[] = [];
  sent = 0;
  #next = 1;
  #stopped = false;
  readonly #url: string;
  readonly #startsAt = Date.now() - 3_600_000;

  constructor(url: string) {
    this.#url = url;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const again = Math.random() < 0.1 && this.acknowledged.length > 0;
      const km = again ? (this.acknowledged.at(Math.floor(Math.random() * this.acknowledged.length)) as number) : this.#next++;
      while (!(await this.#push(km))) await pause(20);
      if (!again) this.acknowledged.push(km);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #push(km: number): Promise<boolean> {
    const timestamp = new Date(this.#startsAt + km * 100).toISOString();
    const data = { 'vehicle.vehicle.travelledDistance': { value: km, unit: 'km', timestamp } };
    this.sent++;
    try {
      // The envelope tells when it was sent: each try has another.
      const body = JSON.stringify({ vin: VIN, timestamp: new Date().toISOString(), data });
      const response = await fetch(this.#url, { method: 'POST', body, signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      return response.status === 200;
    } catch {
      return false;
    }
  }
}

test(`what was answered as received is stored exactly once after ${KILLS} kills`, async () => {
  const apiPort = await freePort();
  const settings = [`api.port=${apiPort}`, 'clickhouse.batchAgeMs=100', 'api.requestsPerMinute=1000000'];
  let gateway = await GatewayProcess.start({ dataDir, settings });
  const { port } = gateway;
  const response = await fetch(`http://127.0.0.1:${apiPort}/v1/push-endpoints`, {
    method: 'POST',
    headers: { 'x-api-key': readFileSync(join(dataDir, 'admin-key'), 'utf8').trim(), 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'the cloud', protocol: 'bmw' }),
  });
  const { path } = (await response.json()) as { path: string };
  const cloud = new Cloud(`http://127.0.0.1:${apiPort}${path}`);
  const senders = Array.from({ length: SENDERS }, () => cloud.run());
  for (let kill = 0; kill < KILLS; kill++) {
    const before = cloud.acknowledged.length;
    const many = 5 + Math.random() * 40;
    await until('some are acknowledged', () => cloud.acknowledged.length > before + many, STORED_WITHIN_MS);
    await gateway.kill();
    gateway = await GatewayProcess.start({ dataDir, port, settings });
  }
  cloud.stop();
  await Promise.all(senders);
  const stored = async (): Promise<boolean> => {
    const metrics = await gateway.metrics();
    return metrics.get('odograph_sink_up') === 1 && metrics.get('odograph_spool_waiting_frames') === 0;
  };
  await until('all of it is stored', stored, STORED_WITHIN_MS);
  // A last, orderly stop and start: the ledger has outlived it all.
  expect(await gateway.stop()).toBe(0);
  gateway = await GatewayProcess.start({ dataDir, port, settings });
  const rows = await gateway.query<{ km: number; company: string; n: string }>(
    `SELECT signals['odometer.total.value'] AS km, any(company_id) AS company, count() AS n
     FROM messages FINAL WHERE ident = '${VIN}' GROUP BY km`,
  );
  const times = new Map(rows.map(({ km, n }) => [km, Number(n)]));
  expect(cloud.acknowledged.length).toBeGreaterThan(100);
  expect(cloud.acknowledged.filter((km) => times.get(km) !== 1)).toEqual([]);
  expect(new Set(rows.map(({ company }) => company))).toEqual(new Set(['default']));
  const metrics = await gateway.metrics();
  expect(metrics.get('odograph_ledger_imbalance_frames')).toBe(0);
  await gateway.stop();
});
