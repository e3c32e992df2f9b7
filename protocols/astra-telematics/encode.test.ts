import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signalOf, stateOf, type Message } from '#model/message';
import { newSession, type Decoded, type SessionContext } from '#protocols/codec';
import {
  encodeK,
  encodeLogin,
  encodeX,
  type EncodedKReport,
  type EncodedModules,
  type EncodedReport,
  type EncodedStatus,
} from './encode.ts';
import { astraTelematics } from './index.ts';

const IMEI = '356938035643809';
const fresh = newSession('tcp');
const loggedIn: SessionContext = { ...fresh, ident: IMEI, dialect: 'X' };

/** Digits with a right Luhn digit, leading zeros among them. */
const imeis = fc.integer({ min: 0, max: 99_999_999_999_999 }).map((number) => {
  const body = String(number).padStart(14, '0');
  let sum = 0;
  for (let index = 0; index < body.length; index++) {
    const weighted = Number(body.charAt(index)) * (index % 2 === 1 ? 2 : 1);
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return body + String((10 - (sum % 10)) % 10);
});

function receive(bytes: Uint8Array, session: SessionContext): Decoded {
  expect(astraTelematics.split(bytes, 0, bytes.length, session)).toEqual({ kind: 'frame', end: bytes.length });
  const decoded = astraTelematics.decode(bytes, session);
  expect(decoded.faults).toEqual([]);
  expect(decoded.reply).toEqual(Uint8Array.of(0x06));
  return decoded;
}

const step = (size: number, max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max }).map((raw) => raw * size);
const tenths = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max }).map((raw) => raw / 10);
const byte = fc.integer({ min: 0, max: 254 });
const word = fc.integer({ min: 0, max: 65_534 });
const time = fc.integer({ min: 1_200_000_000, max: 3_000_000_000 }).map((seconds) => seconds * 1000);
/** Never 0/0, which no receiver means. */
const lat = fc.integer({ min: 1, max: 90_000_000 }).map((raw) => raw / 1e6);
const lon = fc.integer({ min: -180_000_000, max: 180_000_000 }).map((raw) => raw / 1e6);

const modules: fc.Arbitrary<EncodedModules> = fc.record(
  {
    power: fc.record({ supplyV: byte.map((raw) => raw / 5), batteryPercent: byte }),
    gnss: fc.record({
      fixTime: time,
      lat,
      lon,
      speedKmh: step(2, 255),
      maxSpeedKmh: step(2, 255),
      courseDeg: step(2, 180),
      altitudeM: step(20, 255),
      journeyKm: tenths(65_535),
    }),
    digitals: fc.record({ states: word, changes: word }),
    behaviour: fc.record({
      xMaxMss: tenths(255),
      xMinMss: tenths(255),
      yMaxMss: tenths(255),
      yMinMss: tenths(255),
      zMaxMss: tenths(255),
      zMinMss: tenths(255),
      idleS: word,
    }),
    signal: fc.record({
      satellites: fc.integer({ min: 0, max: 15 }),
      rssiDbm: fc.integer({ min: 0, max: 15 }).map((n) => -111 + 4 * n),
    }),
    obdJourney: fc.record({
      maxSpeedKmh: byte,
      averageSpeedKmh: byte,
      maxRpm: byte.map((raw) => raw * 32),
      averageRpm: byte.map((raw) => raw * 32),
      maxPedalPercent: byte,
      averagePedalPercent: byte,
      maxLoadPercent: byte,
      averageLoadPercent: byte,
      journeyKm: tenths(65_534),
      coolantC: byte.map((raw) => raw - 40),
      fuelRaw: byte,
      journeyFuelL: tenths(65_534),
    }),
    obdCodes: fc.array(fc.constantFrom('P0420', 'C1234', 'B00FF', 'U0100'), { maxLength: 5 }),
    obdStop: fc.record({
      odometerKm: fc.integer({ min: 0, max: 0xff_fffe }),
      engineHours: word,
      milMinutes: word,
      milKm: word,
    }),
  },
  { requiredKeys: [] },
);

const status: fc.Arbitrary<EncodedStatus> = fc.record({
  ignition: fc.boolean(),
  privateMode: fc.boolean(),
  noFix: fc.boolean(),
  roaming: fc.boolean(),
  stored: fc.boolean(),
  immobilised: fc.boolean(),
  jammed: fc.boolean(),
  luggageLocked: fc.boolean(),
  charging: fc.boolean(),
});

const reports: fc.Arbitrary<EncodedReport> = fc.record({
  sequence: fc.integer({ min: 0, max: 255 }),
  deviceTime: time,
  reasons: fc.uniqueArray(fc.integer({ min: 0, max: 31 })),
  status,
  modules,
});

const bit = (flag: boolean | undefined): number => (flag === true ? 1 : 0);

/** What an encoded report should say, as pairs of key and value. */
function* expectedSignals({
  sequence,
  status: sent = {},
  modules: m,
  reasons = [],
}: EncodedReport): Generator<[string, number]> {
  yield ['device.sequence.value', sequence];
  yield ['ignition.state.on', bit(sent.ignition)];
  yield ['behaviour.trip.business', 1 - bit(sent.privateMode)];
  yield ['device.gsm.roaming', bit(sent.roaming)];
  yield ['secure.immobiliser.active', bit(sent.immobilised)];
  yield ['device.gsm.jammed', bit(sent.jammed)];
  yield ['doors.luggage.locked', bit(sent.luggageLocked)];
  yield ['device.battery.charging', bit(sent.charging)];
  yield ['astra-telematics.report.reasons', reasons.reduce((mask, reason) => mask + 2 ** reason, 0)];
  if (m.power)
    yield* [
      ['device.supply.voltage', m.power.supplyV] as [string, number],
      ['device.battery.level', m.power.batteryPercent] as [string, number],
    ];
  if (m.gnss)
    yield* [
      ['position.speed.max', m.gnss.maxSpeedKmh] as [string, number],
      ['odometer.trip.value', m.gnss.journeyKm] as [string, number],
    ];
  if (m.digitals) yield ['device.inputs.states', m.digitals.states & 0xff];
  if (m.behaviour)
    yield* [
      ['behaviour.acceleration.zmin', m.behaviour.zMinMss] as [string, number],
      ['engine.idle.duration', m.behaviour.idleS] as [string, number],
    ];
  if (m.signal) yield ['device.gsm.rssi', m.signal.rssiDbm];
  if (m.obdJourney) yield* expectedOfJourney(m.obdJourney);
  if (m.obdStop) {
    yield ['odometer.device.value', m.obdStop.odometerKm];
    yield ['engine.hours.counted', m.obdStop.engineHours];
    yield ['service.mil.duration', m.obdStop.milMinutes];
    yield ['odometer.mil.value', m.obdStop.milKm];
  }
}

function* expectedOfJourney(journey: NonNullable<EncodedModules['obdJourney']>): Generator<[string, number]> {
  yield ['wheels.speed.max', journey.maxSpeedKmh];
  yield ['wheels.speed.average', journey.averageSpeedKmh];
  yield ['engine.speed.max', journey.maxRpm];
  yield ['engine.speed.average', journey.averageRpm];
  yield ['engine.pedal.max', journey.maxPedalPercent];
  yield ['engine.pedal.average', journey.averagePedalPercent];
  yield ['engine.load.max', journey.maxLoadPercent];
  yield ['engine.load.average', journey.averageLoadPercent];
  yield ['odometer.trip.bus', journey.journeyKm];
  yield ['engine.coolant.temperature', journey.coolantC];
  yield ['consumption.fuel.raw', journey.fuelRaw];
  yield ['consumption.fuel.trip', journey.journeyFuelL];
}

function expectReport(message: Message, sent: EncodedReport): void {
  expect(message.deviceTime).toBe(sent.deviceTime);
  expect(message.stored).toBe(sent.status?.stored === true);
  for (const [key, value] of expectedSignals(sent)) expect(signalOf(message, key), key).toBeCloseTo(value, 9);
  expect(stateOf(message, 'service.dtc.list')).toBe(sent.modules.obdCodes?.join(','));
  expect(message.fix).toEqual(expectedFix(sent));
}

function expectedFix({ status: sent, modules: { gnss, signal } }: EncodedReport): Message['fix'] {
  if (gnss === undefined) return null;
  const { lat: north, lon: east, fixTime, altitudeM, speedKmh, courseDeg } = gnss;
  const satellites = signal?.satellites ?? null;
  return {
    lat: north,
    lon: east,
    fixTime,
    valid: sent?.noFix !== true,
    altitudeM,
    speedKmh,
    courseDeg,
    satellites,
    hdop: null,
  };
}

describe('what the encoders write comes back', () => {
  test('protocol X, with the IMEI in the frame and after a login', () => {
    fc.assert(
      fc.property(imeis, fc.array(reports, { minLength: 1, maxLength: 6 }), fc.boolean(), (imei, sent, named) => {
        const session = named ? fresh : { ...loggedIn, ident: imei };
        const decoded = receive(encodeX({ imei: named ? imei : null, reports: sent }), session);
        expect(decoded.ident).toBe(named ? imei : null);
        expect(decoded.messages.length).toBe(sent.length);
        for (const [index, report] of sent.entries()) expectReport(decoded.messages[index] as Message, report);
      }),
    );
  });

  const kReports: fc.Arbitrary<EncodedKReport> = fc.record(
    {
      sequence: fc.integer({ min: 0, max: 255 }),
      deviceTime: time,
      lat,
      lon,
      speedKmh: step(2, 255),
      maxSpeedKmh: step(2, 255),
      courseDeg: step(2, 180),
      altitudeM: step(20, 255),
      reasons: fc.uniqueArray(fc.integer({ min: 0, max: 23 })),
      supplyV: byte.map((raw) => raw / 5),
      batteryPercent: byte,
      analogV: byte.map((raw) => raw / 50),
      journeyKm: tenths(65_535),
      idleS: word,
      satellites: fc.integer({ min: 1, max: 15 }),
      signal: fc.integer({ min: 0, max: 15 }),
      extra: fc.record({
        driverId: fc.stringMatching(/^[1-9a-f]{14}$/),
        odometerKm: fc.integer({ min: 0, max: 0xff_ffff }),
        engineHours: fc.integer({ min: 0, max: 0xffff }),
      }),
    },
    {
      requiredKeys: [
        'sequence',
        'deviceTime',
        'lat',
        'lon',
        'speedKmh',
        'maxSpeedKmh',
        'courseDeg',
        'altitudeM',
        'supplyV',
        'batteryPercent',
        'journeyKm',
        'idleS',
        'satellites',
        'signal',
      ],
    },
  );

  test('protocol K, with and without the extra block', () => {
    fc.assert(
      fc.property(imeis, fc.array(kReports, { minLength: 1, maxLength: 6 }), (imei, sent) => {
        const decoded = receive(encodeK({ imei, reports: sent }), fresh);
        expect(decoded.ident).toBe(imei);
        expect(decoded.messages.length).toBe(sent.length);
        for (const [index, report] of sent.entries()) {
          const message = decoded.messages[index] as Message;
          const { deviceTime, speedKmh, courseDeg, altitudeM, satellites, extra } = report;
          expect(message.deviceTime).toBe(deviceTime);
          expect(message.fix).toMatchObject({ lat: report.lat, lon: report.lon, speedKmh, courseDeg, altitudeM, satellites });
          expect(signalOf(message, 'device.supply.voltage')).toBeCloseTo(report.supplyV, 9);
          expect(signalOf(message, 'odometer.trip.value')).toBeCloseTo(report.journeyKm, 9);
          expect(signalOf(message, 'engine.idle.duration')).toBe(report.idleS);
          expect(signalOf(message, 'odometer.device.value')).toBe(extra?.odometerKm);
          expect(stateOf(message, 'behaviour.driver1.id')).toBe(extra?.driverId);
        }
      }),
    );
  });

  test('the login', () => {
    fc.assert(
      fc.property(imeis, fc.constantFrom('X', 'Y', 'Z'), fc.constantFrom('', 'WF0AXXWPMAJB43745'), (imei, protocol, vin) => {
        const decoded = receive(encodeLogin({ imei, model: 'AT240', vin, firmware: '7.0', protocol }), fresh);
        expect([decoded.kind, decoded.ident, decoded.dialect]).toEqual(['login', imei, protocol]);
        expect(stateOf(decoded.messages[0] as Message, 'device.vehicle.vin')).toBe(vin === '' ? undefined : vin);
        expect(stateOf(decoded.messages[0] as Message, 'device.firmware.version')).toBe('7.0');
      }),
    );
  });
});
