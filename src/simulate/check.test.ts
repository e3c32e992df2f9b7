import { describe, expect, it } from 'vitest';
import { reckon } from './check.ts';

describe('the reckoning', () => {
  it('finds nothing where everything acknowledged is stored once, whatever else is', () => {
    expect(reckon('1', [10, 20], [10, 20, 30])).toEqual({ ident: '1', acknowledged: 2, stored: 2, missing: [], twice: [] });
  });

  it('names what is missing and what is there twice', () => {
    expect(reckon('1', [10, 20, 20], [10, 10])).toMatchObject({ acknowledged: 2, stored: 1, missing: [20], twice: [10] });
  });
});
