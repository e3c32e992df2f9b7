/** How explanations say times and numbers. */
import type { EpochMs } from '#model/clocks';

/** A time in UTC, to the second. */
export function utc(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

const UNITS: readonly [ms: number, unit: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A duration, in the greatest unit that counts to one at least. */
export function duration(ms: number): string {
  const found = UNITS.find(([unitMs]) => ms >= unitMs);
  return found === undefined ? '0 s' : `${Math.floor(ms / found[0])} ${found[1]}`;
}

/** How long ago. */
export function ago(earlier: EpochMs, at: EpochMs): string {
  return at - earlier < 1_000 ? 'now' : `${duration(at - earlier)} ago`;
}

/** A number with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names, at most a few of them. */
export function some(names: readonly string[], most = 3): string {
  const left = names.length - most;
  return left > 0 ? `${names.slice(0, most).join(', ')} and ${left} more` : names.join(', ');
}
