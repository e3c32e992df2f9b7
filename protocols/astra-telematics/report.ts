/** What reports of all protocols share: their message, its identity, and the fix in it. */
import { fault, type Fault } from '#errors/fault';
import type { Trace } from '#protocols/explain/trace';
import type { Fix, Message } from '#model/message';
import { emptyMessage } from '#model/message';
import { MORE_TO_FOLLOW, STORED } from './flags.ts';
import { fromDeviceSeconds, isSaneTime } from './time.ts';
import { i32 } from './read.ts';

/**
 * Makes the message of the report in `[from, end)`. Its identity is the report's bytes without the two status bits that a
 * resend may change: whether more reports follow, and whether it was stored. `statusAt` is the byte that holds them.
 */
export function newReportMessage(bytes: Uint8Array, from: number, end: number, statusAt: number): Message {
  const identity = new Uint8Array(end - from);
  for (let i = 0; i < identity.length; i++) identity[i] = bytes[from + i] as number;
  identity[statusAt - from] = (identity[statusAt - from] as number) & ~(MORE_TO_FOLLOW | STORED);
  return emptyMessage(identity);
}

/** Where the parts of a fix stand in the bytes. */
export interface FixPlaces {
  /** Latitude and, after it, longitude: i32, 1e-6 degrees. */
  readonly lat: number;
  /** u8, 2 km/h. */
  readonly speed: number;
  /** u8, 2 degrees. */
  readonly course: number;
  /** u8, 20 m. */
  readonly altitude: number;
}

/**
 * Reads a fix. `null`, and a `decode_range` fault, for coordinates that are on no globe. A fix at 0/0 is what a receiver says
 * that never had one: it is not valid.
 */
export function readFix(bytes: Uint8Array, at: FixPlaces, fixSeconds: number, valid: boolean, faults: Fault[]): Fix | null {
  const lat = i32(bytes, at.lat) / 1e6;
  const lon = i32(bytes, at.lat + 4) / 1e6;
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) {
    faults.push(fault('decode_range', at.lat, `latitude ${lat}, longitude ${lon}`));
    return null;
  }
  const courseDeg = (bytes[at.course] as number) * 2;
  return {
    lat,
    lon,
    fixTime: fixSeconds === 0 ? null : fromDeviceSeconds(fixSeconds),
    valid: valid && !(lat === 0 && lon === 0),
    altitudeM: (bytes[at.altitude] as number) * 20,
    speedKmh: (bytes[at.speed] as number) * 2,
    courseDeg: courseDeg <= 360 ? courseDeg : null,
    satellites: null,
    hdop: null,
  };
}

/** The parts of a fix, where they stand. */
export function nameFix(trace: Trace, { lat, speed, course, altitude }: FixPlaces): void {
  trace.field('latitude', lat, lat + 4, { part: 'fix.lat', meaning: '1e-6 degrees' });
  trace.field('longitude', lat + 4, lat + 8, { part: 'fix.lon', meaning: '1e-6 degrees' });
  trace.field('speed', speed, speed + 1, { part: 'fix.speedKmh', meaning: '2 km/h' });
  trace.field('heading', course, course + 1, { part: 'fix.courseDeg', meaning: '2 degrees' });
  trace.field('altitude', altitude, altitude + 1, { part: 'fix.altitudeM', meaning: '20 m' });
}

/** Tells whether a clock was set when a report was made: an unset one counts from 1980. */
export function isClockSet(seconds: number): boolean {
  return isSaneTime(fromDeviceSeconds(seconds));
}
