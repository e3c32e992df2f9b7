/** Gateways that are killed while frames come over MQTT: nothing acknowledged is lost, nothing is stored twice. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../protocols/teltonika/encode.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { haveMosquitto, Mosquitto } from '../support/mosquitto.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const DEVICES = 20;
/** Frames of each device, where their number is set. */
const FRAMES = 150;
/** Publishes of one device that wait for their PUBACK. */
const WINDOW = 5;
const STARTS_AT = Date.UTC(2026, 5, 15, 12);

const folders: string[] = [];
const gateways = new Set<GatewayProcess>();
let clients: MqttClient[] = [];
let broker: Mosquitto | null = null;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'odograph-mqtt-kill-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const client of clients) client.end(true);
  clients = [];
  for (const gateway of gateways) await gateway.kill();
  gateways.clear();
  await broker?.remove();
  broker = null;
  for (const folder of folders.splice(0)) removeFolder(folder);
});

const identOf = (device: number) => String(356_307_042_441_000 + device);

/** A frame of one record that no other is like. */
function frameOf(device: number, number: number): Buffer {
  const fix = {
    lat: 40 + number / 1_000,
    lon: -3 - device / 100,
    valid: true,
    altitudeM: 650,
    speedKmh: 50,
    courseDeg: 0,
    satellites: 9,
  };
  return Buffer.from(encodeFrame({ codec: '8', records: [{ deviceTime: STARTS_AT + number * 1_000, fix, io: [] }] }));
}

/** Publishes frames of a device until it is enough, and notes each that is acknowledged. Resolves when all are. */
async function unload(
  client: MqttClient,
  device: number,
  topic: string,
  acknowledged: Set<string>,
  isEnough: (frames: number) => boolean,
): Promise<void> {
  const qos = device % 4 === 0 ? 2 : 1;
  let next = 0;
  const publishOn = async (): Promise<void> => {
    while (!isEnough(next)) {
      const number = next++;
      // The client resends what it has in flight by itself; what it gave up on is published again.
      while (!(await client.publishAsync(topic, frameOf(device, number), { qos }).then(Boolean, () => false))) await pause(20);
      acknowledged.add(`${identOf(device)} ${number}`);
      await pause(10);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, publishOn));
}

async function storedIn(gateway: GatewayProcess): Promise<string[]> {
  const rows = await gateway.query<{ ident: string; at: string }>(
    'SELECT ident, toUnixTimestamp64Milli(device_time) AS at FROM messages FINAL',
  );
  return rows.map(({ ident, at }) => `${ident} ${(Number(at) - STARTS_AT) / 1_000}`);
}

async function startGateway(dataDir: string, settings: readonly string[], port = 0): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start({ dataDir, port, settings: ['clickhouse.batchAgeMs=150', ...settings] });
  gateways.add(gateway);
  return gateway;
}

async function killGateway(gateway: GatewayProcess): Promise<void> {
  gateways.delete(gateway);
  await gateway.kill();
}

async function isSubscribed(gateway: GatewayProcess): Promise<boolean> {
  return (await gateway.metrics()).get('odograph_connections{listener="fleet"}') === 2;
}

function expectEachOnce(stored: readonly string[], acknowledged: ReadonlySet<string>): void {
  const once = new Set(stored);
  const missing = [...acknowledged].filter((frame) => !once.has(frame));
  expect({ missing, stored: stored.length }).toEqual({ missing: [], stored: acknowledged.size });
}

describe('a gateway that is killed', () => {
  it.skipIf(!haveMosquitto)(
    'leaves the rest of a shared subscription to the other, and each message is stored in one of them',
    async () => {
      const elsewhere = await Mosquitto.start('max_queued_messages 0', 'max_inflight_messages 0');
      broker = elsewhere;
      const subscription = {
        name: 'fleet',
        url: elsewhere.url,
        topics: ['fleet/{ident}'],
        protocols: ['teltonika'],
        connections: 2,
      };
      const settings = [`subscriptions=${JSON.stringify([subscription])}`];
      const [mortal, survivor] = [newFolder(), newFolder()];
      let first = await startGateway(mortal, settings);
      const second = await startGateway(survivor, settings);
      await until('both are subscribed', async () => (await isSubscribed(first)) && (await isSubscribed(second)));

      const acknowledged = new Set<string>();
      const unloads = Array.from({ length: DEVICES }, (_, device) => {
        const client = connect(elsewhere.url, { clientId: identOf(device), clean: false });
        clients.push(client);
        return unload(client, device, `fleet/${identOf(device)}`, acknowledged, (frames) => frames >= FRAMES);
      });
      await pause(400);
      await killGateway(first);
      const takenBefore =
        (await second.metrics()).get('odograph_frames_received_total{listener="fleet",protocol="teltonika"}') ?? 0;
      await Promise.all(unloads);
      const takenAfter =
        (await second.metrics()).get('odograph_frames_received_total{listener="fleet",protocol="teltonika"}') ?? 0;
      expect(takenAfter).toBeGreaterThan(takenBefore);
      // What the broker had handed to the one that died waits for it there.
      first = await startGateway(mortal, settings);
      const stored = async () => (await Promise.all([first, second].map(storedIn))).flat();
      await until('everything is stored', async () => (await stored()).length >= DEVICES * FRAMES, 60_000);
      expect((await storedIn(first)).length).toBeGreaterThan(0);
      expectEachOnce(await stored(), acknowledged);
    },
  );
});
