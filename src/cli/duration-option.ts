import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads an option that takes a duration such as `30s`, `5m`, `24h` or `2d`; gives milliseconds. */
export function durationBetween(minMs: number, maxMs: number): (text: string) => number {
  return (text) => {
    const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
    const ms = Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
    if (!(ms >= minMs && ms <= maxMs))
      throw new InvalidArgumentError(
        `It takes a time such as 30s, 5m, 24h or 2d, from ${minMs / 1_000} s to ${maxMs / 1_000} s.`,
      );
    return ms;
  };
}
