/** Times as people read them. Pure. */

const STEPS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];
const NEAR = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' });
const FAR = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const WHOLE = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const SHORT = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
/** Beyond that, a date says more than a number of days, ms. */
const NEAR_MS = 30 * 86_400_000;

/** How long ago something was: `just now`, `5m ago`, `3d ago`, then its date. */
export function ago(at: string | number, now: number): string {
  const ms = now - new Date(at).getTime();
  if (ms < 5_000) return 'just now';
  if (ms > NEAR_MS) return FAR.format(new Date(at));
  const [size, unit] = STEPS.find(([each]) => ms >= each) ?? [1_000, 'second'];
  return NEAR.format(-Math.floor(ms / size), unit);
}

/** The time itself, in the zone of whoever reads it. */
export const whole = (at: string | number): string => WHOLE.format(new Date(at));

/** The time itself, short: its day, hour and minute. */
export const short = (at: string | number): string => SHORT.format(new Date(at));

const UNITS: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** How long something took: its two greatest units. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const first = UNITS.findIndex(([size]) => all >= size);
  if (first === -1) return '0 s';
  let rest = all;
  const parts = UNITS.slice(first, first + 2).flatMap(([size, unit]) => {
    const number = Math.floor(rest / size);
    rest -= number * size;
    return number === 0 ? [] : [`${number} ${unit}`];
  });
  return parts.join(' ');
}
