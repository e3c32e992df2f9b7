import { encodeFrame, encodeLogin } from '#protocols/teltonika/encode';
import { exchange } from './sockets.ts';

/** Metres of one step north: six fixes are 500 m and a little. */
const STEP_DEG = 0.000905;
export const MINUTE_MS = 60_000;
const FIXES_IN_A_FRAME = 10;

/** Which fixes of a drive that never ends are sent, and by whom. */
export interface Northward {
  port: number;
  imei: string;
  /** When the drive began, ms. */
  startsAt: number;
  from: number;
  fixes: number;
}

/** Sends fixes a minute and 100 m apart over a connection of its own, and waits until all are acknowledged. */
export async function driveNorth({ port, imei, startsAt, from, fixes }: Northward): Promise<void> {
  const records = Array.from({ length: fixes }, (_, index) => {
    const lat = 40.4 + (from + index) * STEP_DEG;
    const fix = { lat, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 6, courseDeg: 0, satellites: 11 };
    return { deviceTime: startsAt + (from + index) * MINUTE_MS, fix, io: [] };
  });
  const frames = [];
  for (let first = 0; first < fixes; first += FIXES_IN_A_FRAME) {
    frames.push(encodeFrame({ codec: '8e', records: records.slice(first, first + FIXES_IN_A_FRAME) }));
  }
  await exchange({ port, chunks: [encodeLogin(imei), ...frames], expect: 1 + 4 * frames.length, withinMs: 60_000 });
}
