// Every frame of ../shared/frames, against what Traccar makes of it. Where we differ, the reason stands beside it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyDecoded, newSession, type Decoded, type SessionContext } from '#protocols/codec';
import { signalOf, stateOf, type Message } from '#model/message';
import { fromHex, toHex } from '#wire/hex';
import { teltonika } from './index.ts';

const FRAMES = new URL('../../../shared/frames/', import.meta.url);
const IDENT = '123456789012345';
const loggedIn: SessionContext = { ...newSession('tcp'), ident: IDENT };

interface PeerPosition {
  deviceTime: string | null;
  valid: boolean;
  outdated: boolean;
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
  checksumOk: boolean | null;
  modelOverride?: string;
  traccar: { ident: string; acks: string[]; positions: PeerPosition[] };
}

function readRows(): PeerRow[] {
  const text = readFileSync(new URL('teltonika.jsonl', FRAMES), 'utf8');
  const rows = text.split('\n').filter((line) => line !== '');
  return rows.map((line) => JSON.parse(line) as PeerRow);
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === null) throw new Error('not hex');
  return bytes;
}

const lineOf = (row: PeerRow): number => Number(row.source.split(':')[1]);

/** The meaning of a stream frame; fails where it is none, or not all of the bytes. */
function decodeStream(bytes: Uint8Array, context = loggedIn): Decoded {
  const split = teltonika.split(bytes, 0, bytes.length, context);
  expect(split).toEqual({ kind: 'frame', end: bytes.length });
  return teltonika.decode(bytes, context);
}

const signal =
  (key: string, multiply = 1, divide = 1) =>
  (message: Message, value: unknown): void =>
    expect([key, signalOf(message, key)]).toEqual([key, (Number(value) * multiply) / divide]);
const state =
  (key: string, form: (value: string) => string = (value) => value) =>
  (message: Message, value: unknown): void =>
    expect([key, stateOf(message, key)]).toEqual([key, form(String(value))]);
const raw = (id: number) => signal(`teltonika.io.${id}`);
/** What we deliberately do not have where the peer has it. */
const without = (_why: string) => (): void => undefined;
const BEACON = without('beacons stay whole, as hex under teltonika.io.548 and 11317: their layout is the beacon maker’s');
const AXLE = without('read by the peer out of the text of one make of weighing scale, which we keep whole as the result');

type Check = (message: Message, value: unknown) => void;

/** The peer's attributes by name, in every family. */
const ATTRIBUTES: Record<string, Check> = {
  priority: without('no quantity of the vehicle; 2 makes the event an alarm'),
  type: without('the type byte of Codec 12, which is no quantity'),
  sat: (message, value) => expect(message.fix?.satellites).toBe(value),
  hdop: (message, value) => expect(message.fix?.hdop).toBe(value),
  event: (message, value) => expect(message.events).toHaveLength(value === 0 ? 0 : 1),
  pdop: signal('position.gnss.pdop'),
  ignition: signal('ignition.state.on'),
  motion: signal('position.motion.moving'),
  rssi: signal('device.gsm.signal', 20),
  in1: (message, value) => expect(signalOf(message, 'device.input1.state') ?? 0).toBe(Number(value)),
  in2: signal('device.input2.state'),
  in3: signal('device.input3.state'),
  out1: signal('device.output1.state'),
  out2: signal('device.output2.state'),
  power: signal('device.supply.voltage'),
  battery: signal('device.battery.voltage'),
  batteryCurrent: signal('device.battery.current'),
  operator: signal('device.gsm.operator'),
  tripOdometer: signal('odometer.trip.value', 1, 1000),
  result: (message, value) => expect(stateOf(message, 'device.command.result') ?? '').toBe(value),
  io68: signal('device.battery.current', 1, 1000),
  io200: signal('device.power.mode'),
  io205: signal('device.gsm.cell'),
  io206: signal('device.gsm.area'),
  io254: signal('behaviour.driving.value'),
  alarm: (message, value) => {
    const code = { hardAcceleration: 'acceleration', hardBraking: 'braking', hardCornering: 'cornering' }[
      value as 'hardBraking'
    ];
    expect(message.events.map((event) => event.code)).toContain(`behaviour.harsh_${code}`);
  },
};

const FMB_ATTRIBUTES: Record<string, Check> = {
  in4: without('element 4 counts pulses in this family; the peer names it input 4 in every family'),
  io4: raw(4),
  io380: signal('device.output3.state'),
  odometer: signal('odometer.device.value', 1, 1000),
  axisZ: signal('behaviour.acceleration.z', 980_665, 100_000_000),
  io9: signal('device.analog1.voltage', 1, 1000),
  io69: signal('position.gnss.state'),
  sleepMode: signal('device.power.mode'),
  io250: signal('behaviour.trip.active'),
  io252: signal('secure.unplug.active'),
  io29: signal('device.ble1.battery'),
  io22: signal('device.ble3.battery'),
  bleTemp1: signal('device.ble1.temperature'),
  eyeTemp1: signal('device.eye1.temperature'),
  io10804: signal('device.eye1.humidity'),
  io10808: signal('device.eye1.magnet'),
  io30: signal('service.dtc.count'),
  io36: signal('engine.speed.value'),
  vin: state('device.vehicle.vin'),
  dtcs: state('service.dtc.list', (list) => list.replaceAll(' ', ',')),
  driverUniqueId: (message, value) => expect(stateOf(message, 'device.serial.text')).toContain(String(value)),
};

/** Codec 16: the professional family. The peer names no element of it. */
const FMB6_ATTRIBUTES: Record<string, Check> = {
  in4: signal('device.input4.state'),
  io70: signal('device.temperature.value', 1, 10),
  io71: signal('position.gnss.state'),
  io178: signal('device.gsm.technology'),
  io216: signal('odometer.device.value', 1, 1000),
  io79: signal('wheels.brake.pressed'),
  io80: signal('wheels.speed.value'),
  io81: signal('engine.cruise.active'),
  io82: signal('wheels.clutch.pressed'),
  io83: signal('engine.pto.active'),
  io84: signal('engine.pedal.position'),
  io85: signal('engine.load.value'),
  io86: signal('consumption.fuel.used'),
  io87: signal('consumption.fuel.level'),
  io88: signal('engine.speed.value'),
  io104: signal('engine.hours.total'),
  io128: signal('device.ambient.temperature'),
  io135: signal('consumption.fuel.rate'),
  io136: signal('consumption.fuel.economy'),
  io139: signal('wheels.vehicle.weight'),
};

/** What single rows have otherwise, and why. */
const BY_LINE: Record<number, Record<string, Check>> = {
  // A model of before the FMB family, whose numbers the peer leaves alone and the FMB table misreads in one place.
  99: {
    io160: signal('service.dtc.count'),
    io200: raw(200),
    // 100 is no logic level: it stays raw where the peer says true.
    in1: (message, value) => expect((signalOf(message, 'teltonika.io.1') ?? 0) > 0).toBe(value),
  },
  63: { result: without('the vendor’s oldest example of Codec 13: the peer reads the lower half of its clock as text') },
  129: { network: without('the peer’s own grouping of area and cell') },
};

/** Rows whose clock the peer reads otherwise, and why. */
const OTHER_CLOCK: Record<number, string> = {
  63: 'eight bytes of milliseconds, of which the peer reads the upper four as seconds',
};

function checkOf(row: PeerRow, name: string): Check | undefined {
  const family = row.hex.startsWith('10', 16) ? FMB6_ATTRIBUTES : FMB_ATTRIBUTES;
  const known = BY_LINE[lineOf(row)]?.[name] ?? family[name] ?? ATTRIBUTES[name];
  if (known !== undefined) return known;
  if (/^tag\d/.test(name)) return BEACON;
  if (/^(axle|load|total)/.test(name)) return AXLE;
  return /^io\d+$/.test(name) ? raw(Number(name.slice(2))) : undefined;
}

function checkAttributes(row: PeerRow, message: Message, attributes: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const check = checkOf(row, name);
    if (check === undefined) throw new Error(`no rule for the peer's ${name} = ${String(value)}`);
    try {
      check(message, value);
    } catch (error) {
      throw new Error(`${name} = ${String(value)}`, { cause: error });
    }
  }
}

function isoOf(time: number | string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

function checkPosition(line: number, message: Message, peer: PeerPosition): void {
  const { lat, lon, valid, altitude: altitudeM, course: courseDeg } = peer;
  const speedKmh = expect.closeTo(peer.speedKn * 1.852, 3) as number;
  const place = expect.objectContaining({ lat, lon, valid, altitudeM, courseDeg, speedKmh }) as object;
  expect({ deviceTime: isoOf(message.deviceTime), fix: message.fix }).toEqual({
    deviceTime: OTHER_CLOCK[line] === undefined ? isoOf(peer.deviceTime) : isoOf(message.deviceTime),
    // An answer to a command has no place; the peer repeats the last known one and calls it outdated.
    fix: peer.outdated ? null : place,
  });
}

describe.skipIf(!existsSync(FRAMES))('the frames other projects published', () => {
  const rows = existsSync(FRAMES) ? readRows() : [];

  it('are there', () => expect(rows.length).toBeGreaterThan(25));

  const good = rows.filter((row) => row.checksumOk === true);
  it.each(good.map((row) => [lineOf(row), row] as const))(
    'gives the peer’s positions, attributes and acks for line %i',
    (line, row) => {
      const decoded = decodeStream(bytesOf(row.hex));
      expect(decoded.faults).toEqual([]);
      expect(decoded.reply === null ? [] : [toHex(decoded.reply)]).toEqual(row.traccar.acks);
      expect(decoded.messages).toHaveLength(row.traccar.positions.length);
      decoded.messages.forEach((message, i) => {
        const peer = row.traccar.positions[i] as PeerPosition;
        checkPosition(line, message, peer);
        checkAttributes(row, message, peer.attributes);
      });
    },
  );

  const bad = rows.filter((row) => row.checksumOk === false);
  it.each(bad.map((row) => [lineOf(row), row] as const))(
    'refuses line %i, whose checksum is wrong, and goes on with the next frame',
    (_line, row) => {
      const next = bytesOf((good[0] as PeerRow).hex);
      // Twice: two of these frames are short of some bytes, and take them from what follows.
      const stream = Uint8Array.of(...bytesOf(row.hex), ...next, ...next);
      const refusals: string[] = [];
      let at = 0;
      let last = emptyDecoded('data');
      while (at < stream.length) {
        const split = teltonika.split(stream, at, stream.length, loggedIn);
        if (split.kind === 'need-more') throw new Error(`stuck at ${at}, needs ${split.atLeast}`);
        if (split.kind === 'refused') refusals.push(split.fault.code);
        if (split.kind === 'frame') last = teltonika.decode(stream.subarray(at, split.end), loggedIn);
        at = split.end;
      }
      expect(refusals[0]).toBe('wire_crc');
      expect(toHex(last.reply ?? new Uint8Array())).toBe((good[0] as PeerRow).traccar.acks[0]);
    },
  );

  it('answers the datagram of line 191 with its own packet id, where the peer writes 0000', () => {
    const row = rows.find((each) => lineOf(each) === 191) as PeerRow;
    const bytes = bytesOf(row.hex);
    const decoded = teltonika.decode(bytes, newSession('udp'));
    const [message] = decoded.messages as [Message];
    const [peer] = row.traccar.positions as [PeerPosition];
    expect(decoded).toMatchObject({ ident: row.traccar.ident, faults: [] });
    expect(toHex(decoded.reply as Uint8Array)).toBe(row.traccar.acks[0]?.replace(/^00050000/, '0005cafe'));
    checkPosition(191, message, peer);
    checkAttributes(row, message, peer.attributes);
  });

  it('passes over the ping of line 147', () => {
    const row = rows.find((each) => lineOf(each) === 147) as PeerRow;
    expect(teltonika.split(bytesOf(row.hex), 0, 1, loggedIn)).toEqual({ kind: 'idle', end: 1 });
  });

  it('leaves out no row', () => {
    expect(good.length + bad.length + [191, 147].length).toBe(rows.length);
  });
});

describe.skipIf(!existsSync(FRAMES))('the frames quoted in public issues', () => {
  const lines = existsSync(FRAMES) ? readFileSync(new URL('extra-public.txt', FRAMES), 'utf8').split('\n') : [];
  const rows = lines
    .filter((line) => line.startsWith('teltonika\t'))
    .map((line) => line.split('\t') as [string, string, string, string]);

  it('are there', () => expect(rows.length).toBe(7));

  it.each(rows.map(([, , hex, provenance]) => [provenance, hex] as const))('%s', (provenance, hex) => {
    const bytes = bytesOf(hex);
    const isDatagram = provenance.startsWith('UDP');
    const decoded = isDatagram ? teltonika.decode(bytes, newSession('udp')) : decodeStream(bytes);
    expect(decoded.faults).toEqual([]);
    expect([decoded.ident, decoded.reply === null ? null : toHex(decoded.reply), decoded.messages.length]).toEqual(
      PUBLIC[hex.slice(0, 24)],
    );
  });
});

/** Ident, answer and number of messages of those frames, by their first bytes. */
const PUBLIC: Record<string, unknown> = {
  '006fcafe0118000f33353936': ['359632105761677', '0005cafe011801', 1],
  '000f38363436333630363139': ['864636061979403', '01', 0],
  '000000000000004408010000': [null, '00000001', 1],
  '000000000000023d080a0000': [null, '0000000a', 10],
  '000000000000003608010000': [null, '00000001', 1],
  '000000000000002808010000': [null, '00000001', 1],
  '000000000000004308020000': [null, '00000002', 2],
};
