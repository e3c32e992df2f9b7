/** Who sends too fast, who may not come in, and who is there already: seen from outside, with the whole gateway behind it. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectMqtt, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, encodeLogin } from '#protocols/teltonika/encode';
import { hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { golden } from '../support/goldens.ts';
import { sumOf } from '../support/metrics.ts';
import { PlainClient } from '../support/plain-client.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { UdpDevice } from '../support/udp-gateway.ts';
import { until } from '../support/waiting.ts';

const TELTONIKA = ['teltonika'];
const REFUSAL = '00';
const FRAME = encodeFrame({ codec: '8', records: [{ deviceTime: Date.UTC(2026, 5, 15), fix: null }] });
const MQTT_IDENT = '356307042441013';
const mqtt = { credentials: [{ username: MQTT_IDENT, passwordHash: hashPassword('secret'), ident: MQTT_IDENT }] };
const LISTENERS: Record<string, object> = {
  // Ten frames a second are a hundred at once.
  frames: { protocols: TELTONIKA, limits: { framesPerSecond: 10 } },
  bytes: { protocols: TELTONIKA, limits: { bytesPerSecond: 4_096 } },
  tracker: { protocols: TELTONIKA, limits: { trackerFramesPerSecond: 10 } },
  short: { protocols: TELTONIKA, limits: { frameBytes: 100 } },
  crowd: { protocols: TELTONIKA, limits: { connectionsPerAddress: 3 } },
  datagrams: { transport: 'udp', protocols: TELTONIKA, limits: { framesPerSecond: 1 } },
  packets: { transport: 'mqtt', protocols: TELTONIKA, limits: { framesPerSecond: 10 }, mqtt: { ...mqtt, subscriptions: 1 } },
  listed: { protocols: TELTONIKA, allow: { idents: ['001010010000011'], identPrefixes: ['00101002'] } },
  'listed-mqtt': { transport: 'mqtt', protocols: TELTONIKA, mqtt, allow: { identPrefixes: ['00101'] } },
  elsewhere: { protocols: TELTONIKA, allow: { addresses: ['192.0.2.0/24'] } },
  'elsewhere-udp': { transport: 'udp', protocols: TELTONIKA, allow: { addresses: ['192.0.2.0/24'] } },
  newest: { protocols: TELTONIKA, takeover: 'newest' },
  refusing: { protocols: TELTONIKA, takeover: 'refuse' },
  both: { protocols: TELTONIKA },
  'mqtt-both': { transport: 'mqtt', protocols: TELTONIKA, mqtt, takeover: 'both' },
  'mqtt-refusing': { transport: 'mqtt', protocols: TELTONIKA, mqtt, takeover: 'refuse' },
  'mqtt-newest': { transport: 'mqtt', protocols: TELTONIKA, mqtt },
};

let gateway: RunningGateway;
let clients: PlainClient[] = [];
let mqttClients: MqttClient[] = [];

beforeAll(async () => {
  const listeners = Object.entries(LISTENERS).map(([name, rest]) => ({ name, host: '127.0.0.1', port: 0, ...rest }));
  gateway = await RunningGateway.start({ listeners, clickhouse: { batchAgeMs: 50 } });
});
afterEach(() => {
  for (const client of clients) client.leave();
  for (const client of mqttClients) client.end(true);
  [clients, mqttClients] = [[], []];
});
afterAll(() => gateway.remove());

async function connect(listener: string): Promise<PlainClient> {
  const client = await PlainClient.connect(gateway.port(listener));
  clients.push(client);
  return client;
}

async function steady(listener: string, imei: string): Promise<SteadyDevice> {
  const device = await SteadyDevice.connect(gateway.port(listener), imei);
  clients.push(device.client);
  return device;
}

/** Logs in over MQTT; rejects with the return code where it is refused. */
async function overMqtt(listener: string): Promise<MqttClient> {
  const url = `mqtt://127.0.0.1:${gateway.port(listener)}`;
  const client = connectMqtt(url, { username: MQTT_IDENT, password: 'secret', protocolVersion: 4, reconnectPeriod: 0 });
  mqttClients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
  client.on('error', () => undefined);
  return client;
}

/** A datagram with this packet id, by which its reply is told. */
function numbered(id: number): Uint8Array {
  const datagram = Buffer.from(golden('teltonika', 'udp-codec8-spec'));
  datagram.writeUInt16BE(id, 2);
  return datagram;
}

const count = async (name: string, labels: Record<string, string>): Promise<number> =>
  sumOf(await gateway.metrics(), name, labels);
const ended = async (listener: string, code: string): Promise<number> => count('connections_closed_total', { listener, code });
const slowed = (listener: string, reason: string): Promise<number> => count('slowed_total', { listener, reason });

describe('who sends too fast', () => {
  it('in frames is left unread for as long as it takes, and every frame of it is stored once', async () => {
    const device = await steady('frames', '001010010000110');
    const before = performance.now();
    for (let i = 0; i < 120; i++) await device.send();
    await device.allAcknowledged(60_000);
    // A hundred came at once; whatever the machine does, the others cannot have come before they were earned.
    for (let i = 0; i < 10; i++) await device.send();
    await device.allAcknowledged(60_000);
    expect(performance.now() - before).toBeGreaterThan(1_500);
    expect(await slowed('frames', 'connection_frames')).toBeGreaterThan(0);
    expect(await count('slowed_seconds_total', { listener: 'frames' })).toBeGreaterThan(0);
    await gateway.stored();
    const [row] = await gateway.rows<{ n: string }>(
      `SELECT count() AS n FROM odograph.messages WHERE ident = '${device.imei}'`,
    );
    expect(Number(row?.n)).toBe(130);
    expect(await ended('frames', 'session_rate')).toBe(0);
  });

  it('in bytes likewise', async () => {
    const device = await steady('bytes', '001010010000128');
    for (let i = 0; i < 45; i++) await device.send(1, 1_000);
    await device.allAcknowledged(60_000);
    await device.send();
    await device.allAcknowledged(60_000);
    expect(await slowed('bytes', 'connection_bytes')).toBeGreaterThan(0);
  });

  it('over two connections is slowed on both, and another device on neither', async () => {
    const imei = '001010010000136';
    const [one, two] = [await steady('tracker', imei), await steady('tracker', imei)];
    const other = await steady('tracker', '001010010000144');
    for (let i = 0; i < 55; i++) await Promise.all([one.send(), two.send()]);
    await other.send();
    await Promise.all([one, two, other].map((device) => device.allAcknowledged(60_000)));
    expect(await slowed('tracker', 'tracker_frames')).toBeGreaterThan(0);
    expect(await slowed('tracker', 'connection_frames')).toBe(0);
  });

  it('over UDP is not answered, and is when it sends again later', async () => {
    const device = new UdpDevice(gateway.port('datagrams'));
    for (let id = 0; id < 12; id++) await device.say(numbered(id));
    await until('ten and no more are answered', async () => {
      return device.heard.length >= 10 && (await count('frames_refused_total', { code: 'session_rate' })) > 0;
    });
    await until('it is answered again', async () => {
      await device.say(numbered(99));
      await pause(100);
      return device.heard.some((reply) => reply.slice(4, 8) === '0063');
    });
    expect(await slowed('datagrams', 'connection_frames')).toBeGreaterThan(0);
    device.leave();
  });

  it('over MQTT is left unread, and each of its publishes is acknowledged', async () => {
    const client = await overMqtt('packets');
    const topic = `odograph/v1/${MQTT_IDENT}/teltonika`;
    await Promise.all(Array.from({ length: 110 }, () => client.publishAsync(topic, Buffer.from(FRAME), { qos: 1 })));
    await client.publishAsync(topic, Buffer.from(FRAME), { qos: 1 });
    expect(await slowed('packets', 'connection_frames')).toBeGreaterThan(0);
    expect(await ended('packets', 'session_rate')).toBe(0);
    // Filters beyond those it may have are refused, and the same one again is not.
    const own = (rest: string) => client.subscribeAsync(`odograph/v1/${MQTT_IDENT}/${rest}`);
    await own('#');
    await own('#');
    await expect(own('+/reply')).rejects.toThrow(/./);
    expect(await count('frames_refused_total', { code: 'session_subscriptions' })).toBe(1);
  });

  it('with a frame longer than the listener takes is cut off before it is buffered', async () => {
    const client = await connect('short');
    client.say(encodeLogin('001010010000151'), FRAME);
    await client.hear(5);
    client.say(Buffer.from('00000000000003e80801', 'hex'));
    await until('it is cut off', () => client.ended);
    client.leave();
    await until('it is counted', async () => (await ended('short', 'wire_length')) === 1);
    expect(client.heardBytes).toBe(5);
  });

  it('and comes too often from one address is counted under that', async () => {
    const inside = await Promise.all(Array.from({ length: 3 }, () => connect('crowd')));
    const outside = await connect('crowd');
    await until('it is turned away', () => outside.ended);
    expect(await ended('crowd', 'listener_address_limit')).toBe(1);
    expect(inside.some((client) => client.ended)).toBe(false);
  });
});

describe('a list of those that may come in', () => {
  it('lets devices in by ident and by the beginning of it, and refuses others with a reason', async () => {
    for (const imei of ['001010010000011', '001010020000010']) await steady('listed', imei);
    const stranger = await connect('listed');
    stranger.say(encodeLogin('001010010000029'), FRAME);
    await until('it is turned away', () => stranger.ended);
    expect(stranger.heard.toString('hex')).toBe(REFUSAL);
    stranger.leave();
    await until('it is counted', async () => (await ended('listed', 'session_not_allowed')) === 1);
    expect(await count('frames_refused_total', { listener: 'listed', code: 'session_not_allowed' })).toBe(1);
    await expect(overMqtt('listed-mqtt')).rejects.toThrow(/./);
    await until('MQTT counts it too', async () => (await ended('listed-mqtt', 'session_not_allowed')) === 1);
  });

  it('refuses addresses before a byte of theirs is read', async () => {
    const client = await connect('elsewhere');
    await until('it is turned away', () => client.ended);
    expect(await ended('elsewhere', 'listener_not_allowed')).toBe(1);
    const device = new UdpDevice(gateway.port('elsewhere-udp'));
    await device.say(golden('teltonika', 'udp-codec8-spec'));
    await until(
      'the datagram is refused',
      async () => (await count('frames_refused_total', { code: 'listener_not_allowed' })) === 1,
    );
    expect(device.heard).toEqual([]);
    device.leave();
  });
});

describe('a second connection of a device', () => {
  it('takes the place of the first, which still hears every ack it is owed', async () => {
    const imei = '001010010000060';
    const first = await steady('newest', imei);
    for (let i = 0; i < 20; i++) void first.send();
    await until('its frames are taken', () => first.framesAcknowledged > 0);
    const second = await steady('newest', imei);
    await until('the first is ended', () => first.client.ended);
    await second.send();
    await second.allAcknowledged();
    await until('its end is counted', async () => (await ended('newest', 'session_replaced')) === 1);
    expect(await count('takeovers_total', { listener: 'newest', policy: 'newest' })).toBe(1);
    // Whatever was taken of the first is acknowledged, and stored.
    await gateway.stored();
    const [row] = await gateway.rows<{ n: string }>(`SELECT count() AS n FROM odograph.messages WHERE ident = '${imei}'`);
    expect(Number(row?.n)).toBe(first.acknowledged.length + 1);
  });

  it('is refused where the first is to stay, and let in when that has gone', async () => {
    const imei = '001010010000078';
    const first = await steady('refusing', imei);
    const second = await connect('refusing');
    second.say(encodeLogin(imei));
    await until('it is turned away', () => second.ended);
    expect(second.heard.toString('hex')).toBe(REFUSAL);
    second.leave();
    await until('it is counted', async () => (await ended('refusing', 'session_taken')) === 1);
    expect(await count('takeovers_total', { listener: 'refusing', policy: 'refuse' })).toBe(1);
    await first.send();
    await first.allAcknowledged();
    first.leave();
    await until('the first has gone', async () => (await count('connections', { listener: 'refusing' })) === 0);
    await steady('refusing', imei);
  });

  it('stays beside the first where both may, over another listener too', async () => {
    const imei = '001010010000086';
    const devices = [await steady('both', imei), await steady('both', imei), await steady('frames', imei)];
    for (const device of devices) await device.send();
    await Promise.all(devices.map((device) => device.allAcknowledged()));
    expect(await count('takeovers_total', { policy: 'both', listener: 'both' })).toBe(1);
    expect(await count('takeovers_total', { policy: 'both', listener: 'frames' })).toBe(1);
  });

  it('over MQTT follows the policy of its listener', async () => {
    const topic = `odograph/v1/${MQTT_IDENT}/teltonika`;
    const publish = (client: MqttClient) => client.publishAsync(topic, Buffer.from(FRAME), { qos: 1 });
    const first = await overMqtt('mqtt-both');
    await Promise.all([first, await overMqtt('mqtt-both')].map(publish));
    await expect(overMqtt('mqtt-refusing')).rejects.toThrow(/./);
    await until('it is counted', async () => (await ended('mqtt-refusing', 'session_taken')) === 1);
    await publish(first);
    const newest = await overMqtt('mqtt-newest');
    await until('the others are ended', async () => (await ended('mqtt-both', 'session_replaced')) === 2);
    await publish(newest);
  });
});

it('the ledger balances after all of it', async () => {
  await gateway.stored();
  expect(sumOf(await gateway.metrics(), 'ledger_imbalance_frames')).toBe(0);
});
