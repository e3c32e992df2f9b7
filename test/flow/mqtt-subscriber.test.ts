import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { haveMosquitto, Mosquitto, mosquittoPub } from '../support/mosquitto.ts';
import { DEVICES, MqttGateway, teltonikaGolden, until } from '../support/mqtt-gateway.ts';

const FRAME = teltonikaGolden('codec8-spec-1');
const OTHER_FRAME = teltonikaGolden('codec8-spec-2');
const [IDENT] = DEVICES;
const TOPIC = `fleet/${IDENT}/teltonika`;
/** Long enough for an ack that should not come, and for what would follow it. */
const SILENCE_MS = 200;

let broker: Mosquitto;
let gateways: MqttGateway[] = [];

/** A gateway whose subscription is up. */
async function subscribed(changes: Parameters<typeof MqttGateway.subscribe>[1] = {}): Promise<MqttGateway> {
  const gateway = await MqttGateway.subscribe(broker.url, changes);
  gateways.push(gateway);
  await until(() => gateway.opened >= (changes.connections ?? 2));
  return gateway;
}

async function stop(gateway: MqttGateway): Promise<void> {
  gateways = gateways.filter((other) => other !== gateway);
  await gateway.stop();
}

const frames = async (gateway: MqttGateway) => (await gateway.durable()).map(({ frame }) => toHex(frame));
const publish = (payload: Uint8Array, topic = TOPIC) => mosquittoPub(broker.port, topic, payload);

describe.skipIf(!haveMosquitto)('a subscription', () => {
  beforeEach(async () => {
    broker = await Mosquitto.start();
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop();
    await broker.remove();
  });

  it.each(['3.1.1', '5'] as const)(
    'takes the frames of other brokers, device and protocol from the topic, with MQTT %s',
    async (protocolVersion) => {
      const gateway = await subscribed({ protocolVersion });
      await publish(FRAME);
      await publish(OTHER_FRAME, 'fleet/356307042441014/teltonika');
      await until(() => gateway.spool.stats().committedRecords === 2);
      const records = await gateway.durable();
      expect(new Map(records.map(({ ident, frame }) => [ident, toHex(frame)]))).toEqual(
        new Map([
          [IDENT, toHex(FRAME)],
          ['356307042441014', toHex(OTHER_FRAME)],
        ]),
      );
      expect(records[0]).toMatchObject({ transport: 'mqtt', protocol: 'teltonika', peer: `127.0.0.1:${broker.port}` });
    },
  );

  it('acknowledges nothing before it is durable: what is held at its death comes to the one after it', async () => {
    const gateway = await subscribed({ connections: 1 });
    gateway.disk.holdSyncs();
    for (let n = 0; n < 3; n++) await publish(FRAME);
    await until(() => gateway.received > 0);
    await pause(SILENCE_MS);
    // One message of a connection at a time is on its way to the disk.
    expect(gateway.received).toBe(1);
    // The process dies: no sync ever succeeds, nothing else is said to the broker.
    gateway.disk.failNextSync();
    const dying = stop(gateway);
    const next = await subscribed({ connections: 1 });
    await dying;
    await until(() => next.spool.stats().committedRecords === 3);
    expect(await frames(next)).toEqual([FRAME, FRAME, FRAME].map(toHex));
  });

  it('does not acknowledge a message whose sync failed: it connects anew and takes it again', async () => {
    const gateway = await subscribed({ connections: 1 });
    gateway.disk.failNextSync();
    await publish(FRAME);
    await until(() => gateway.spool.stats().committedRecords === 1);
    expect(gateway.closed).toEqual(['listener_unreachable']);
    expect(gateway.received).toBe(2);
    expect(gateway.refused).toEqual(['spool_io']);
  });

  it('acknowledges what was made durable: nothing of it comes to the one after it', async () => {
    const gateway = await subscribed();
    for (let n = 0; n < 20; n++) await publish(FRAME);
    await until(() => gateway.spool.stats().committedRecords === 20);
    await stop(gateway);
    // A persistent session gets again what was never acknowledged.
    const next = await subscribed();
    await pause(SILENCE_MS);
    expect(next.received).toBe(0);
  });

  it('is shared by the gateways of one group, and one takes over from another that has gone', async () => {
    const first = await subscribed({ clientId: 'first', connections: 1 });
    const second = await subscribed({ clientId: 'second', connections: 1 });
    for (let n = 0; n < 10; n++) await publish(FRAME);
    await until(() => first.spool.stats().committedRecords + second.spool.stats().committedRecords === 10);
    expect([first, second].map(({ spool }) => spool.stats().committedRecords)).toEqual([5, 5]);
    await stop(first);
    // What the broker puts by for the one that has gone waits for its return.
    for (let n = 0; n < 10; n++) await publish(FRAME);
    const back = await subscribed({ clientId: 'first', connections: 1 });
    await until(() => back.spool.stats().committedRecords + second.spool.stats().committedRecords === 15);
  });

  it('logs in anew when the password changes, says farewell, and loses nothing of what is on its way', async () => {
    const listeners: (() => void)[] = [];
    const asked: number[] = [];
    const access = {
      get current() {
        asked.push(asked.length);
        return { username: 'u', password: `token-${asked.length}` };
      },
      onChange: (listener: () => void) => void listeners.push(listener),
      close: () => undefined,
    };
    const gateway = await subscribed({ access, connections: 1 });
    gateway.disk.holdSyncs();
    await publish(FRAME);
    await publish(OTHER_FRAME);
    await until(() => gateway.received === 1);
    for (const changed of [...listeners, ...listeners]) changed();
    await pause(SILENCE_MS);
    // An ack is owed: the connection stays for it.
    expect(gateway.closed).toEqual([]);
    gateway.disk.releaseSyncs();
    await until(() => gateway.opened === 2 && gateway.spool.stats().committedRecords >= 2);
    expect(gateway.closed).toEqual([null]);
    expect(new Set(await frames(gateway))).toEqual(new Set([toHex(FRAME), toHex(OTHER_FRAME)]));
    expect(asked.length).toBeGreaterThan(1);
    await publish(FRAME);
    await until(() => gateway.spool.stats().committedRecords >= 3);
  });

  it('comes back by itself when the broker was away', async () => {
    const gateway = await subscribed();
    await broker.kill();
    await until(() => gateway.connections === 0);
    await broker.run();
    await until(() => gateway.opened === 4);
    await publish(FRAME);
    await until(() => gateway.spool.stats().committedRecords === 1);
    expect(gateway.connections).toBe(2);
  });

  it('takes nothing while the disk is full, and everything when there is room', async () => {
    const gateway = await subscribed();
    gateway.disk.failWrites('ENOSPC');
    await publish(FRAME);
    await until(() => !gateway.spool.accepting);
    for (let n = 0; n < 10; n++) await publish(FRAME);
    await pause(SILENCE_MS);
    expect(gateway.spool.stats().committedRecords).toBe(0);
    gateway.disk.failWrites(null);
    await until(() => gateway.spool.stats().committedRecords === 11);
  });

  it('acknowledges what it refuses, so that it holds nothing up: a foreign protocol, a corrupt frame', async () => {
    const gateway = await subscribed({ topics: ['fleet/{ident}/{protocol}', 'other/#'] });
    const broken = Buffer.from(FRAME);
    broken[20] = (broken[20] as number) ^ 0xff;
    await publish(FRAME, `fleet/${IDENT}/telex`);
    await publish(FRAME, 'other/topic');
    await publish(broken);
    await publish(FRAME);
    await until(() => gateway.spool.stats().committedRecords === 2);
    expect(new Set((await gateway.durable()).map(({ fault }) => fault))).toEqual(new Set(['wire_crc', null]));
  });
});
