import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { addFix, newDistance } from '../../src/lifecycle/distance.ts';
import { EVIDENCE_RULES } from '../../src/lifecycle/rules.ts';
import { providerTable } from '../../src/providers/table.ts';
import { reckon } from '../../src/simulate/check.ts';
import { FleetDrive, makeFleet } from '../../src/simulate/fleet.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 8;
const VEHICLES = 30;
const SPEED = 20;
const RECORD_EVERY_MS = 1_000;
/** So far that no tracker gets there: its metres can be checked to the end. */
const SETTINGS = ['lifecycle.connectMetres=1000000', 'lifecycle.jitterMetres=15', 'clickhouse.batchAgeMs=150'];

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-kill-'));
afterAll(() => removeFolder(dataDir));

/** Sum of a metric over all its labels. */
function total(metrics: ReadonlyMap<string, number>, name: string): number {
  let sum = 0;
  for (const [key, value] of metrics) if (key.startsWith(`${name}{`)) sum += value;
  return sum;
}

describe('a gateway that is killed', () => {
  it(`has every acknowledged record exactly once after ${KILLS} kills at random moments under load`, async () => {
    let gateway = await GatewayProcess.start({ dataDir, settings: SETTINGS });
    const { port } = gateway;
    const options = {
      host: '127.0.0.1',
      port,
      vehicles: VEHICLES,
      seed: 7,
      startsAt: Date.now() - 4 * 3_600_000,
      recordEveryMs: RECORD_EVERY_MS,
    };
    const fleet = makeFleet(options);
    const store = openSqliteStore(join(dataDir, 'odograph.sqlite'));
    const oids: string[] = [];
    for (const { registration } of fleet) {
      const { tracker } = await registerTracker(store, providerTable(), registration, Date.now);
      oids.push(tracker.oid);
    }
    const drive = new FleetDrive(fleet, options, SPEED);
    drive.start();
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(100 + Math.random() * 1_500);
      await gateway.kill();
      gateway = await GatewayProcess.start({ dataDir, port, settings: SETTINGS });
    }
    await pause(1_000);
    await drive.park(60_000);
    await drive.stop();

    // A last, orderly stop and start: the ledger has outlived it all, and what no life was long enough to store is stored now.
    expect(await gateway.stop()).toBe(0);
    gateway = await GatewayProcess.start({ dataDir, port, settings: SETTINGS });
    const told = fleet.reduce((sum, { device }) => sum + new Set(device.acknowledged).size, 0);
    await until('all is stored', async () => (await storedRows(gateway)) >= told, 60_000);
    const rows = await gateway.query<{ ident: string; at: string }>(
      'SELECT ident, toUnixTimestamp64Milli(device_time) AS at FROM messages FINAL',
    );
    const stored = Map.groupBy(rows, ({ ident }) => ident);
    let acknowledged = 0;
    for (const [index, { device, registration }] of fleet.entries()) {
      const times = (stored.get(device.ident) ?? []).map(({ at }) => Number(at));
      const reckoning = reckon(device.ident, device.acknowledged, times);
      expect(reckoning, registration.trackerId).toMatchObject({ missing: [], twice: [] });
      acknowledged += reckoning.acknowledged;

      const evidence = store.evidenceOf(oids[index] as string);
      const expected = await metresOf(gateway, device.ident);
      expect(evidence?.distance.walk.metres, registration.trackerId).toBeCloseTo(expected, 6);
    }
    expect(acknowledged).toBeGreaterThan(VEHICLES * 100);

    const metrics = await gateway.metrics();
    expect(metrics.get('odograph_ledger_imbalance_frames')).toBe(0);
    const settled = total(metrics, 'odograph_frames_total');
    expect(total(metrics, 'odograph_frames_received_total')).toBe(settled + total(metrics, 'odograph_frames_in_flight'));
    expect(total(metrics, 'odograph_frames_in_flight')).toBe(0);
    await gateway.stop();
    store.close();
  });
});

/** Rows that readers see. */
async function storedRows(gateway: GatewayProcess): Promise<number> {
  const [row] = await gateway.query<{ rows: string }>('SELECT count() AS rows FROM messages FINAL');
  return Number(row?.rows);
}

/** Metres by the stored rows of one ident, in order, computed apart from the gateway. */
async function metresOf(gateway: GatewayProcess, ident: string): Promise<number> {
  const fixes = await gateway.query<{ at: string; lat: number; lon: number }>(
    `SELECT toUnixTimestamp64Milli(observed_at) AS at, lat, lon FROM messages FINAL WHERE ident = '${ident}' ORDER BY device_time`,
  );
  const rules = { ...EVIDENCE_RULES, jitterM: 15, neededM: 1_000_000 };
  const distance = newDistance();
  for (const { at, lat, lon } of fixes) addFix(distance, { at: Number(at), lat, lon }, rules);
  return distance.walk.metres;
}
