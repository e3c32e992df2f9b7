import { describe, expect, it } from 'vitest';
import { lowerQuartile, median, relativeSpread, spread } from './statistics.ts';

describe('statistics', () => {
  it('gives the middle of an odd number of values, in whatever order they come', () => {
    expect(median([30, 1, 2])).toBe(2);
    expect(median([7])).toBe(7);
  });

  it('gives the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('leaves the values as they were', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('gives the value a quarter lies below', () => {
    expect(lowerQuartile([8, 7, 6, 5, 4, 3, 2, 1])).toBe(3);
    expect(lowerQuartile([9])).toBe(9);
  });

  it('tells how far values lie apart', () => {
    expect(spread([3, 1, 2])).toEqual({ least: 1, greatest: 3 });
    expect(relativeSpread([90, 100, 120])).toBeCloseTo(0.3);
    expect(relativeSpread([0, 0])).toBe(0);
  });
});
