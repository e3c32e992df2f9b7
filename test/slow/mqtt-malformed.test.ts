/** Packets that are nearly MQTT, by the thousand, on a broker that an honest device uses at the same time. */
import { connect as connectSocket } from 'node:net';
import { connectAsync } from 'mqtt';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEVICES, MQTT_LIMITS, MqttGateway, teltonikaGolden, until } from '../support/mqtt-gateway.ts';

const [IDENT, OTHER] = DEVICES;
const FRAME = teltonikaGolden('codec8-spec-1');
const RUN_MS = 30_000;
/** Streams that are sent at a time. */
const AT_ONCE = 25;

const string = (text: string) => [text.length >> 8, text.length & 0xff, ...Buffer.from(text)];
const packet = (type: number, ...rest: number[]) => [
  type,
  ...(rest.length < 128 ? [rest.length] : [(rest.length & 0x7f) | 0x80, rest.length >> 7]),
  ...rest,
];

const CONNECT = packet(0x10, ...string('MQTT'), 4, 0xc2, 0, 60, ...string('x'), ...string(OTHER), ...string(`secret-${OTHER}`));
const TOPIC = string(`odograph/v1/${OTHER}/teltonika`);
/** One packet of each kind a client may send, and of each it may not. */
const SEEDS: readonly (readonly number[])[] = [
  CONNECT,
  packet(
    0x10,
    ...string('MQTT'),
    4,
    0xee,
    0,
    60,
    ...string('x'),
    ...string('will'),
    ...string('bye'),
    ...string(OTHER),
    ...string('y'),
  ),
  packet(0x10, ...string('MQTT'), 5, 0xc2, 0, 60, 0, ...string('x'), ...string(OTHER), ...string(`secret-${OTHER}`)),
  packet(0x30, ...TOPIC, ...FRAME),
  packet(0x32, ...TOPIC, 0, 1, ...FRAME),
  packet(0x3d, ...TOPIC, 0, 2, ...FRAME),
  packet(0x62, 0, 2),
  packet(0x40, 0, 1),
  packet(0x50, 0, 1),
  packet(0x70, 0, 1),
  packet(0x82, 0, 3, ...string(`odograph/v1/${OTHER}/#`), 1, ...string('#'), 2, ...string('__proto__'), 0),
  packet(0xa2, 0, 4, ...string(`odograph/v1/${OTHER}/#`), ...string('constructor')),
  packet(0xc0),
  packet(0xe0),
  packet(0x20, 0, 0),
  packet(0x90, 0, 3, 0),
  packet(0xf0),
  packet(0x00),
];

interface Damage {
  seed: readonly number[];
  /** Bytes set to other values, by where they are as a share of the packet. */
  set: readonly (readonly [at: number, value: number])[];
  cut: number;
}

const damaged: fc.Arbitrary<Buffer> = fc
  .record<Damage>({
    seed: fc.constantFrom(...SEEDS),
    set: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
    cut: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ seed, set, cut }) => {
    const bytes = Buffer.from(seed);
    for (const [at, value] of set) bytes[Math.floor(at * bytes.length)] = value;
    return bytes.subarray(0, Math.ceil(cut * bytes.length));
  });

/** A stream that begins rightly four times in five, so that what follows is looked at. */
const streams = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.array(damaged, { minLength: 1, maxLength: 8 }))
  .map(([start, packets]) => Buffer.concat([...(start === 0 ? [] : [Buffer.from(CONNECT)]), ...packets]));

/** Sends a stream and waits until the gateway has cut it off, or has read it all and the client leaves. */
function send(port: number, stream: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(stream, () => void setTimeout(() => socket.destroy(), 20));
  });
}

it('no packet stops the broker, holds a connection or disturbs another device', async () => {
  const gateway = await MqttGateway.start({ limits: { ...MQTT_LIMITS, loginDeadlineMs: 2_000 } });
  const honest = await connectAsync(`mqtt://127.0.0.1:${gateway.port}`, { username: IDENT, password: `secret-${IDENT}` });
  let disturbed = 0;
  honest.on('close', () => disturbed++);
  let published = 0;
  let seed = Date.now() & 0x7fff_ffff;
  const began = performance.now();
  while (performance.now() - began < RUN_MS) {
    const batch = fc.sample(streams, { seed: ++seed, numRuns: AT_ONCE });
    await Promise.all(batch.map((stream) => send(gateway.port, stream)));
    await honest.publishAsync(`odograph/v1/${IDENT}/teltonika`, FRAME, { qos: 1 });
    published++;
  }
  expect(disturbed, `seed ${seed}`).toBe(0);
  await until(() => gateway.connections === 1);
  const stored = (await gateway.durable()).filter(({ ident, fault }) => ident === IDENT && fault === null);
  expect(stored).toHaveLength(published);
  expect(published).toBeGreaterThan(50);
  expect(gateway.closed).toEqual(expect.arrayContaining(['session_malformed', 'session_foreign_topic', 'session_credentials']));
  await honest.endAsync();
  await gateway.stop();
});
