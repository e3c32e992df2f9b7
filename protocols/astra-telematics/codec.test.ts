import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { describeCodec } from '#protocols/conformance/describe-codec';
import { loadGoldens } from '#protocols/conformance/golden';
import { fromHex } from '#wire/hex';
import { IMEI_BYTES } from './imei.ts';
import { astraTelematics } from './index.ts';
import { layoutsOf, type Layout } from './layouts.ts';

const GOLDENS = new URL('golden/', import.meta.url);
const DOLLAR = 0x24;
const LETTER_X = 0x58;

const isLogin = (frame: Uint8Array): boolean => frame[0] === DOLLAR;

describeCodec(astraTelematics, {
  goldens: GOLDENS,
  checked: (frame) => (isLogin(frame) ? null : { from: 0, end: frame.length }),
  lengthField: (frame) => (isLogin(frame) ? null : { offset: 1, width: 2 }),
  garbage: Uint8Array.of(0x13, 0x37, 0xff, 0x0f, 0x31),
});

function bytesOf(golden: string): Uint8Array {
  return fromHex(readFileSync(new URL(`${golden}.hex`, GOLDENS), 'utf8')) as Uint8Array;
}

interface GoldenJson {
  messages: { fix?: Record<string, unknown>; signals?: Record<string, number>; states?: Record<string, string> }[];
}

/** What the first message of a golden says, the fix under `fix.`. */
function statedIn(golden: string): Record<string, unknown> {
  const { messages } = JSON.parse(readFileSync(new URL(`${golden}.json`, GOLDENS), 'utf8')) as GoldenJson;
  const fix = Object.entries(messages[0]?.fix ?? {}).map(([key, value]) => [`fix.${key}`, value]);
  return { ...Object.fromEntries(fix), ...messages[0]?.signals, ...messages[0]?.states };
}

// What a reviewer must not wave through when a golden is accepted anew: module, raw value on the wire, and what it means.
describe('units and scales', () => {
  test.each([
    ['k-extra', 'speed u8 0x1b, 2 km/h', 'fix.speedKmh', 54],
    ['k-extra', 'heading u8 0x2d, 2 degrees', 'fix.courseDeg', 90],
    ['k-extra', 'altitude u8 0x21, 20 m', 'fix.altitudeM', 660],
    ['k-extra', 'adc u8 0x7d, 0.02 V', 'device.analog1.voltage', 2.5],
    ['k-extra', 'supply u8 0x3e, 0.2 V', 'device.supply.voltage', 12.4],
    ['k-extra', 'journey u16 0x7b, 0.1 km', 'odometer.trip.value', 12.3],
    ['k-extra', 'low nibble of 0xb8', 'fix.satellites', 8],
    ['k-extra', 'high nibble of 0xb8, of 15', 'device.gsm.signal', 1100 / 15],
    ['k-extra', 'odometer u24, km', 'odometer.device.value', 123_456],
    ['k-extra', 'engine u16, hours', 'engine.hours.counted', 6_789],
    ['c-basic', 'latitude i32, 1e-6 degrees', 'fix.lat', 40.416_775],
    ['c-basic', 'digital states u8', 'device.inputs.states', 5],
    ['m-extra', 'adc 2 u8 0x64, 0.059 V', 'device.analog2.voltage', 5.9],
    ['m-extra', 'digitals u24, little-endian', 'astra-telematics.compact.digitals', 0x03_0201],
    ['x-core', '0: 0x3e, 0.2 V', 'device.supply.voltage', 12.4],
    ['x-core', '1: i32, 1e-6 degrees', 'fix.lon', -3.703_79],
    ['x-core', '1: highest speed 0x21, 2 km/h', 'position.speed.max', 66],
    ['x-core', '2: low byte of the states', 'device.inputs.states', 5],
    ['x-core', '3: raw', 'device.analog2.raw', 0x4567],
    ['x-core', '4: 0x1f, 0.1 m/s²', 'behaviour.acceleration.xmax', 3.1],
    ['x-core', '4: idle u16, s', 'engine.idle.duration', 120],
    ['x-core', '5: high nibble 12, -111 + 4n dBm', 'device.gsm.rssi', -63],
    ['x-core', '5: low nibble', 'fix.satellites', 9],
    ['x-core', '6: country', 'device.gsm.mcc', 214],
    ['x-core', '7: bit 7', 'position.geofence.entered', 1],
    ['x-core', '8: id', 'behaviour.driver1.id', '00000000a1b2c3d4'],
    ['x-core', '9: u16, µg/L', 'behaviour.alcohol.level', 291],
    ['x-core', '11: u24, km', 'odometer.device.value', 123_456],
    ['x213-trailer', '9 of 2.13: text', 'astra-telematics.trailer.id', 'TRL0012345'],
    ['x-fms', '12: 0x6e, 32 rpm', 'engine.speed.max', 3_520],
    ['x-fms', '12: 0x7b, 1 °C from -40', 'engine.coolant.temperature', 83],
    ['x-fms', '12: u16 0x1a4, 0.1 km', 'odometer.trip.bus', 42],
    ['x-fms', '12: u32 0x1e241, 0.5 L', 'consumption.fuel.used', 61_728.5],
    ['x-fms', '15: u16 0x7d0, 5 km', 'service.next.distance', 10_000],
    ['x-fms', '15: u16 0x123, 0.1 L', 'consumption.fuel.trip', 29.1],
    ['x-vehicle-fine', '29: u32, 0.001 L', 'consumption.fuel.used', 61_730.172],
    ['x-vehicle-fine', '28: text', 'behaviour.driver2.id', 'E200000007654321'],
    ['x-obd', '13: u16 0x57, 0.1 L', 'consumption.fuel.trip', 8.7],
    ['x-obd', '13: average pedal, %', 'engine.pedal.average', 30],
    ['x-obd', '14: text', 'service.dtc.list', 'P0420,P0301,U0100'],
    ['x-obd', '16: minutes with the lamp on', 'service.mil.duration', 90],
    ['x-obd', '16: km with the lamp on', 'odometer.mil.value', 100],
    ['x-trade', '18: 0x232, 0.1 °C from -55', 'device.sensor1.temperature', 1.2],
    ['x-trade', '22: 0x32, 0.1 m', 'astra-telematics.gritter.width_m', 5],
    ['x-trade', '25: i16 0x2710, 0.004 %', 'astra-telematics.marine.fuel_percent', 40],
    ['x-light', '20: 0xa0, 0.25 V', 'charging.battery.voltage', 40],
    ['x-light', '37, after 20: 0.1 V, under a key of our own', 'astra-telematics.again3.charging.battery.voltage', 48.6],
    ['x-light-more', '41: i16, rpm', 'astra-telematics.motor.right_rpm', -3_000],
    ['x-light-more', '46: u32, m', 'odometer.total.value', 12_345.678],
    ['x-device', '26: number', 'device.sim.imsi', '214075536943125'],
    ['x-device', '32: i16 0xfb2e, 0.01 °C', 'device.sensor1.temperature', -12.34],
    ['x-device', '43: 0x0c, 0.1', 'fix.hdop', 1.2],
    ['x-variable', '45: EEC1 through the J1939 layer', 'engine.speed.value', 649],
    ['x-variable', '45: VD through the J1939 layer', 'odometer.total.value', 854_934],
    ['x-variable', '45: 41 0D 14 through the OBD-II layer', 'wheels.speed.value', 20],
    ['y-core', '0: u16 0x7c, 0.1 V', 'device.supply.voltage', 12.4],
    ['y-core', '5: 0x17, 0.1 bar', 'astra-telematics.tyre1_1.pressure_kpa', 230],
    ['y-core', '6: 0x46, negated', 'device.gsm.rssi', -70],
    ['y-core', '12: 0.001 L', 'consumption.fuel.used', 61_730.172],
  ])('%s: %s', (golden, _wire, key, value) => expect(statedIn(golden)[key]).toEqual(value));
});

test('every module of protocol X is in a golden', () => {
  const [layout] = layoutsOf('X', null) as [Layout];
  const seen = new Set<number>();
  for (const { bytes, context, expected } of loadGoldens(GOLDENS)) {
    if (bytes[0] !== LETTER_X || expected.messages.length === 0) continue;
    const report = context.dialect === null ? 4 + IMEI_BYTES : 4;
    const mask = bytes.subarray(report + 1, report + 1 + layout.maskBytes).toReversed();
    for (let bit = 0; bit < layout.modules.length; bit++) if (((mask[bit >>> 3] as number) >>> (bit & 7)) & 1) seen.add(bit);
  }
  expect(layout.modules.flatMap((module) => (module === null || seen.has(module.bit) ? [] : [module.name]))).toEqual([]);
});

describe('the identity of a report', () => {
  test('is the same whether it is sent alone, with others, live or from the memory', () => {
    const session = newSession('tcp');
    const together = astraTelematics.decode(bytesOf('x-stored'), session).messages[0];
    const changed = bytesOf('x-stored');
    const statusLow = 4 + 7 + 16;
    changed[statusLow] = (changed[statusLow] as number) & ~0x30;
    const alone = astraTelematics.decode(changed, session).messages[0];
    expect(alone?.stored).toBe(false);
    expect(together?.stored).toBe(true);
    expect(alone?.identity).toEqual(together?.identity);
  });

  test('differs with any other byte', () => {
    const session = newSession('tcp');
    const first = astraTelematics.decode(bytesOf('k-basic'), session).messages[0];
    const changed = bytesOf('k-basic');
    changed[3 + 7] = (changed[3 + 7] as number) + 1;
    expect(astraTelematics.decode(changed, session).messages[0]?.identity).not.toEqual(first?.identity);
  });
});

describe('the reply to a refused frame', () => {
  const session = newSession('tcp');

  test('acknowledges a whole frame of reports whose checksum is wrong', () => {
    expect(astraTelematics.replyToRefused(bytesOf('k-wrong-crc'), session)).toEqual(Uint8Array.of(0x06));
    expect(astraTelematics.replyToRefused(bytesOf('x-wrong-crc'), session)).toEqual(Uint8Array.of(0x06));
  });

  test('does not acknowledge a part of one, nor what is none', () => {
    const frame = bytesOf('x-wrong-crc');
    expect(astraTelematics.replyToRefused(frame.subarray(0, 20), session)).toBeNull();
    expect(astraTelematics.replyToRefused(frame.subarray(1), session)).toBeNull();
    expect(astraTelematics.replyToRefused(Uint8Array.of(0x13, 0x37), session)).toBeNull();
  });
});
