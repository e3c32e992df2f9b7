/** Durations as people write them, on a command line and in an address. */
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration such as `30s`, `5m`, `24h` or `2d`; gives milliseconds, or `null` where it is none. */
export function parseDuration(text: string): number | null {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return unit === undefined ? null : Number(digits) * (UNITS[unit] as number);
}
