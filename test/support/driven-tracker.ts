/** A tracker with a day behind it, for tests and pictures of the console: registered, connected, with trips, events and frames. */
import { withLuhnDigit } from '#model/ident';
import { encodeFrame, encodeLogin, type EncodedIo } from '#protocols/teltonika/encode';
import { ROADS } from '../../src/simulate/road.ts';
import { Vehicle } from '../../src/simulate/vehicle.ts';
import type { RunningGateway } from './running-gateway.ts';
import { exchange } from './sockets.ts';

const STEP_MS = 5_000;
const MINUTE_MS = 60_000;
const IN_A_FRAME = 4;
const IMEI = withLuhnDigit('35963210200017');

export interface DrivenTracker {
  oid: string;
  imei: string;
}

/** Registers it, has it validated, and sends two trips that ended before `now`, the second some minutes ago. */
export async function driveTracker(gateway: RunningGateway, now: number): Promise<DrivenTracker> {
  const registration = {
    tracker_id: IMEI,
    provider: 'astrata',
    type: 'obd',
    vehicle_type: 'van',
    object_id: { license_plate: '4821 LKM', make: 'Ford', model: 'Transit', vin: 'WF0XXXTTGXKR00017' },
  };
  const { body: made } = await gateway.ask('POST', '/v1/trackers/register', registration);
  const { oid } = made as { oid: string };
  await gateway.ask('POST', '/v1/trackers/validate', { tracker_id: IMEI, provider: 'astrata' });
  const tracker = { oid, imei: IMEI };
  await drive(gateway, tracker, now - 170 * MINUTE_MS, 34);
  await drive(gateway, tracker, now - 52 * MINUTE_MS, 26);
  return tracker;
}

/** Drives it from a time on, with a place every five seconds, and waits until all is stored. */
export async function drive(
  gateway: RunningGateway,
  { imei }: DrivenTracker,
  startsAt: number,
  minutes: number,
): Promise<void> {
  const vehicle = new Vehicle(ROADS[0] as (typeof ROADS)[number], 17, startsAt);
  const steps = (minutes * MINUTE_MS) / STEP_MS;
  const records = Array.from({ length: steps }, (_, i) => {
    const at = startsAt + i * STEP_MS;
    const state = vehicle.driveTo(at);
    const isEnd = i === steps - 1;
    const { lat, lon, speedKmh, courseDeg, satellites, rpm, coolantC, fuelPercent, odometerM, supplyV } = state;
    const io: EncodedIo[] = [
      [239, 1, isEnd ? 0 : 1],
      [240, 1, speedKmh > 0 ? 1 : 0],
      [21, 1, 4],
      [89, 1, fuelPercent],
      [66, 2, Math.round(supplyV * 1_000)],
      [85, 2, rpm],
      [115, 2, Math.round(coolantC * 10)],
      [87, 4, odometerM],
    ];
    const eventId = i === 0 || isEnd ? 239 : 0;
    return { deviceTime: at, eventId, fix: { lat, lon, valid: true, altitudeM: 650, speedKmh, courseDeg, satellites }, io };
  });
  const frames = [];
  for (let first = 0; first < records.length; first += IN_A_FRAME)
    frames.push(encodeFrame({ codec: '8e', records: records.slice(first, first + IN_A_FRAME) }));
  const chunks = [encodeLogin(imei), ...frames];
  await exchange({ port: gateway.port(), chunks, expect: 1 + 4 * frames.length, withinMs: 30_000 });
  await gateway.stored();
}
