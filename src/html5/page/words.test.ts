import { expect, test } from 'vitest';
import { ago, awayNotice, duration, progressText } from './words.ts';

test.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [93_784_000, '26 h 3 min'],
])('%i ms is %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test('how long nothing was taken is said, and what was taken all the same', () => {
  expect(awayNotice('hidden', 200_000, 0)).toBe(
    'The screen was locked or another app was in front for 3 min 20 s. No positions were taken in that time.',
  );
  expect(awayNotice('closed', 60_000, 1)).toMatch(/closed or stood still for 1 min\. 1 position was taken/);
  expect(awayNotice('hidden', 60_000, 2)).toContain('2 positions were taken');
});

test('progress counts down to nothing', () => {
  expect(progressText(120, 500)).toBe('120 m driven, 380 m to go');
  expect(progressText(612, 500)).toBe('612 m driven');
  expect([ago(900), ago(65_000)]).toEqual(['just now', '1 min 5 s ago']);
});
