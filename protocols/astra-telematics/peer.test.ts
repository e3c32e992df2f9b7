// Every frame of ../shared/frames/astra.jsonl, against what Traccar makes of it. Where we differ, the reason stands beside it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { signalOf, stateOf, type Message } from '#model/message';
import { crc16Modbus } from '#wire/crc';
import { fromHex, toHex } from '#wire/hex';
import { astraTelematics } from './index.ts';

const FRAMES = new URL('../../../shared/frames/astra.jsonl', import.meta.url);

interface PeerPosition {
  deviceTime: string;
  fixTime: string;
  valid: boolean;
  lat: number;
  lon: number;
  altitude: number;
  speedKn: number;
  course: number;
  attributes: Record<string, unknown>;
}
interface PeerRow {
  source: string;
  hex: string;
  traccar: { ident: string; acks: string[]; positions: PeerPosition[] };
}

type Check = (message: Message, value: unknown) => void;

const signal =
  (key: string, multiply = 1, divide = 1): Check =>
  (message, value) =>
    expect(signalOf(message, key), key).toBeCloseTo((Number(value) * multiply) / divide, 9);
/** What we deliberately do not have where the peer has it. */
const without =
  (_why: string): Check =>
  () =>
    undefined;

/** The peer's attributes of an X report by name. One without a row here fails the test. */
const MODULAR: Record<string, Check> = {
  index: signal('device.sequence.value'),
  event: signal('astra-telematics.report.reasons'),
  status: (message, value) => {
    expect(signalOf(message, 'ignition.state.on')).toBe(Number(value) & 1);
    expect(signalOf(message, 'device.gsm.roaming')).toBe((Number(value) >> 3) & 1);
    expect(message.stored).toBe((Number(value) & 0x20) !== 0);
  },
  power: signal('device.supply.voltage'),
  batteryLevel: signal('device.battery.level'),
  tripOdometer: signal('odometer.trip.value', 1, 1000),
};

/** The same of a K report. */
const COMPACT: Record<string, Check> = {
  event: MODULAR['event'] as Check,
  status: MODULAR['status'] as Check,
  io1: without('the peer reads the low bits of the digitals, of which nobody says which are states and which are changes'),
  adc1: signal('device.analog1.voltage', 1, 50),
  battery: signal('device.battery.level'),
  // The peer leaves the raw value: OpenGTS, whose server the maker wrote, takes 0.2 V a step.
  power: signal('device.supply.voltage', 1, 5),
  tripOdometer: signal('odometer.trip.value', 1, 1000),
  sat: (message, value) => expect(message.fix?.satellites).toBe(value),
  // The peer leaves the nibble, 0 to 15.
  rssi: signal('device.gsm.signal', 100, 15),
  // The peer takes the seven bytes for text and so loses what is not ASCII.
  driverUniqueId: (message, value) => {
    const ours = Buffer.from(stateOf(message, 'behaviour.driver1.id') ?? '', 'hex').map((byte) => (byte > 0x7f ? 0x3f : byte));
    expect([...ours]).toEqual([...Buffer.from(String(value).replaceAll('\ufffd', '?'), 'latin1')].map(questionMark));
  },
  odometer: signal('odometer.device.value', 1, 1000),
  hours: signal('engine.hours.counted', 1, 3_600_000),
};

/** Characters above ASCII are lost, each in its own way. */
function questionMark(byte: number): number {
  return byte > 0x7f ? 0x3f : byte;
}

function readRows(): PeerRow[] {
  const lines = readFileSync(FRAMES, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as PeerRow);
}

const lineOf = (row: PeerRow): number => Number(row.source.split(':')[1]);

/**
 * Reports of which we say that the receiver had no fix where the peer says that it had one: status bit 2 is set, and no
 * satellite is in use. The coordinates, which are the same in both reports two minutes apart, are the last known ones.
 */
const WITHOUT_FIX: ReadonlySet<number> = new Set([19]);

function checkPosition(message: Message, peer: PeerPosition, line: number, isModular: boolean): void {
  expect(new Date(message.deviceTime as number).toISOString()).toBe(new Date(peer.deviceTime).toISOString());
  expect(message.fix).toMatchObject({
    lat: peer.lat,
    lon: peer.lon,
    altitudeM: peer.altitude,
    courseDeg: peer.course,
    valid: WITHOUT_FIX.has(line) ? false : peer.valid,
  });
  expect(message.fix?.speedKmh).toBeCloseTo(peer.speedKn * 1.852, 3);
  // Protocol K has one time for both.
  expect(message.fix?.fixTime).toBe(isModular ? Date.parse(peer.fixTime) : null);
}

describe.skipIf(!existsSync(FRAMES))('the frames other projects published', () => {
  const rows = existsSync(FRAMES) ? readRows() : [];

  test('are there', () => expect(rows.length).toBeGreaterThanOrEqual(3));

  test.each(rows.map((row) => [lineOf(row), row] as const))(
    'line %i gives the peer’s ident, positions, attributes and ack',
    (line, row) => {
      const bytes = fromHex(row.hex) as Uint8Array;
      const session = newSession('tcp');
      expect(astraTelematics.probe(bytes, 0, 32)).toBe('match');
      expect(astraTelematics.split(bytes, 0, bytes.length, session)).toEqual({ kind: 'frame', end: bytes.length });
      expect(crc16Modbus(bytes, 0, bytes.length - 2)).toBe(((bytes.at(-2) as number) << 8) | (bytes.at(-1) as number));
      const decoded = astraTelematics.decode(bytes, session);
      expect(decoded.faults).toEqual([]);
      expect(decoded.ident).toBe(row.traccar.ident);
      expect([toHex(decoded.reply as Uint8Array)]).toEqual(row.traccar.acks);
      expect(decoded.messages.length).toBe(row.traccar.positions.length);
      const isModular = bytes[0] === 0x58;
      for (const [index, message] of decoded.messages.entries()) {
        const peer = row.traccar.positions[index] as PeerPosition;
        checkPosition(message, peer, line, isModular);
        const checks = isModular ? MODULAR : COMPACT;
        for (const [name, value] of Object.entries(peer.attributes)) {
          const check = checks[name];
          if (check === undefined) throw new Error(`line ${line}: no rule for the peer's ${name} = ${String(value)}`);
          check(message, value);
        }
      }
    },
  );
});
