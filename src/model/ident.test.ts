import { describe, expect, it } from 'vitest';
import { hasLuhnDigit, isImei, withLuhnDigit } from './ident.ts';

describe('the Luhn digit', () => {
  // The example most descriptions of the algorithm use, and an IMEI of the range for tests.
  it.each(['79927398713', '001010010010005'])('holds for %s and is the one added to its other digits', (digits) => {
    expect(hasLuhnDigit(digits)).toBe(true);
    expect(withLuhnDigit(digits.slice(0, -1))).toBe(digits);
  });

  it('holds for one last digit of ten, and for nothing but digits', () => {
    const right = Array.from({ length: 10 }, (_, digit) => `7992739871${digit}`).filter(hasLuhnDigit);
    expect(right).toEqual(['79927398713']);
    expect(['', '0', '7992739871x'].map(hasLuhnDigit)).toEqual([false, false, false]);
    expect(isImei('79927398713')).toBe(false);
  });
});
