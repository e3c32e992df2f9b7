import { expect, it } from 'vitest';
import { slopePerHour } from './slope.ts';

it('is what a line rises in an hour, whatever swings about it', () => {
  const line = Array.from({ length: 361 }, (_, i) => ({ seconds: i * 10, value: 200 + i / 36 }));
  expect(slopePerHour(line)).toBeCloseTo(10, 9);
  const saw = line.map(({ seconds, value }, i) => ({ seconds, value: value + (i % 2 === 0 ? 30 : -30) }));
  expect(slopePerHour(saw)).toBeCloseTo(10, 0);
  expect(slopePerHour(line.map(({ seconds }) => ({ seconds, value: 7 })))).toBeCloseTo(0, 9);
});
