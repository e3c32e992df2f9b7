import { InvalidArgumentError } from 'commander';
import { parseDuration } from '#model/duration';

/** Reads an option that takes a duration such as `30s`, `5m`, `24h` or `2d`; gives milliseconds. */
export function durationBetween(minMs: number, maxMs: number): (text: string) => number {
  return (text) => {
    const ms = parseDuration(text);
    if (ms === null || ms < minMs || ms > maxMs)
      throw new InvalidArgumentError(
        `It takes a time such as 30s, 5m, 24h or 2d, from ${minMs / 1_000} s to ${maxMs / 1_000} s.`,
      );
    return ms;
  };
}
