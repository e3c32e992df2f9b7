/** Where the vehicle of a load-generating device is: a straight road east and back again at 50 km/h, a record a second. */
import { withLuhnDigit } from '#model/ident';

export const RECORD_EVERY_MS = 1_000;
export const SPEED_KMH = 50;
/** What that makes of longitude between two records, about, in the 1e-7 degrees of the wire. */
const STEP_E7 = 1_600;
/** Records until it turns. */
const LEG = 3_600;
const STEP_M = 14;

/** Number of a device as an IMEI. */
export function identOf(device: number): string {
  return withLuhnDigit(String(35_630_705_000_000 + device));
}

/** Latitude of the road of a device, degrees. */
export function latitudeOf(device: number): number {
  return 36 + (device % 60_000) * 0.0001;
}

/** Longitude of the `n`th record, 1e-7 degrees. */
export function longitudeE7(n: number): number {
  const along = n % (2 * LEG);
  return -40_000_000 + STEP_E7 * (along < LEG ? along : 2 * LEG - along);
}

/** Odometer at the `n`th record, m. */
export function odometerM(n: number): number {
  return 50_000_000 + STEP_M * n;
}
