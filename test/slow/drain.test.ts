/** SIGTERM under load, with the sink there, away and silent: what was acknowledged is stored, now or after the next start. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';
import { ClickHouseRelay } from '../support/clickhouse-relay.ts';
import { sumOf } from '../support/metrics.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const DEVICES = 5;
const EXIT_REFUSED = 1;
/** A signal that follows sooner is taken for the same one. */
const SECOND_SIGNAL_MS = 1_100;
/** Batches that nothing but the drain would send off. */
const LAZY = ['clickhouse.batchAgeMs=60000', 'clickhouse.batchRows=200000'];

const root = mkdtempSync(join(tmpdir(), 'odograph-drain-'));
let engine: Engine;
let clickhouse: Connection;
let relay: ClickHouseRelay;
let gateway: GatewayProcess;
let devices: SteadyDevice[] = [];
let runs = 0;
let dataDir = '';
let database = '';

beforeAll(async () => {
  engine = await Engine.start({ directory: join(root, 'engine'), memoryBytes: 1_000_000_000 });
  clickhouse = new Connection({ ...engine.endpoint, database: 'default', requestTimeoutMs: 10_000, connections: 2 });
  relay = await ClickHouseRelay.start(engine.endpoint);
});
afterEach(async () => {
  for (const device of devices) device.leave();
  devices = [];
  await gateway.kill();
  relay.mood = 'open';
});
afterAll(async () => {
  await relay.shut();
  await clickhouse.close();
  await engine.stop();
  removeFolder(root);
});

/** Starts a gateway with data of its own, in a database of its own behind the relay. */
async function startFresh(settings: readonly string[]): Promise<void> {
  database = `drain_${++runs}`;
  dataDir = join(root, database);
  await start(settings);
}

async function start(settings: readonly string[] = []): Promise<void> {
  const server = ['clickhouse.mode=server', `clickhouse.url=${relay.url}`, `clickhouse.database=${database}`];
  const quick = ['clickhouse.retryMinMs=20', 'clickhouse.retryMaxMs=100', 'clickhouse.batchAgeMs=50'];
  gateway = await GatewayProcess.start({ dataDir, settings: [...server, ...quick, ...settings] });
}

async function sinkUp(): Promise<void> {
  await until('the sink is there', async () => sumOf(await gateway.metrics(), 'sink_up') === 1);
}

/** Connects devices that send without pause. */
async function load(): Promise<void> {
  for (let i = 0; i < DEVICES; i++) {
    const device = await SteadyDevice.connect(gateway.port, `00101001000010${i}`);
    device.keepSending(1);
    devices.push(device);
  }
  await until('every device has acks', () => devices.every(({ framesAcknowledged }) => framesAcknowledged > 50));
}

/** What each device was told, when its connection has ended. */
async function acknowledged(): Promise<number[][]> {
  await until('every connection has ended', () => devices.every(({ client }) => client.ended));
  await Promise.all(devices.map((device) => device.rest()));
  return devices.map((device) => device.acknowledged);
}

async function stored(): Promise<number[][]> {
  const all: number[][] = [];
  for (const { imei } of devices) {
    const rows = await clickhouse.rows<{ at: string }>(
      `SELECT toUnixTimestamp64Milli(device_time) AS at FROM ${database}.messages WHERE ident = '${imei}' ORDER BY at`,
    );
    all.push(rows.map(({ at }) => Number(at)));
  }
  return all;
}

/** Starts it again, and waits until nothing of the earlier run waits. */
async function startAgain(): Promise<void> {
  await start();
  await until('all of the earlier run is stored', async () => {
    const metrics = await gateway.metrics();
    return sumOf(metrics, 'sink_up') === 1 && sumOf(metrics, 'spool_waiting_frames') === 0;
  });
}

describe('SIGTERM under load', () => {
  it('ends with 0 when all that was taken is acknowledged and stored, batches that were not due included', async () => {
    await startFresh(LAZY);
    await sinkUp();
    await load();
    gateway.signal('SIGTERM');
    expect(await gateway.ended()).toBe(0);
    const told = await acknowledged();
    expect(await stored()).toEqual(told);
    expect(told.flat().length).toBeGreaterThan(DEVICES * 50);
  });

  it('leaves in the spool what a silent sink does not take in time, and stores it after the next start', async () => {
    await startFresh(['shutdown.drainMs=300', 'clickhouse.waitingRows=100', 'clickhouse.batchRows=50']);
    await sinkUp();
    relay.mood = 'silent';
    await load();
    gateway.signal('SIGTERM');
    expect(await gateway.ended()).toBe(0);
    const told = await acknowledged();
    relay.mood = 'open';
    await startAgain();
    expect(await stored()).toEqual(told);
  });

  it('does not wait for a sink that has never answered', async () => {
    relay.mood = 'silent';
    await startFresh(['shutdown.drainMs=300']);
    await load();
    gateway.signal('SIGTERM');
    expect(await gateway.ended()).toBe(0);
    const told = await acknowledged();
    relay.mood = 'open';
    await startAgain();
    expect(await stored()).toEqual(told);
  });

  it('ends at once when it comes a second time, and has lost nothing that was acknowledged', async () => {
    await startFresh(['shutdown.drainMs=60000']);
    await sinkUp();
    relay.mood = 'silent';
    await load();
    gateway.signal('SIGTERM');
    await until('it is stopping', async () => !(await isReady()));
    await pause(SECOND_SIGNAL_MS);
    gateway.signal('SIGTERM');
    expect(await gateway.ended()).toBe(EXIT_REFUSED);
    const told = await acknowledged();
    relay.mood = 'open';
    await startAgain();
    expect(await stored()).toEqual(told);
  });
});

async function isReady(): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/readyz`);
  return response.ok;
}
