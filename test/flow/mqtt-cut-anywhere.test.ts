import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeFrame } from '../../protocols/teltonika/encode.ts';
import { DEVICES, MqttGateway, until } from '../support/mqtt-gateway.ts';

const [IDENT] = DEVICES;
const TOPIC = `odograph/v1/${IDENT}/teltonika`;
const PUBLISHES = 120;
const T0 = Date.UTC(2026, 0, 5);

let gateway: MqttGateway;
beforeEach(async () => {
  gateway = await MqttGateway.start();
});
afterEach(() => gateway.stop());

const text = (value: string): Buffer => Buffer.from([0, value.length, ...Buffer.from(value)]);

function packet(first: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Buffer.from([first, ...length, ...body]);
}

const LOGIN = packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text('box'), text(IDENT), text(`secret-${IDENT}`));
const PINGREQ = Buffer.from([0xc0, 0]);

function frame(number: number): Buffer {
  const fix = { lat: 40, lon: -3, valid: true, altitudeM: 650, speedKmh: 50, courseDeg: 90, satellites: 9 };
  return Buffer.from(encodeFrame({ codec: '8e', records: [{ deviceTime: T0 + number * 1_000, fix }] }));
}

/** One in ten is followed by a ping; QoS 1, but for one in seven, which has QoS 0. */
function publish(number: number): Buffer {
  const isAcknowledged = number % 7 !== 0;
  const id = isAcknowledged ? [Buffer.from([number >> 8, number & 0xff])] : [];
  const published = packet(isAcknowledged ? 0x32 : 0x30, text(TOPIC), ...id, frame(number));
  return number % 10 === 0 ? Buffer.concat([published, PINGREQ]) : published;
}

/** A client that has logged in, and keeps what it hears. */
async function loggedIn() {
  const socket = connect({ host: '127.0.0.1', port: gateway.port, noDelay: true });
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void heard.push(chunk));
  await once(socket, 'connect');
  socket.write(LOGIN);
  await until(() => heard.length > 0);
  /** Packet ids of the PUBACKs so far. */
  const pubacks = (): number[] => {
    const ids: number[] = [];
    for (let all = Buffer.concat(heard), at = 4; at + 1 < all.length; at += 2 + (all[at + 1] as number)) {
      if (all[at] === 0x40) ids.push(all.readUInt16BE(at + 2));
    }
    return ids;
  };
  return { socket, pubacks };
}

it('takes nothing for a packet that is the payload of another, wherever it is cut', async () => {
  const { socket, pubacks } = await loggedIn();
  const inner = packet(0x32, text(TOPIC), Buffer.from([0, 99]), frame(99));
  const outer = packet(0x32, text(TOPIC), Buffer.from([0, 1]), frame(1), inner);
  const cut = outer.length - inner.length;
  socket.write(outer.subarray(0, cut));
  await pause(20);
  socket.write(outer.subarray(cut));
  await pause(20);
  socket.write(publish(2));
  await until(() => pubacks().includes(2));
  expect(pubacks()).toEqual([1, 2]);
  socket.destroy();
});

it.each([1, 2, 3])('takes packets cut and joined anywhere, whoever reads them, in order (%i)', async (seed) => {
  const { socket, pubacks } = await loggedIn();
  const packets = Array.from({ length: PUBLISHES }, (_, i) => publish(i + 1));
  const bytes = Buffer.concat(packets);
  const ends = packets.map((_, i) => Buffer.concat(packets.slice(0, i + 1)).length);
  let state = seed;
  for (let at = 0; at < bytes.length;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    // Half of the pieces end where a packet does.
    const somewhere = at + 1 + ((state >>> 8) % 400);
    const end = state >>> 31 === 0 ? somewhere : (ends.find((each) => each >= somewhere) ?? bytes.length);
    socket.write(bytes.subarray(at, end));
    at = end;
    await pause(1);
  }
  const numbers = Array.from({ length: PUBLISHES }, (_, i) => i + 1);
  const expected = numbers.filter((number) => number % 7 !== 0);
  await until(() => pubacks().length === expected.length);
  expect(pubacks()).toEqual(expected);
  await until(() => gateway.spool.stats().committedRecords === PUBLISHES);
  expect((await gateway.durable()).map(({ frame: stored }) => Buffer.from(stored))).toEqual(numbers.map(frame));
  socket.destroy();
});
