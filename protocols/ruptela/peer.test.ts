// Every frame of ../shared/frames, against what Traccar makes of it. Where we differ, the reason stands beside it.
import { describe, expect, test } from 'vitest';
import { signalOf, type Message } from '#model/message';
import { newSession, type Decoded } from '#protocols/codec';
import { fromHex, toHex } from '#wire/hex';
import { FRAMES_DIR, haveFrames, peerFrames, type PeerFrame, type PeerPosition } from '../../test/support/peer-frames.ts';
import { COMMANDS } from './commands.ts';
import { COMMAND_AT } from './frame.ts';
import { ruptela } from './index.ts';
import { IO_BY_ID } from './io-table.ts';

const KNOTS_TO_KMH = 1.852;
const session = newSession('tcp');

function bytesOf({ hex = '' }: PeerFrame): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === null || bytes.length === 0) throw new Error(`not hex: ${hex}`);
  return bytes;
}

/** The frame with the length its bytes have. Two published ones state another, though their checksum covers all of them. */
function withTrueLength(bytes: Uint8Array): Uint8Array {
  const mended = bytes.slice();
  mended[0] = (bytes.length - 4) >> 8;
  mended[1] = (bytes.length - 4) & 0xff;
  return mended;
}

function decodeStream(bytes: Uint8Array): Decoded {
  expect(ruptela.split(bytes, 0, bytes.length, session)).toEqual({ kind: 'frame', end: bytes.length });
  return ruptela.decode(bytes, session);
}

/** Attributes of the peer by our signal; the peer's value times the factor is ours. */
const SIGNALS: Readonly<Record<string, readonly [key: string, factor: number]>> = {
  in1: ['device.input1.state', 1],
  in2: ['device.input2.state', 1],
  in4: ['device.input4.state', 1],
  ignition: ['ignition.state.on', 1],
  motion: ['position.motion.moving', 1],
  battery: ['device.battery.voltage', 1],
  power: ['device.supply.voltage', 1],
  rpm: ['engine.speed.value', 1],
  deviceTemp: ['device.temperature.value', 1],
  operator: ['device.gsm.operator', 1],
  odometer: ['odometer.device.value', 1 / 1000],
  adc1: ['device.analog1.voltage', 1 / 1000],
  fuelLevel: ['consumption.fuel.level', 1],
  fuelUsed: ['consumption.fuel.used', 1],
};

/** What the peer says and we do not, and why. */
const DIFFERENCES: Readonly<Record<string, (message: Message, value: unknown) => void>> = {
  // 0xFF is "not available" in FMS: the peer makes 102 % of it.
  fuelLevel: (message, value) => {
    expect([value, signalOf(message, 'ruptela.io.207')]).toEqual([102, 255]);
  },
};

const differencesMet = new Set<string>();

/** What the peer says of a message in other words than signals. */
const OTHERS: Readonly<Record<string, (message: Message, value: unknown) => void>> = {
  sat: ({ fix }, value) => expect(fix?.satellites).toBe(value),
  hdop: ({ fix }, value) => expect(fix?.hdop).toBe(value),
  dtcs: ({ stateValues }, value) => expect(stateValues).toEqual([value]),
  archive: ({ stored }, value) => expect(stored).toBe(value),
  // What made the device write the record: an event of ours where something happened, nothing where time had passed.
  event: ({ events }, value) => expect(events.length).toBe([7, 8, 9].includes(Number(value)) ? 0 : 1),
  // The peer says whether the charging current is above 0; we say how much it is.
  charge: (message, value) => expect((signalOf(message, 'device.battery.current') ?? 0) > 0).toBe(value),
  // Sixteen zeros name no driver.
  driverUniqueId: (_message, value) => expect(String(value)).toMatch(/^\0+$/),
};

function compareAttribute(message: Message, name: string, value: unknown): void {
  const io = /^io(\d+)$/.exec(name)?.[1];
  if (io !== undefined) return compareElement(message, Number(io), Number(value));
  const compare = OTHERS[name];
  if (compare !== undefined) return compare(message, value);
  const known = SIGNALS[name];
  if (known === undefined) throw new Error(`nothing is known of the peer's attribute ${name} = ${String(value)}`);
  const [key, factor] = known;
  const ours = signalOf(message, key);
  const theirs = Number(value) * factor;
  if (ours !== undefined && Math.abs(ours - theirs) < 1e-9) return;
  const difference = DIFFERENCES[name];
  if (difference === undefined) throw new Error(`${name} is ${String(value)}, ours ${key} is ${ours}`);
  differencesMet.add(name);
  difference(message, value);
}

/** The peer keeps the raw value of elements it does not know; ours is that value under its number, or by the table. */
function compareElement(message: Message, id: number, raw: number): void {
  const row = IO_BY_ID.get(id);
  const kept = signalOf(message, `ruptela.io.${id}`);
  if (row === undefined || kept !== undefined) return expect([id, kept ?? hexNumber(message, id)]).toEqual([id, raw]);
  expect([id, signalOf(message, row.key)]).toEqual([id, (raw * row.multiply) / row.divide + row.offset]);
}

function hexNumber(message: Message, id: number): number {
  const at = message.stateKeys.indexOf(`ruptela.io.${id}`);
  return Number(`0x${message.stateValues[at]}`);
}

function comparePosition(message: Message, peer: PeerPosition): void {
  const { fix } = message;
  expect(new Date(message.deviceTime ?? 0).toISOString()).toBe(peer.deviceTime?.replace('Z', '.000Z'));
  expect(fix?.valid).toBe(peer.valid);
  expect(fix?.lat).toBeCloseTo(peer.lat, 7);
  expect(fix?.lon).toBeCloseTo(peer.lon, 7);
  // A trouble code comes with a place, but without altitude, speed or course: the peer writes 0, we write nothing.
  expect(fix?.altitudeM ?? 0).toBeCloseTo(peer.altitude, 6);
  expect(fix?.speedKmh ?? 0).toBeCloseTo(peer.speedKn * KNOTS_TO_KMH, 3);
  expect(fix?.courseDeg ?? 0).toBeCloseTo(peer.course, 6);
}

function compareAll(decoded: Decoded, peer: PeerFrame): { positions: number; attributes: number } {
  const { ident = null, acks = [], positions = [] } = peer.traccar ?? {};
  expect(decoded.faults).toEqual([]);
  expect(decoded.ident).toBe(ident);
  expect(decoded.reply === null ? [] : [toHex(decoded.reply)]).toEqual(acks);
  if (decoded.kind !== 'data') return { positions: 0, attributes: 0 };
  expect(decoded.messages.length).toBe(positions.length);
  let attributes = 0;
  for (const [index, message] of decoded.messages.entries()) {
    const position = positions[index] as PeerPosition;
    comparePosition(message, position);
    for (const [name, value] of Object.entries(position.attributes)) {
      attributes++;
      compareAttribute(message, name, value);
    }
  }
  return { positions: positions.length, attributes };
}

/** The peer's own test gives these to its decoder, behind the place where it looks at lengths. */
const hasFalseLength = (frame: PeerFrame): boolean => frame.checksumOk !== true;

describe.skipIf(!haveFrames)(`published Ruptela frames (skipped where ${FRAMES_DIR} is absent)`, () => {
  const frames = haveFrames ? peerFrames('ruptela') : [];

  test('all but two have the length they state', () => {
    expect(frames.length).toBe(10);
    const commands = frames.filter(hasFalseLength).map((frame) => bytesOf(frame)[COMMAND_AT]);
    expect(commands).toEqual([COMMANDS.text, COMMANDS.troubleCodes]);
  });

  test('mean what the peer says', () => {
    const counts = frames
      .filter((frame) => !hasFalseLength(frame))
      .map((frame) => compareAll(decodeStream(bytesOf(frame)), frame));
    expect(counts.reduce((sum, { positions }) => sum + positions, 0)).toBe(12);
    expect([...differencesMet].sort()).toEqual(Object.keys(DIFFERENCES).sort());
    expect(counts.reduce((sum, { attributes }) => sum + attributes, 0)).toBeGreaterThan(200);
  });

  test('with a false length are refused, and mean what the peer says with the true one', () => {
    for (const frame of frames.filter(hasFalseLength)) {
      const bytes = bytesOf(frame);
      const split = ruptela.split(bytes, 0, bytes.length, session);
      expect(split).toMatchObject({ kind: 'refused', fault: { code: 'wire_crc' } });
      compareAll(decodeStream(withTrueLength(bytes)), frame);
    }
  });
});
