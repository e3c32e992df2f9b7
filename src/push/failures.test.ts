import { expect, test } from 'vitest';
import { FailureLimit } from './failures.ts';

test('an address that fails more often than it may waits for the rest of the window, and begins anew behind it', () => {
  let now = 0;
  const failures = new FailureLimit(2, 1_000, () => now);
  const waits = (): number[] => [failures.waitMs('a'), failures.waitMs('b')];
  failures.note('a');
  now = 400;
  failures.note('a');
  expect(waits()).toEqual([0, 0]);
  failures.note('a');
  expect(waits()).toEqual([600, 0]);
  now = 1_000;
  expect(waits()).toEqual([0, 0]);
  failures.note('a');
  expect(waits()).toEqual([0, 0]);
});

test('a bounded number of addresses is remembered, those that failed last', () => {
  const failures = new FailureLimit(0, 1_000, () => 0);
  for (let i = 0; i < 6_000; i++) failures.note(`10.0.0.${i}`);
  expect([failures.waitMs('10.0.0.0'), failures.waitMs('10.0.0.5999')]).toEqual([0, 1_000]);
});
