/**
 * ClickHouse is away and the spool is small: many times its budget is offered over TCP, MQTT and pushes. Nothing is dropped, memory
 * stays flat, sockets are left unread, and afterwards all of it is stored once.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectMqtt, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeFrame } from '#protocols/teltonika/encode';
import { hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { ClickHouseRelay } from '../support/clickhouse-relay.ts';
import { sumOf } from '../support/metrics.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { until } from '../support/waiting.ts';

const MIB = 2 ** 20;
const BUDGET_BYTES = 4 * MIB;
const DEVICES = 5;
/** Frames of each device, and the bytes each carries besides: more than the budget for each, five times as much in all. */
const FRAMES = 360;
const FRAME_BYTES = 12_000;
const PUBLISHES = 1_000;
const PUSHES = 40;
const MQTT_IDENT = '356307042441013';
const VIN = 'WBA00000000000001';
const STARTS_AT = Date.UTC(2026, 9, 1);
/** What the gateway's memory may move by while nothing can be taken. */
const FLAT_BYTES = 48 * MIB;
const FLAT_SECONDS = 6;

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-pressure-'));
let engine: Engine;
let clickhouse: Connection;
let relay: ClickHouseRelay;
let gateway: GatewayProcess;
let mqttPort: number;
let client: MqttClient | undefined;
const devices: SteadyDevice[] = [];

beforeAll(async () => {
  engine = await Engine.start({ directory: join(dataDir, 'engine'), memoryBytes: 1_000_000_000 });
  clickhouse = new Connection({ ...engine.endpoint, database: 'default', requestTimeoutMs: 20_000, connections: 2 });
  relay = await ClickHouseRelay.start(engine.endpoint);
  await relay.shut();
  mqttPort = await freePort();
  const mqtt = { credentials: [{ username: MQTT_IDENT, passwordHash: hashPassword('secret') }] };
  const host = '127.0.0.1';
  const listeners = [
    { name: 'broker', transport: 'mqtt', host, port: mqttPort, protocols: ['teltonika'], mqtt },
    { name: 'trackers', host, port: 0, protocols: ['teltonika'] },
  ];
  gateway = await GatewayProcess.start({
    dataDir: join(dataDir, 'gateway'),
    settings: [
      `listeners=${JSON.stringify(listeners)}`,
      'clickhouse.mode=server',
      `clickhouse.url=${relay.url}`,
      'clickhouse.database=pressure',
      'clickhouse.retryMaxMs=200',
      `spool.budgetBytes=${BUDGET_BYTES}`,
      'spool.segmentBytes=262144',
      'spool.retentionMs=0',
      'spool.retentionBytes=0',
    ],
  });
}, 120_000);
afterAll(async () => {
  for (const device of devices) device.leave();
  client?.end(true);
  await gateway.kill();
  await clickhouse.close();
  await relay.shut();
  await engine.stop();
  removeFolder(dataDir);
});

/** Pushes bodies until each is taken; gives how often one was to come again, and when. */
async function pushAll(): Promise<{ refused: number; retryAfter: Set<string | null> }> {
  const key = readFileSync(join(dataDir, 'gateway', 'admin-key'), 'utf8').trim();
  const api = `http://127.0.0.1:${gateway.apiPort}`;
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const made = await fetch(`${api}/v1/push-endpoints`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'a', protocol: 'bmw' }),
  });
  const { path } = (await made.json()) as { path: string };
  const seen = { refused: 0, retryAfter: new Set<string | null>() };
  for (let n = 0; n < PUSHES; n++) {
    const timestamp = new Date(STARTS_AT + n * 1_000).toISOString();
    const data = { 'vehicle.vehicle.travelledDistance': { value: n, unit: 'km', timestamp } };
    const body = JSON.stringify({ vin: VIN, timestamp, data, ballast: 'x'.repeat(100_000) });
    for (;;) {
      const { status, headers: told } = await fetch(api + path, { method: 'POST', headers, body });
      if (status === 200) break;
      expect(status).toBe(503);
      seen.refused++;
      seen.retryAfter.add(told.get('retry-after'));
      await pause(250);
    }
  }
  return seen;
}

async function storedOnce(ident: string): Promise<[rows: number, times: number]> {
  const [row] = await clickhouse.rows<{ n: string; times: string }>(
    `SELECT count() AS n, uniqExact(device_time) AS times FROM pressure.messages WHERE ident = '${ident}'`,
  );
  return [Number(row?.n), Number(row?.times)];
}

it('holds back what it cannot keep, in flat memory, and stores all of it once when it can', { timeout: 600_000 }, async () => {
  for (let n = 0; n < DEVICES; n++) {
    const device = await SteadyDevice.connect(gateway.port, `0010100100002${String(n).padStart(2, '0')}`, STARTS_AT);
    devices.push(device);
  }
  client = connectMqtt(`mqtt://127.0.0.1:${mqttPort}`, { username: MQTT_IDENT, password: 'secret', keepalive: 0 });
  const broker = client;
  await new Promise<void>((resolve) => void broker.once('connect', () => resolve()));
  for (const device of devices) for (let i = 0; i < FRAMES; i++) void device.send(1, FRAME_BYTES);
  let published = 0;
  for (let n = 0; n < PUBLISHES; n++) {
    const frame = encodeFrame({ codec: '8', records: [{ deviceTime: STARTS_AT + n * 1_000, fix: null, io: [[239, 1, 1]] }] });
    void client.publishAsync(`odograph/v1/${MQTT_IDENT}/teltonika`, Buffer.from(frame), { qos: 1 }).then(() => published++);
  }
  const pushing = pushAll();

  await until('the spool is full', async () => sumOf(await gateway.metrics(), 'spool_accepting') === 0, 60_000);
  await pause(2_000);
  const memory: number[] = [];
  const acknowledged = (): number => devices.reduce((sum, device) => sum + device.framesAcknowledged, 0);
  const before = acknowledged();
  const received = sumOf(await gateway.metrics(), 'frames_received_total', { protocol: 'teltonika' });
  for (let second = 0; second < FLAT_SECONDS; second++) {
    memory.push(sumOf(await gateway.metrics(), 'process_resident_memory_bytes'));
    await pause(1_000);
  }
  expect(Math.max(...memory) - Math.min(...memory)).toBeLessThan(FLAT_BYTES);
  const full = await gateway.metrics();
  expect(sumOf(full, 'spool_bytes')).toBeLessThan(1.5 * BUDGET_BYTES);
  expect(sumOf(full, 'sockets_paused')).toBe(1);
  expect(acknowledged()).toBe(before);
  expect(devices.filter(({ client: { ended } }) => ended)).toEqual([]);
  expect(devices.filter(({ framesAcknowledged }) => framesAcknowledged === FRAMES)).toEqual([]);
  // Nothing more was read of anybody: what a push is refused for is not counted here.
  expect(sumOf(full, 'frames_received_total', { protocol: 'teltonika' })).toBe(received);
  expect((await gateway.readiness()).status).toBe(503);

  await relay.reopen();
  await Promise.all(devices.map((device) => device.allAcknowledged(300_000)));
  await until('each publish is acknowledged', () => published === PUBLISHES, 120_000);
  const { refused, retryAfter } = await pushing;
  expect([refused > 0, [...retryAfter]]).toEqual([true, ['5']]);
  await until('all is stored', async () => sumOf(await gateway.metrics(), 'spool_waiting_frames') === 0, 120_000);
  for (const { imei } of devices) expect(await storedOnce(imei)).toEqual([FRAMES, FRAMES]);
  expect(await storedOnce(MQTT_IDENT)).toEqual([PUBLISHES, PUBLISHES]);
  expect((await storedOnce(VIN))[1]).toBe(PUSHES);
  expect(sumOf(await gateway.metrics(), 'ledger_imbalance_frames')).toBe(0);
});
