/** What each cloud pushes of a vehicle on the road, in the form its documentation gives (docs/push-mappings.md has the fields). */
import { randomUUID } from 'node:crypto';
import type { CloudState } from './drive.ts';

/** Makes the bodies of a drive, in order. */
type Encode = (vehicle: string, states: readonly CloudState[]) => readonly object[];

const iso = (at: number): string => new Date(at).toISOString();
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const each =
  (encode: (vehicle: string, state: CloudState) => object): Encode =>
  (vehicle, states) =>
    states.map((state) => encode(vehicle, state));

/** CarData stream: one message for a state, each value with the time it was measured. */
const bmw = each((vin, state) => {
  const timestamp = iso(state.at);
  const place = 'vehicle.cabin.infotainment.navigation.currentLocation';
  return {
    vin,
    timestamp,
    data: {
      [`${place}.latitude`]: { value: round(state.lat, 6), unit: 'degrees', timestamp },
      [`${place}.longitude`]: { value: round(state.lon, 6), unit: 'degrees', timestamp },
      [`${place}.heading`]: { value: Math.round(state.courseDeg), unit: 'degrees', timestamp },
      'vehicle.vehicle.travelledDistance': { value: Math.round(state.odometerM / 1_000), unit: 'km', timestamp },
      'vehicle.isMoving': { value: state.speedKmh > 0, unit: null, timestamp },
    },
  };
});

/** Push API 1.0: values are texts, with their type beside them. */
const mercedesBenz = each((vin, state) => {
  const signal = (name: string, value: number, type: 'double' | 'integer'): object => ({
    name,
    timestamp: state.at,
    value: String(value),
    type,
  });
  const signals = [
    signal('Position.LastKnown.Latitude', round(state.lat, 6), 'double'),
    signal('Position.LastKnown.Longitude', round(state.lon, 6), 'double'),
    signal('Position.LastKnown.Heading', round(state.courseDeg, 2), 'double'),
    signal('Driving.Speed.Current', state.speedKmh, 'integer'),
    signal('Driving.Odometer.Lifetime', Math.round(state.odometerM / 1_000), 'integer'),
  ];
  return {
    messageId: randomUUID(),
    vin,
    timestamp: state.at + 200,
    messageType: 'vehiclesignal',
    version: '1',
    serviceId: '1001',
    sendingBehaviour: 'ON_INTERVAL_15_SEC',
    data: { signals },
  };
});

/** Monitor callback of the B2B Web API 3. */
const stellantis = each((vin, state) => {
  const createdAt = iso(state.at);
  const position = {
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [round(state.lon, 6), round(state.lat, 6), 650] },
    properties: { createdAt, heading: Math.round(state.courseDeg), signalQuality: 9, type: 'Acquire', fixStatus: '3D' },
  };
  const mileage = round(state.odometerM / 1_000, 1);
  const vehicle = { odometer: { mileage }, kinetic: { speed: state.speedKmh, moving: state.speedKmh > 0 } };
  const event = {
    fleetId: 'simulated-fleet',
    vin,
    eventDate: createdAt,
    refresh: false,
    values: [{ data: 'vehicle.odometer.mileage', value: { type: 'string', body: { literalValue: String(mileage) } } }],
    extensions: [
      { type: 'vehicle.position', body: { position } },
      { type: 'vehicle.telemetry', body: { telemetry: { createdAt, vehicle } } },
    ],
  };
  return { monitorId: 'monitor-1', attributes: [], events: [event] };
});

/** The list of an owner's scooters, as a poller posts it. */
const silence = each((imei, state) => {
  const time = iso(state.at);
  const scooter = {
    id: 'scooter-1',
    model: 'S01',
    imei,
    frameNo: 'VXS00000000000042',
    batterySoc: 76,
    odometer: round(state.odometerM / 1_000, 1),
    velocity: state.speedKmh,
    status: 2,
    lastReportTime: time,
    lastLocation: {
      latitude: round(state.lat, 6),
      longitude: round(state.lon, 6),
      altitude: 650,
      currentSpeed: state.speedKmh,
      time,
    },
  };
  return [scooter];
});

/** Fixes of the tracker page, a few in each request. They do not say whose they are: the endpoint does. */
const html5: Encode = (_device, states) => {
  const fixes = states.map((state, i) => ({
    id: randomUUID(),
    seq: i + 1,
    timestamp: state.at,
    coords: {
      latitude: round(state.lat, 6),
      longitude: round(state.lon, 6),
      accuracy: 8,
      altitude: 650,
      heading: round(state.courseDeg, 1),
      speed: round(state.speedKmh / 3.6, 2),
    },
  }));
  return Array.from({ length: Math.ceil(fixes.length / FIXES_A_BODY) }, (_, i) =>
    fixes.slice(i * FIXES_A_BODY, (i + 1) * FIXES_A_BODY),
  );
};
const FIXES_A_BODY = 5;

/** By provider, which is also the name of the decoder. */
export const PUSHED_BODIES = { bmw, 'mercedes-benz': mercedesBenz, stellantis, silence, html5 } as const satisfies Record<
  string,
  Encode
>;
export type PushingProvider = keyof typeof PUSHED_BODIES;
