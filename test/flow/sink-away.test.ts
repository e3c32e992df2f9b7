/** ClickHouse goes away and comes back; devices do not notice. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';
import { ClickHouseRelay } from '../support/clickhouse-relay.ts';
import { sumOf } from '../support/metrics.ts';
import { RunningGateway, type TestSettings } from '../support/running-gateway.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const QUICK = { batchAgeMs: 20, retryMinMs: 20, retryMaxMs: 100 };

const BUDGET_BYTES = 2 ** 20;
const FRAME_BYTES = 12_000;
/** A write that the kernel has not taken after this long will not be taken. */
const STALLED_MS = 400;

const directory = mkdtempSync(join(tmpdir(), 'odograph-away-'));
let engine: Engine;
let clickhouse: Connection;
let gateway: RunningGateway | null = null;
let devices: SteadyDevice[] = [];
let databases = 0;
let database = '';

beforeAll(async () => {
  engine = await Engine.start({ directory, memoryBytes: 1_000_000_000 });
  clickhouse = new Connection({ ...engine.endpoint, database: 'default', requestTimeoutMs: 10_000, connections: 2 });
});
afterEach(async () => {
  for (const device of devices) device.leave();
  devices = [];
  await gateway?.remove();
  gateway = null;
});
afterAll(async () => {
  await clickhouse.close();
  await engine.stop();
  removeFolder(directory);
});

/** Starts a gateway that knows a ClickHouse by its address only, with a database of its own there. */
async function startWith(relay: ClickHouseRelay, settings: TestSettings = {}): Promise<RunningGateway> {
  database = `away_${++databases}`;
  gateway = await RunningGateway.start({ clickhouse: { mode: 'server', url: relay.url, database, ...QUICK }, ...settings });
  return gateway;
}

async function connect(running: RunningGateway, imei: string): Promise<SteadyDevice> {
  const device = await SteadyDevice.connect(running.port(), imei);
  devices.push(device);
  return device;
}

/** Device times stored under an ident, twice where they are stored twice. */
async function storedTimes(imei: string): Promise<number[]> {
  const rows = await clickhouse.rows<{ at: string }>(
    `SELECT toUnixTimestamp64Milli(device_time) AS at FROM ${database}.messages WHERE ident = '${imei}' ORDER BY at`,
  );
  return rows.map(({ at }) => Number(at));
}

async function expectBalanced(running: RunningGateway): Promise<void> {
  const metrics = await running.metrics();
  expect(sumOf(metrics, 'frames_in_flight')).toBe(0);
  expect(sumOf(metrics, 'ledger_imbalance_frames')).toBe(0);
  expect(sumOf(metrics, 'frames_received_total')).toBe(sumOf(metrics, 'frames_total'));
}

describe('a sink that is away', () => {
  it('from the start: frames are acknowledged and readiness stays, and all is stored once when it is there', async () => {
    const relay = await ClickHouseRelay.start(engine.endpoint);
    await relay.shut();
    const running = await startWith(relay);
    const device = await connect(running, '001010010000011');
    for (let i = 0; i < 50; i++) await device.send(2);
    await device.allAcknowledged();
    expect(await running.readiness()).toEqual({ status: 200, reasons: [] });
    expect(sumOf(await running.metrics(), 'sink_up')).toBe(0);
    expect(sumOf(await running.metrics(), 'frames_in_flight')).toBe(51);
    await until('the lag shows', async () => sumOf(await running.metrics(), 'spool_oldest_frame_age_seconds') > 0);
    await relay.reopen();
    await running.stored();
    expect(sumOf(await running.metrics(), 'spool_oldest_frame_age_seconds')).toBe(0);
    expect(await storedTimes(device.imei)).toEqual(device.sent);
    await expectBalanced(running);
    await relay.shut();
  });

  it('in the middle, with answers cut off: what landed unseen is not stored again', async () => {
    const relay = await ClickHouseRelay.start(engine.endpoint);
    const running = await startWith(relay);
    const device = await connect(running, '001010010000029');
    await device.send(5);
    await running.stored();
    relay.mood = 'cutting';
    for (let i = 0; i < 20; i++) {
      await device.send(5);
      await pause(10);
    }
    await until('answers were cut off', () => relay.cut >= 3);
    await relay.shut();
    for (let i = 0; i < 20; i++) await device.send(5);
    await device.allAcknowledged();
    expect((await running.readiness()).status).toBe(200);
    relay.mood = 'open';
    await relay.reopen();
    await running.stored();
    expect(await storedTimes(device.imei)).toEqual(device.sent);
    await expectBalanced(running);
    await relay.shut();
  });

  it('with its folder gone, where it is embedded: the engine is started again when it can be', async () => {
    const running = await RunningGateway.start({ clickhouse: QUICK });
    gateway = running;
    const device = await connect(running, '001010010000037');
    await device.send(5);
    await running.stored();
    await running.breakEngine();
    for (let i = 0; i < 50; i++) await device.send(5);
    await device.allAcknowledged();
    await until('the sink is seen to be away', async () => sumOf(await running.metrics(), 'sink_up') === 0);
    expect((await running.readiness()).status).toBe(200);
    running.mendEngine();
    await running.stored();
    const rows = await running.rows<{ at: string }>(
      'SELECT toUnixTimestamp64Milli(device_time) AS at FROM odograph.messages ORDER BY at',
    );
    expect(rows.map(({ at }) => Number(at))).toEqual(device.sent);
    expect(sumOf(await running.metrics(), 'engine_restarts_total')).toBeGreaterThan(0);
    await expectBalanced(running);
  });

  it('until the spool is full: sockets are left unread, readiness says why, and nothing is lost', async () => {
    const relay = await ClickHouseRelay.start(engine.endpoint);
    await relay.shut();
    const running = await startWith(relay, {
      spool: { budgetBytes: BUDGET_BYTES, segmentBytes: 2 ** 16, retentionMs: 0, retentionBytes: 0 },
      limits: { idleTimeoutMs: 1_000, frameDeadlineMs: 1_000, loginDeadlineMs: 1_000 },
    });
    const device = await connect(running, '001010010000045');
    const before = process.memoryUsage();
    // A busy machine stalls as well: it is the spool when it says so.
    let { status, reasons } = await running.readiness();
    while (status === 200) {
      while ((await Promise.race([device.send(1, FRAME_BYTES), pause(STALLED_MS, 'stalled')])) !== 'stalled');
      ({ status, reasons } = await running.readiness());
    }
    expect({ status, checks: reasons.map(({ check }) => check) }).toEqual({ status: 503, checks: ['spool'] });
    // What waits for its sync counts against the budget as well.
    let full = await running.metrics();
    await until('all that was taken is on disk', async () => {
      full = await running.metrics();
      return sumOf(full, 'spool_bytes') >= BUDGET_BYTES;
    });
    expect(sumOf(full, 'sockets_paused')).toBe(1);
    expect(sumOf(full, 'errors_total', { code: 'spool_full' })).toBe(1);
    // What one group commit may add, one chunk of a socket at most.
    expect(sumOf(full, 'spool_bytes')).toBeLessThan(1.2 * BUDGET_BYTES);
    const acknowledged = device.framesAcknowledged;
    expect(acknowledged).toBeGreaterThan(0);
    expect(acknowledged).toBeLessThan(device.framesSent);

    // Longer than every deadline: the device is not blamed, hears nothing, and costs nothing.
    await pause(2_500);
    const after = process.memoryUsage();
    expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(64 * 2 ** 20);
    expect(device.framesAcknowledged).toBe(acknowledged);
    expect(device.client.ended).toBe(false);

    await relay.reopen();
    await device.allAcknowledged();
    await running.stored();
    expect(await storedTimes(device.imei)).toEqual(device.sent);
    expect(await running.readiness()).toEqual({ status: 200, reasons: [] });
    await expectBalanced(running);
    await relay.shut();
  });
});
