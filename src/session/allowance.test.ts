import { expect, it } from 'vitest';
import { Allowance, STRANGERS } from './allowance.ts';

it('keeps a thousand ranges of strangers at once, then ten a second, and saves up no more than a thousand', () => {
  let now = 1_000_000;
  const allowance = new Allowance(STRANGERS, () => now);
  const taken = (tries: number) => Array.from({ length: tries }, () => allowance.take()).filter(Boolean).length;
  expect(taken(2_000)).toBe(1_000);
  now += 1_500;
  expect(taken(100)).toBe(15);
  now -= 10_000;
  expect(taken(100)).toBe(0);
  now += 3_600_000;
  expect(taken(2_000)).toBe(1_000);
});
