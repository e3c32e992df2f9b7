import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { DEVICES, goldenFrame, MQTT_LIMITS, MqttGateway, teltonikaGolden, until } from '../support/mqtt-gateway.ts';

const FRAME = teltonikaGolden('codec8-spec-1');
const OTHER_FRAME = teltonikaGolden('codec8-spec-2');
const [IDENT, OTHER, BOX] = DEVICES;
const TOPIC = `odograph/v1/${IDENT}/teltonika`;
/** Long enough for a loopback answer that should not come. */
const SILENCE_MS = 150;

let gateway: MqttGateway;
let clients: MqttClient[] = [];
let sockets: Socket[] = [];

async function start(changes: Parameters<typeof MqttGateway.start>[0] = {}): Promise<void> {
  gateway = await MqttGateway.start(changes);
}

/** A client that reconnects and resends by itself, as devices do. */
function device(ident: string = IDENT, options: IClientOptions = {}): MqttClient {
  const client = connect({
    host: '127.0.0.1',
    port: gateway.port,
    username: ident,
    password: `secret-${ident}`,
    clientId: `box-${ident}`,
    clean: false,
    reconnectPeriod: 20,
    ...options,
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

function happens(client: MqttClient, event: 'connect' | 'close'): Promise<void> {
  return new Promise((resolve) => void client.once(event, () => resolve()));
}

/** A publish and whether it was acknowledged. */
function publish(client: MqttClient, payload: Buffer, qos: 0 | 1 | 2 = 1, topic = TOPIC) {
  const sent = { acked: false };
  client.publish(topic, payload, { qos }, (error) => {
    if (!error) sent.acked = true;
  });
  return sent;
}

/** Bytes on a socket of their own, for what no decent client would send. */
function raw(...bytes: number[]): Socket {
  const socket = connectSocket({ host: '127.0.0.1', port: gateway.port });
  socket.on('error', () => undefined);
  socket.write(Uint8Array.from(bytes));
  sockets.push(socket);
  return socket;
}

/** A string as MQTT writes it. */
const text = (value: string) => [0, value.length, ...Buffer.from(value)];

/** CONNECT, 3.1.1, with user name and password, keepalive 1 s. */
function login(ident: string): number[] {
  const rest = [...text('MQTT'), 4, 0xc2, 0, 1, ...text('raw'), ...text(ident), ...text(`secret-${ident}`)];
  return [0x10, rest.length, ...rest];
}

const frames = async () => (await gateway.durable()).map(({ frame }) => toHex(frame));

afterEach(async () => {
  for (const client of clients) client.end(true);
  for (const socket of sockets) socket.destroy();
  clients = [];
  sockets = [];
  await gateway.stop();
});

describe('a PUBACK', () => {
  it('does not leave while the sync is held, and leaves when it has succeeded', async () => {
    await start();
    const client = device();
    await happens(client, 'connect');
    gateway.disk.holdSyncs();
    const syncsBefore = gateway.disk.synced.length;
    const sent = [publish(client, FRAME), publish(client, OTHER_FRAME), publish(client, FRAME, 2)];
    await until(() => gateway.disk.synced.length > syncsBefore);
    await pause(SILENCE_MS);
    expect(sent.map(({ acked }) => acked)).toEqual([false, false, false]);
    gateway.disk.releaseSyncs();
    await until(() => sent.every(({ acked }) => acked));
    expect(await frames()).toEqual([FRAME, OTHER_FRAME, FRAME].map(toHex));
  });

  it('never leaves for a frame whose sync failed: the client is cut off, and its resend is acknowledged', async () => {
    await start();
    const client = device();
    await happens(client, 'connect');
    gateway.disk.failNextSync();
    const gone = happens(client, 'close');
    const sent = publish(client, FRAME);
    await gone;
    expect(sent.acked).toBe(false);
    await until(() => sent.acked);
    expect(gateway.closed).toContain('spool_io');
    expect(await frames()).toEqual([toHex(FRAME)]);
  });

  it('waits out a full disk: clients are left unread, nothing is lost, and all is acknowledged when there is room', async () => {
    await start();
    const first = device();
    const second = device(OTHER);
    await Promise.all([happens(first, 'connect'), happens(second, 'connect')]);
    gateway.disk.failWrites('ENOSPC');
    const lost = publish(first, FRAME);
    await until(() => !gateway.spool.accepting);
    const topic = `odograph/v1/${OTHER}/teltonika`;
    const waiting = Array.from({ length: 50 }, () => publish(second, FRAME, 1, topic));
    await pause(SILENCE_MS);
    expect([lost, ...waiting].some(({ acked }) => acked)).toBe(false);
    const receivedMeanwhile = gateway.received;
    gateway.disk.failWrites(null);
    await until(() => lost.acked && waiting.every(({ acked }) => acked));
    expect(receivedMeanwhile).toBeLessThan(5);
    expect(await frames()).toHaveLength(51);
  });

  it('leaves a client unread that has many publishes in flight, and takes the rest afterwards', async () => {
    await start({ limits: { ...MQTT_LIMITS, publishesInFlight: 10 } });
    const client = device();
    await happens(client, 'connect');
    gateway.disk.holdSyncs();
    const sent = Array.from({ length: 2_000 }, () => publish(client, FRAME));
    await pause(SILENCE_MS);
    // What one read of the socket gives comes on top of the limit: 64 KiB.
    expect(gateway.received).toBeLessThan(10 + 65_536 / FRAME.length);
    gateway.disk.releaseSyncs();
    await until(() => sent.every(({ acked }) => acked));
    expect(await frames()).toHaveLength(2_000);
  });

  it('is given for a corrupt frame too, which is in quarantine by then: the same bytes would only come again', async () => {
    await start();
    const client = device();
    const broken = Buffer.from(FRAME);
    broken[20] = (broken[20] as number) ^ 0xff;
    const sent = publish(client, broken);
    await until(() => sent.acked);
    expect((await gateway.durable()).map(({ fault }) => fault)).toEqual(['wire_crc']);
  });

  it('does not exist for QoS 0, which is stored and counted', async () => {
    await start();
    const client = device();
    publish(client, FRAME, 0);
    await until(() => gateway.spool.stats().committedRecords === 1);
    expect(gateway.unacknowledged).toBe(1);
  });
});

describe('an MQTT client', () => {
  it('is the device it has logged in as, whatever its client id, and is told of a wrong password', async () => {
    await start();
    const liar = device(IDENT, { password: 'guess', reconnectPeriod: 0 });
    const error = await new Promise<Error>((resolve) => void liar.once('error', resolve));
    expect(error).toMatchObject({ code: 4 });
    await until(() => gateway.closed.length > 0);
    expect(gateway.closed).toEqual(['session_credentials']);
    const client = device(IDENT, { clientId: 'anything' });
    const sent = publish(client, FRAME);
    await until(() => sent.acked);
    expect((await gateway.durable())[0]).toMatchObject({ ident: IDENT, transport: 'mqtt', protocol: 'teltonika' });
  });

  it('that publishes under another device’s topic is cut off and counted, and disturbs nobody', async () => {
    await start();
    const honest = device(OTHER);
    await happens(honest, 'connect');
    const thief = device(IDENT, { reconnectPeriod: 0 });
    const gone = happens(thief, 'close');
    publish(thief, FRAME, 1, `odograph/v1/${OTHER}/teltonika`);
    await gone;
    await until(() => gateway.closed.length > 0);
    expect(gateway.closed).toEqual(['session_foreign_topic']);
    expect(gateway.refused).toEqual(['session_foreign_topic']);
    const sent = publish(honest, FRAME, 1, `odograph/v1/${OTHER}/teltonika`);
    await until(() => sent.acked);
    expect((await gateway.durable()).map(({ ident }) => ident)).toEqual([OTHER]);
  });

  it('may send can-frames, whose envelope must name the device of the topic', async () => {
    await start();
    const frame = goldenFrame('can-frames', 'mqtt');
    const sent = publish(device(BOX), frame, 1, `odograph/v1/${BOX}/can-frames`);
    await until(() => sent.acked);
    const liar = device(IDENT, { reconnectPeriod: 0 });
    const gone = happens(liar, 'close');
    const refused = publish(liar, frame, 1, `odograph/v1/${IDENT}/can-frames`);
    await gone;
    expect(refused.acked).toBe(false);
    await until(() => gateway.closed.length > 0);
    expect(gateway.closed).toEqual(['session_foreign_ident']);
    expect((await gateway.durable()).map(({ ident, protocol }) => [ident, protocol])).toEqual([[BOX, 'can-frames']]);
  });

  it('cannot put another device out by taking its client id', async () => {
    await start();
    const victim = device(OTHER, { clientId: 'box' });
    await happens(victim, 'connect');
    let disturbed = false;
    victim.on('close', () => (disturbed = true));
    await happens(device(IDENT, { clientId: 'box' }), 'connect');
    await happens(device(IDENT, { clientId: OTHER, reconnectPeriod: 0 }), 'connect');
    await pause(SILENCE_MS);
    expect(disturbed).toBe(false);
    expect(gateway.closed).toContain('session_replaced');
  });

  it('is not put out by one of its own that is not let in: a wrong password, a version that is not spoken', async () => {
    await start();
    const client = device();
    await happens(client, 'connect');
    await happens(device(IDENT, { password: 'guess', reconnectPeriod: 0 }), 'close');
    await happens(device(IDENT, { protocolVersion: 5, reconnectPeriod: 0 }), 'close');
    await until(() => gateway.closed.length === 2);
    const sent = publish(client, FRAME);
    await until(() => sent.acked);
    expect(gateway.closed).toEqual(['session_credentials', 'session_malformed']);
  });

  it('gets the replies of the protocol where it has subscribed to them, and no one else’s messages', async () => {
    await start();
    const client = device();
    const heard: [string, string][] = [];
    client.on('message', (topic, payload) => heard.push([topic, toHex(payload)]));
    const grants = await client.subscribeAsync([`odograph/v1/${IDENT}/#`]);
    expect(grants.map(({ qos }) => qos)).toEqual([0]);
    for (const foreign of [`odograph/v1/${OTHER}/#`, '#', '$SYS/#', `odograph/v1/+/teltonika`]) {
      await expect(client.subscribeAsync(foreign)).rejects.toMatchObject({ packet: { granted: [128] } });
    }
    const other = publish(device(OTHER), FRAME, 1, `odograph/v1/${OTHER}/teltonika`);
    const sent = publish(client, FRAME);
    await until(() => sent.acked && other.acked && heard.length > 0);
    await pause(SILENCE_MS);
    expect(heard).toEqual([[`${TOPIC}/reply`, '00000001']]);
  });

  it('leaves nothing behind: no retained message, no will, no queue', async () => {
    await start();
    const client = device(IDENT, { will: { topic: TOPIC, payload: OTHER_FRAME, qos: 1, retain: true } });
    await client.subscribeAsync(`${TOPIC}/reply`, { qos: 1 });
    const sent = { acked: false };
    client.publish(TOPIC, FRAME, { qos: 1, retain: true }, () => (sent.acked = true));
    await until(() => sent.acked);
    client.stream.destroy();
    await happens(client, 'connect');
    const heard: string[] = [];
    client.on('message', (topic) => heard.push(topic));
    await client.subscribeAsync(`odograph/v1/${IDENT}/#`);
    await pause(SILENCE_MS);
    expect(heard).toEqual([]);
    expect(await frames()).toEqual([toHex(FRAME)]);
  });

  it('that sends what is no MQTT, a packet too long, or nothing at all is cut off for its own reason', async () => {
    await start({ limits: { ...MQTT_LIMITS, loginDeadlineMs: 300 } });
    const client = device();
    await happens(client, 'connect');
    raw(0x16, 0x03, 0x01, 0x02, 0x00);
    await until(() => gateway.closed.length === 1);
    // CONNECT with a remaining length of 268,435,455.
    raw(0x10, 0xff, 0xff, 0xff, 0x7f);
    await until(() => gateway.closed.length === 2);
    // A publish before any CONNECT.
    raw(0x30, 0x03, 0x00, 0x01, 0x61);
    await until(() => gateway.closed.length === 3);
    raw();
    await until(() => gateway.closed.length === 4);
    expect(gateway.closed).toEqual(['session_malformed', 'session_malformed', 'session_malformed', 'session_login_timeout']);
    const sent = publish(client, FRAME);
    await until(() => sent.acked);
  });

  it('that was let in and then sends what is no MQTT is cut off, and another goes on', async () => {
    await start();
    const honest = device(OTHER);
    await happens(honest, 'connect');
    // A publish of QoS 3, packets of type 0, a publish whose topic is longer than itself.
    const wrongs = [
      [0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01],
      [0x00, 0x00, 0x00, 0x00],
      [0x30, 0x03, 0x7f, 0xff, 0x61],
    ];
    for (const [number, wrong] of wrongs.entries()) {
      const socket = raw(...login(IDENT));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(toHex(answer)).toBe('20020000');
      socket.write(Uint8Array.from(wrong));
      await until(() => gateway.closed.length > number);
    }
    expect(gateway.closed).toEqual(wrongs.map(() => 'session_malformed'));
    const sent = publish(honest, FRAME, 1, `odograph/v1/${OTHER}/teltonika`);
    await until(() => sent.acked);
    expect(await frames()).toEqual([toHex(FRAME)]);
  });

  it('that publishes garbage is cut off for it, and its message is not looked through to the end', async () => {
    await start();
    publish(device(IDENT, { reconnectPeriod: 0 }), Buffer.alloc(50_000, 9));
    await until(() => gateway.closed.length > 0);
    expect(gateway.closed).toEqual(['session_faults']);
    const refused = await gateway.durable();
    expect(refused).toHaveLength(5);
    expect(refused.at(-1)?.faultDetail).toContain('what follows was not looked through');
  });

  it('that falls silent for longer than its keepalive is cut off', async () => {
    await start();
    const socket = raw(...login(IDENT));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(toHex(answer)).toBe('20020000');
    await until(() => gateway.closed.length > 0);
    expect(gateway.closed).toEqual(['session_idle']);
  });
});
