import { InvalidArgumentError } from 'commander';
import { durationBetween } from './duration-option.ts';

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
const ago = durationBetween(0, 3_650 * 86_400_000);

/** Reads an option that takes an instant: ISO 8601, UTC where it names no zone, or a time ago such as `2h`. Gives epoch ms. */
export function instant(text: string): number {
  if (/^\d+[smhd]$/.test(text)) return Date.now() - ago(text);
  const hasZone = /[T ].*(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const at = ISO.test(text) ? Date.parse(text.length > 10 && !hasZone ? `${text.replace(' ', 'T')}Z` : text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError(
      'It takes a time such as 2026-06-15T12:00:00Z, in UTC where it names no zone, or 2h for two hours ago.',
    );
  return at;
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
