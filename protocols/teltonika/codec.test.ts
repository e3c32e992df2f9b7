import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityOf } from '#model/message';
import { describeCodec } from '#protocols/conformance/describe-codec';
import { fromHex } from '#wire/hex';
import { ENVELOPE_BYTES, LOGIN_BYTES } from './frame.ts';
import { teltonika } from './index.ts';

const GOLDENS = new URL('golden/', import.meta.url);

describeCodec(teltonika, {
  goldens: GOLDENS,
  checked: (frame) => (frame.length < ENVELOPE_BYTES || frame[1] === 0x0f ? null : { from: 8, end: frame.length }),
  lengthField: (frame) => (frame.length <= LOGIN_BYTES ? null : { offset: 4, width: 4 }),
  garbage: Uint8Array.of(0x13, 0x37, 0xff, 0x0f, 0x31),
});

interface GoldenJson {
  messages: { signals?: Record<string, number>; states?: Record<string, string> }[];
}

function statedIn(golden: string): Record<string, unknown> {
  const { messages } = JSON.parse(readFileSync(new URL(`${golden}.json`, GOLDENS), 'utf8')) as GoldenJson;
  return { ...messages[0]?.signals, ...messages[0]?.states };
}

// What a reviewer must not wave through when a golden is accepted anew: element, raw value on the wire, and what it means.
describe('units and scales of the elements', () => {
  it.each([
    ['fmb-core', '16: 20235961 m', 'odometer.device.value', 20_235.961],
    ['fmb-core', '66: 14091 mV', 'device.supply.voltage', 14.091],
    ['fmb-core', '67: 4050 mV', 'device.battery.voltage', 4.05],
    ['fmb-core', '113: 87 %, the box’s own battery', 'device.battery.level', 87],
    ['fmb-core', '239: 1', 'ignition.state.on', 1],
    ['fmb-core', '240: 1', 'position.motion.moving', 1],
    ['fmb-core', '17: -48 mG', 'behaviour.acceleration.x', -0.470_719_2],
    ['fmb-core', '72: 235 tenths of a degree', 'device.sensor1.temperature', 23.5],
    ['fmb-core', '74: -186 tenths of a degree, signed in four bytes', 'device.sensor3.temperature', -18.6],
    ['fmb-core', '73: 3000, not connected', 'teltonika.io.73', 3000],
    ['fmb-core', '78: iButton', 'behaviour.driver1.id', '0000001122334455'],
    ['fmb-can-adapter', '81: 83 km/h', 'wheels.speed.value', 83],
    ['fmb-can-adapter', '82: 31 %', 'engine.pedal.position', 31],
    ['fmb-can-adapter', '83: 1234567 tenths of a litre', 'consumption.fuel.used', 123_456.7],
    ['fmb-can-adapter', '84: 412 tenths of a litre', 'consumption.fuel.volume', 41.2],
    ['fmb-can-adapter', '85: 2150 rpm', 'engine.speed.value', 2150],
    ['fmb-can-adapter', '87: 85493400 m', 'odometer.total.value', 85_493.4],
    ['fmb-can-adapter', '89: 64 %', 'consumption.fuel.level', 64],
    ['fmb-can-adapter', '107: 321 tenths of a litre', 'consumption.fuel.counted', 32.1],
    ['fmb-can-adapter', '110: 87 tenths of l/h', 'consumption.fuel.rate', 8.7],
    ['fmb-can-adapter', '115: -52 tenths of a degree, signed', 'engine.coolant.temperature', -5.2],
    ['fmb-can-adapter', '152: 71 %, the traction battery', 'charging.battery.level', 71],
    ['fmb-obd', '30: 3', 'service.dtc.count', 3],
    ['fmb-obd', '31: 42 %', 'engine.load.value', 42],
    ['fmb-obd', '32: -12 degrees', 'engine.coolant.temperature', -12],
    ['fmb-obd', '36: 1439 rpm', 'engine.speed.value', 1439],
    ['fmb-obd', '37: 88 km/h', 'wheels.speed.value', 88],
    ['fmb-obd', '41: 17 %', 'engine.throttle.position', 17],
    ['fmb-obd', '48: 63 %', 'consumption.fuel.level', 63],
    ['fmb-obd', '51: 14100 mV', 'service.module.voltage', 14.1],
    ['fmb-obd', '389: 118230 km', 'odometer.total.value', 118_230],
    ['fmb-obd', '256: VIN', 'device.vehicle.vin', 'VR1ZZZTESTZ000042'],
    ['fmb-obd', '281: trouble codes', 'service.dtc.list', 'P0171,P0455'],
    ['fmb-can-adapter', '282: trouble codes', 'service.dtc.list', 'P0420,P0301'],
    ['fm-obd-dongle', '60: 655 hundredths of l/h', 'consumption.fuel.rate', 6.55],
    ['ft-core', '800: 28713 mV in four bytes', 'device.supply.voltage', 28.713],
    ['ft-core', '205: four bytes', 'device.gsm.cell', 7_089_945],
    ['fmb6-fms-tachograph', '80: 81 km/h in four bytes', 'wheels.speed.value', 81],
    ['fmb6-fms-tachograph', '195 and 196: driver card', 'behaviour.driver1.id', 'E100000001234567'],
    ['fmb6-fms-tachograph', '216: 123456789 m', 'odometer.device.value', 123_456.789],
    ['fmb-bluetooth', '10800: -1187 hundredths of a degree', 'device.eye1.temperature', -11.87],
  ])('%s: element %s', (golden, _element, key, value) => expect(statedIn(golden)[key]).toBe(value));
});

describe('the reply to a refused frame', () => {
  it('is the count it claims, and nothing for what is no data frame', () => {
    const data = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9, 0x08, 7);
    expect(teltonika.replyToRefused(data, { ident: null, dialect: null, transport: 'tcp' })).toEqual(Uint8Array.of(0, 0, 0, 7));
    data[8] = 0x0c;
    expect(teltonika.replyToRefused(data, { ident: null, dialect: null, transport: 'tcp' })).toBeNull();
    data[0] = 1;
    expect(teltonika.replyToRefused(data, { ident: null, dialect: null, transport: 'tcp' })).toBeNull();
  });
});

/** A record without place or element, in hex; `ms` tells it from another one. */
function recordAt(ms: number): string {
  return `00000199c82cc0${ms.toString(16).padStart(2, '0')}00${'00'.repeat(15)}${'00'.repeat(6)}`;
}

describe('the identity of a record', () => {
  const session = { ident: '352093081452251', dialect: null, transport: 'tcp' } as const;
  const identities = (payload: string): Uint8Array[] => {
    const frame = fromHex(`00000000${(payload.length / 2).toString(16).padStart(8, '0')}${payload}00000000`);
    return teltonika.decode(frame ?? new Uint8Array(0), session).messages.map((message) => identityOf(message));
  };
  const [one, other] = [recordAt(1), recordAt(2)];

  it('is the same alone, with others, and over UDP', () => {
    const [alone] = identities(`0801${one}01`);
    expect(identities(`0802${other}${one}02`)[1]).toEqual(alone);
    const imei = Array.from(session.ident, (digit) => `3${digit}`).join('');
    const datagram = fromHex(`0039cafe0105000f${imei}0801${one}01`) ?? new Uint8Array(0);
    datagram[1] = datagram.length - 2;
    const { messages, faults } = teltonika.decode(datagram, { ident: null, dialect: null, transport: 'udp' });
    expect(faults).toEqual([]);
    expect(messages[0] && identityOf(messages[0])).toEqual(alone);
  });

  it('is another for another record', () => {
    const [first, second] = identities(`0802${one}${other}02`);
    expect(first).not.toEqual(second);
  });
});
