import { expect, test } from 'vitest';
import { amount, bytes, lasting } from './amount.ts';

test.each([
  [0, '0'],
  [0.04, '0.04'],
  [3.14, '3.1'],
  [99, '99'],
  [1_234.5, '1,235'],
])('%d is %s', (value, says) => expect(amount(value)).toBe(says));

test.each([
  [0, '0 B'],
  [1_023, '1,023 B'],
  [1_536, '1.5 KiB'],
  [10 * 2 ** 30, '10 GiB'],
  [5_000 * 2 ** 40, '5,000 TiB'],
])('%d bytes are %s', (value, says) => expect(bytes(value)).toBe(says));

test.each([
  [2.5, '2.5 ms'],
  [1_500, '1.5 s'],
  [59_000, '59 s'],
  [61_000, '1 min 1 s'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
])('%d ms are %s', (value, says) => expect(lasting(value)).toBe(says));
