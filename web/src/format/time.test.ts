import { expect, test } from 'vitest';
import { ago } from './time.ts';

const NOW = Date.UTC(2026, 5, 15, 12);

test.each([
  [0, 'just now'],
  [-60_000, 'just now'],
  [59_000, '59s ago'],
  [61_000, '1m ago'],
  [7_300_000, '2h ago'],
  [3 * 86_400_000, '3d ago'],
  [40 * 86_400_000, 'May 6, 2026'],
])('%i ms ago is "%s"', (ms, says) => {
  expect(ago(NOW - ms, NOW)).toBe(says);
  expect(ago(new Date(NOW - ms).toISOString(), NOW)).toBe(says);
});
