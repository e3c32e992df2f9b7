import { expect, test } from 'vitest';
import { duration } from './time.ts';
import { sayMetres, sayValue, unitName } from './units.ts';

test.each([
  [0, '0 s'],
  [59_000, '59 s'],
  [60_000, '1 min'],
  [3_723_000, '1 h 2 min'],
  [90_061_000, '1 d 1 h'],
])('%i ms take %s', (ms, says) => {
  expect(duration(ms)).toBe(says);
});

test('values have the sign of their unit', () => {
  expect(sayValue(24.079, 'volt')).toBe('24.079 V');
  expect(sayValue(true, null)).toBe('yes');
  expect(sayValue(21, unitName('CEL'))).toBe('21 °C');
  expect(sayValue(3, unitName('C62'))).toBe('3');
  expect([sayMetres(12.4), sayMetres(1_240), sayMetres(123_400)]).toEqual(['12 m', '1.2 km', '123 km']);
});
