/**
 * What clouds publish, from a real broker to the rows: BMW's stream with a token that is replaced, halves of a place in messages of their
 * own, and the private server of scooters, whose topics name the value.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumOf } from '../support/metrics.ts';
import { haveMosquitto, Mosquitto, mosquittoPub } from '../support/mosquitto.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const GCID = 'gcid-0001';
const VIN = 'WBA00000000000042';
const IMEI = '359632104952350';
const HERE = 'vehicle.cabin.infotainment.navigation.currentLocation';
const PASSWD = '/usr/bin/mosquitto_passwd';

const secrets = mkdtempSync(join(tmpdir(), 'odograph-token-'));
const passwords = join(secrets, 'passwords');
const token = join(secrets, 'token');
const dataDir = newDataDir();

let broker: Mosquitto;
let gateway: RunningGateway;

/** Has the broker know this token, and nobody the one before. */
function know(password: string): void {
  execFileSync(PASSWD, ['-b', '-c', passwords, GCID, password], { stdio: 'ignore' });
  execFileSync(PASSWD, ['-b', passwords, 'publisher', 'p'], { stdio: 'ignore' });
  chmodSync(passwords, 0o644);
}

const publish = (topic: string, body: unknown) =>
  mosquittoPub(
    broker.port,
    topic,
    Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    '-u',
    'publisher',
    '-P',
    'p',
  );

/** A message of the stream with one descriptor. */
const says = (descriptor: string, value: unknown, timestamp: string, unit: string | null = null) =>
  publish(`${GCID}/${VIN}`, {
    vin: VIN,
    entityId: 'e',
    topic: 't',
    timestamp,
    data: { [descriptor]: { value, unit, timestamp } },
  });

interface Row {
  ident: string;
  protocol: string;
  lat: number | null;
  lon: number | null;
  signals: Record<string, number>;
}

const rows = (ident: string): Promise<Row[]> =>
  gateway.rows<Row>(
    `SELECT ident, protocol, lat, lon, signals FROM odograph.messages FINAL WHERE ident = '${ident}' ORDER BY spool_seq`,
  );

/** Waits until so many messages were taken and what they left is stored. */
async function stored(messages: number): Promise<void> {
  await until(
    `${messages} messages have come`,
    async () => sumOf(await gateway.metrics(), 'frames_received_total') >= messages,
  );
  await gateway.stored();
}

const connections = async () => sumOf(await gateway.metrics(), 'connections_opened_total');

describe.skipIf(!haveMosquitto || !existsSync(PASSWD))('what clouds publish', () => {
  beforeAll(async () => {
    know('token-1');
    writeFileSync(token, 'token-1\n');
    broker = await Mosquitto.start('user root', 'allow_anonymous false', `password_file ${passwords}`);
    const common = { url: broker.url, username: GCID, passwordFile: token, shared: false, connections: 1 };
    gateway = await RunningGateway.start(
      {
        listeners: [],
        subscriptions: [
          { name: 'bmw', ...common, topics: [`${GCID}/{ident}`], protocols: ['bmw'] },
          { name: 'scooters', ...common, topics: ['scooters/{ident}/status/{dialect}'], protocols: ['silence'] },
        ],
        clickhouse: { batchAgeMs: 20 },
      },
      dataDir,
    );
    await until('both subscriptions are up', async () => (await connections()) === 2);
  });
  afterAll(async () => {
    await gateway.stop();
    await broker.remove();
    for (const folder of [dataDir, secrets]) removeFolder(folder);
  });

  it('becomes rows: halves of a place are one position, and a value its topic names is a signal', async () => {
    await says(`${HERE}.latitude`, 47.37661, '2026-03-09T07:14:03Z', 'degrees');
    await says(`${HERE}.longitude`, 8.54172, '2026-03-09T07:14:03.400Z', 'degrees');
    await says('vehicle.vehicle.travelledDistance', '100', '2026-03-09T07:14:04Z', 'miles');
    // A repetition, in another envelope.
    await publish(`${GCID}/${VIN}`, {
      data: { 'vehicle.vehicle.travelledDistance': { unit: 'miles', value: '100', timestamp: '2026-03-09T07:14:04Z' } },
      vin: VIN.toLowerCase(),
    });
    await publish(`scooters/${IMEI}/status/SOCbatteria`, '64');
    await publish(`${GCID}/${VIN}`, 'no JSON');
    await stored(6);
    const found = await rows(VIN);
    expect(found.map(({ lat, lon }) => [lat, lon])).toEqual([
      [null, null],
      [47.37661, 8.54172],
      [null, null],
    ]);
    expect(found[2]).toMatchObject({ protocol: 'bmw', signals: { 'odometer.total.value': 160.9344 } });
    expect((await rows(IMEI)).map(({ signals }) => signals)).toEqual([{ 'charging.battery.level': 64 }]);
    const refused = await gateway.rows<{ code: string }>('SELECT code FROM odograph.quarantine');
    expect(refused).toEqual([{ code: 'decode_malformed' }]);
  });

  it('is taken with the token of now: whoever replaces it in its file has the gateway log in anew', async () => {
    know('token-2');
    broker.reload();
    writeFileSync(token, 'token-2\n');
    await until('both have logged in again', async () => (await connections()) >= 4);
    await says('vehicle.isMoving', 'ASN_isTrue', '2026-03-09T08:00:00Z');
    await stored(7);
    expect((await rows(VIN)).at(-1)?.signals).toEqual({ 'position.motion.moving': 1 });
  });
});
