import { expect, test } from 'vitest';
import { isFiltered, queryOf, wishOf } from './query.ts';

test('an address without words wants all that is still in quarantine', () => {
  const wish = wishOf(new URLSearchParams(''));
  expect(queryOf(wish)).toEqual({ state: 'open' });
  expect(isFiltered(wish)).toBe(false);
});

test('what an address names is asked for, without blanks around it and without what is empty', () => {
  const wish = wishOf(new URLSearchParams('code=decode_range&ident=%20356%20&listener=&state=all'));
  expect(queryOf(wish)).toEqual({ state: 'all', code: 'decode_range', ident: '356' });
  expect(isFiltered(wish)).toBe(true);
});

test('a state that there is not is none', () => {
  expect(wishOf(new URLSearchParams('state=gone')).state).toBe('open');
});
