import type { EpochMs } from '#model/clocks';
import type { VehicleState } from '../vehicle.ts';
import { ROADS, type Road } from '../road.ts';

/** What a cloud knows of a vehicle on the road. */
export type CloudState = Pick<VehicleState, 'at' | 'lat' | 'lon' | 'courseDeg' | 'speedKmh' | 'odometerM'>;

export interface DriveOptions {
  /** When the last state is from. */
  until: EpochMs;
  minutes: number;
  /** Between two states, ms. */
  everyMs: number;
  /** What the dashboard shows at the end. */
  odometerKm: number;
}

const SPEED_KMH = 50;
const METRES_PER_MS = SPEED_KMH / 3_600;

/**
 * States of a vehicle that has been driving for so long, oldest first. It drives up and down its road for ever: where it is at an
 * instant is the same whenever it is asked, so that one drive goes on where another ended.
 */
export function driveOf({ until, minutes, everyMs, odometerKm }: DriveOptions): CloudState[] {
  const road = ROADS[0] as Road;
  const count = Math.floor((minutes * 60_000) / everyMs) + 1;
  return Array.from({ length: count }, (_, i) => {
    const ago = (count - 1 - i) * everyMs;
    const at = until - ago;
    const place = road.at(at * METRES_PER_MS);
    return { ...place, at, speedKmh: SPEED_KMH, odometerM: odometerKm * 1_000 - ago * METRES_PER_MS };
  });
}
