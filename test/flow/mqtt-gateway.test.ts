/** MQTT in the whole gateway: who is let in, what is counted, and what is read again. */
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCredential, hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { haveMosquitto, Mosquitto, mosquittoPub } from '../support/mosquitto.ts';
import { DEVICES, teltonikaGolden } from '../support/mqtt-gateway.ts';
import { sumOf } from '../support/metrics.ts';
import { RunningGateway, type TestSettings } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const FRAME = teltonikaGolden('codec8-spec-1');
const [IDENT, LATER] = DEVICES;

let folder: string;
let credentialsFile: string;
let gateway: RunningGateway;

const credentialOf = (ident: string) =>
  `${formatCredential({ username: ident, ident, passwordHash: hashPassword('secret') })}\n`;

async function start(changes: TestSettings = {}, more: TestSettings = {}): Promise<void> {
  const listener = {
    name: 'mqtt',
    transport: 'mqtt',
    host: '127.0.0.1',
    port: 0,
    protocols: ['teltonika'],
    mqtt: { credentialsFile },
  };
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 }, listeners: [{ ...listener, ...changes }], ...more });
}

/** Publishes as a device that gives up when it is cut off. */
async function publish(ident: string, qos: 0 | 1 = 1): Promise<void> {
  const options = { username: ident, password: 'secret', reconnectPeriod: 0 };
  const client = await connectAsync(`mqtt://127.0.0.1:${gateway.port('mqtt')}`, options, false);
  const cutOff = new Promise((_resolve, reject) => void client.once('close', () => reject(new Error('cut off'))));
  await Promise.race([client.publishAsync(`odograph/v1/${ident}/teltonika`, FRAME, { qos }), cutOff]);
  cutOff.catch(() => undefined);
  await client.endAsync();
}

async function counted(name: string, labels: Record<string, string> = {}): Promise<number> {
  return sumOf(await gateway.metrics(), name, labels);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odograph-mqtt-'));
  credentialsFile = join(folder, 'devices.txt');
  writeFileSync(credentialsFile, credentialOf(IDENT));
});
afterEach(async () => {
  await gateway.remove();
  removeFolder(folder);
});

describe('a gateway with an MQTT listener', () => {
  it('stores what was acknowledged, counts what asked for no acknowledgement, and its ledger balances', async () => {
    await start();
    await publish(IDENT);
    await publish(IDENT, 0);
    await until('both frames came in', async () => (await counted('frames_received_total', { listener: 'mqtt' })) === 2);
    await gateway.stored();
    expect(await counted('mqtt_unacknowledged_total', { listener: 'mqtt' })).toBe(1);
    expect(await counted('frames_total', { column: 'stored' })).toBe(1);
    expect(await counted('frames_total', { column: 'duplicate' })).toBe(1);
    expect(await counted('ledger_imbalance_frames')).toBe(0);
    const rows = await gateway.rows<{ transport: string; listener: string }>(
      'SELECT transport, listener FROM odograph.messages',
    );
    expect(rows).toEqual([{ transport: 'mqtt', listener: 'mqtt' }]);
  });

  it('cuts off a device that nobody registered where it is set to refuse them, and says so in ledger and metrics', async () => {
    await start({ unregistered: 'refuse' });
    await expect(publish(IDENT)).rejects.toThrow('cut off');
    const labels = { listener: 'mqtt', code: 'session_unknown_ident' };
    await until('it is counted', async () => (await counted('connections_closed_total', labels)) === 1);
    expect(await counted('frames_refused_total', { ...labels, protocol: 'teltonika' })).toBe(1);
  });

  it('lets a device in that was added to the file, and keeps what it had where the file is of no use', async () => {
    await start();
    await expect(publish(LATER)).rejects.toMatchObject({ code: 4 });
    appendFileSync(credentialsFile, credentialOf(LATER));
    const comesIn = () => publish(LATER).then(Boolean.bind(null, true), () => false);
    await until('the added device comes in', comesIn);
    writeFileSync(credentialsFile, 'nonsense\n');
    await new Promise((resolve) => void setTimeout(resolve, 2_500));
    await publish(LATER);
  });

  it.each([
    ['no credentials file', { mqtt: { credentialsFile: '/nowhere/devices.txt' } }],
    ['no certificate', { tls: { certFile: '/nowhere/a.pem', keyFile: '/nowhere/a.key' } }],
  ])('does not start with %s', async (_what, changes) => {
    await expect(start(changes)).rejects.toMatchObject({ code: 'config_invalid' });
    await start();
  });
});

describe.skipIf(!haveMosquitto)('a gateway with a subscription', () => {
  it('counts and acknowledges what it refuses, and says when the broker is away', async () => {
    const broker = await Mosquitto.start();
    const subscription = { name: 'fleet', url: broker.url, topics: ['fleet/{ident}/{protocol}'], protocols: ['teltonika'] };
    await start({}, { subscriptions: [{ ...subscription, unregistered: 'refuse' }] });
    await until('it is connected', async () => (await counted('connections', { listener: 'fleet' })) === 8);
    await mosquittoPub(broker.port, `fleet/${IDENT}/teltonika`, FRAME);
    await mosquittoPub(broker.port, `fleet/${IDENT}/telex`, FRAME);
    await mosquittoPub(broker.port, 'fleet/not an ident/teltonika', FRAME);
    const refused = (code: string) => counted('frames_refused_total', { listener: 'fleet', code });
    await until('all are refused', async () => (await refused('session_foreign_topic')) === 2);
    expect(await refused('session_unknown_ident')).toBe(1);
    // The names the senders made up are no rows of the ledger.
    expect(
      gateway.gateway.ledger
        .snapshot()
        .map(({ protocol }) => protocol)
        .sort((a, b) => a.localeCompare(b)),
    ).toEqual(['teltonika', 'unknown']);
    await broker.remove();
    const lost = { listener: 'fleet', code: 'listener_unreachable' };
    await until('the loss is counted', async () => (await counted('connections_closed_total', lost)) >= 8);
    expect(await counted('connections', { listener: 'fleet' })).toBe(0);
  });
});
