import { expect, test } from 'vitest';
import { vinCheckDigit, vinProblem } from './vin.ts';

test('the check digit is that of the examples of the regulation and of known vehicles', () => {
  // All ones, a number whose digit is X (remainder ten), and one of a passenger car.
  expect(vinCheckDigit('11111111111111111')).toBe('1');
  expect(vinCheckDigit('1M8GDM9AXKP042788')).toBe('X');
  expect(vinCheckDigit('5YJ3E1EA7HF000337')).toBe('7');
});

test('a VIN of North America or China is refused when its check digit is wrong', () => {
  expect(vinProblem('1M8GDM9AXKP042788')).toBeNull();
  expect(vinProblem('1M8GDM9A1KP042788')).toMatch(/check digit, which is "X"/);
  expect(vinProblem('LSGDM9A12KP042788')).toMatch(/check digit/);
});

test('a VIN of Europe is not asked for a check digit', () => {
  expect(vinProblem('WF0AXXWPMAJB43745')).toBeNull();
  expect(vinProblem('wf0axxwpmajb43745')).toBeNull();
});

test.each([
  ['WF0AXXWPMAJB4374', /17 characters, this has 16/],
  ['WF0AXXWPMAJB4374O', /"O" at position 17/],
  ['WF0AXXWPMAIB43745', /"I" at position 11/],
  ['', /this has 0/],
])('%j is no VIN', (text, reason) => {
  expect(vinProblem(text)).toMatch(reason);
});
