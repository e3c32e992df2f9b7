/**
 * The clock of the devices: seconds since 1980-01-06T00:00:00, the epoch of GPS. Nobody who reads the protocol, the maker
 * included, corrects for leap seconds, and captured reports agree with their fixes that way.
 */
import type { EpochMs } from '#model/clocks';

/** 1980-01-06 as Unix seconds. */
export const EPOCH_S = 315_964_800;

/** Device seconds as epoch ms. */
export function fromDeviceSeconds(seconds: number): EpochMs {
  return (seconds + EPOCH_S) * 1000;
}

/** Epoch ms as whole device seconds; 0 for any time before their epoch. */
export function toDeviceSeconds(time: EpochMs): number {
  return Math.max(0, Math.round(time / 1000) - EPOCH_S);
}

const SANE_FROM = Date.UTC(2005, 0, 1);
const SANE_TO = Date.UTC(2070, 0, 1);

/** Tells whether a report can have been made then: after the first of these devices, and in no far future. */
export function isSaneTime(time: EpochMs): boolean {
  return time >= SANE_FROM && time < SANE_TO;
}
