import type { EpochMs } from '#model/clocks';

/** A time as a log without a time zone says it. */
export interface WallTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
}

/** Turns a wall clock's time into UTC; `null` where there is no such time. */
export type LocalTime = (time: WallTime) => EpochMs | null;

const HOUR_MS = 3_600_000;
/** Latest time a JavaScript date can have. */
const LAST_MS = 8_640_000_000_000_000;

/** A wall clock that shows UTC. */
export function utcTime({ year, month, day, hour, minute, second, ms }: WallTime): EpochMs | null {
  const at = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const made = new Date(at);
  const same = made.getUTCMonth() === month - 1 && made.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return same ? at : null;
}

/**
 * Makes the clock of a time zone, `Europe/Madrid` or `+02:00`; `null` where there is none of that name. An hour that a change of
 * the clocks repeats is taken as its first, one that it leaves out as the time the clock would have shown.
 */
export function timeZone(name: string): LocalTime | null {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(name) ?? [];
  if (sign !== undefined) {
    const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000);
    return (time) => minus(utcTime(time), offsetMs);
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return null;
  }
  // Lines of a log come in order: the offset is asked for once an hour of them.
  let cached = { hour: Number.NaN, offsetMs: 0 };
  return (time) => {
    const shown = utcTime(time);
    if (shown === null) return null;
    const hour = Math.floor(shown / HOUR_MS);
    if (cached.hour !== hour) cached = { hour, offsetMs: offsetOf(format, hour * HOUR_MS) };
    return shown - cached.offsetMs;
  };
}

function minus(at: EpochMs | null, offsetMs: number): EpochMs | null {
  return at === null ? null : at - offsetMs;
}

/** The offset in force when clocks of the zone show this time: that of half a day before, unless the clocks have changed since. */
function offsetOf(format: Intl.DateTimeFormat, shown: EpochMs): number {
  const before = offsetAt(format, shown - 12 * HOUR_MS);
  return offsetAt(format, shown - before) === before
    ? before
    : offsetAt(format, shown - offsetAt(format, shown + 12 * HOUR_MS));
}

function offsetAt(format: Intl.DateTimeFormat, at: EpochMs): number {
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000);
}

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z?[+-]\d\d:?\d\d|Z)?$/;

/**
 * Reads `2026-08-21T09:18:51.123Z` and its relatives: a blank for the T, any offset, mosquitto's `Z+0000`. Where no offset is
 * said, `local` tells. Gives `null` for what is no time.
 */
export function parseDateTime(text: string, local: LocalTime): EpochMs | null {
  const [whole, year, month, day, hour, minute, second = '0', fraction = '0', offset] = DATE_TIME.exec(text) ?? [];
  if (whole === undefined) return null;
  const time: WallTime = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    ms: Math.floor(Number(`0.${fraction}`) * 1_000),
  };
  if (offset === undefined) return local(time);
  if (offset === 'Z') return utcTime(time);
  return timeZone(offset.replace('Z', ''))?.(time) ?? null;
}

/** Reads a number since 1970 in seconds, or by its size in milli-, micro- or nanoseconds; `null` for what can be none. */
export function parseEpoch(value: number): EpochMs | null {
  if (!Number.isFinite(value) || value < 0) return null;
  let ms = value / 1_000_000;
  if (value < 1e11) ms = value * 1_000;
  else if (value < 1e14) ms = value;
  else if (value < 1e17) ms = value / 1_000;
  // Fractions of a second, and whole nanoseconds, are a little off in binary: by less than a microsecond.
  ms += 0.000_5;
  return ms <= LAST_MS ? Math.floor(ms) : null;
}

/** Reads whole seconds and a fraction of any length, both in digits, without the error of a floating point number. */
export function epochOf(seconds: string, fraction: string): EpochMs | null {
  const ms = Number(seconds) * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return ms <= LAST_MS ? ms : null;
}
