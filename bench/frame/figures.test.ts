import { describe, expect, it } from 'vitest';
import type { Figure } from './bench.ts';
import { FIGURE_HEAD, figureRows, formatNumber } from './figure-rows.ts';
import { joinRuns, meetsTargets, ratiosTo } from './measured.ts';
import { textTable } from './text-table.ts';

const acked = (value: number): Figure => ({
  name: 'acked',
  value,
  unit: 'frames/s',
  better: 'more',
  ceiling: 'bare',
  targetRatio: 0.7,
});
const bare = (value: number): Figure => ({ name: 'bare', value, unit: 'frames/s', better: 'neither' });
const runs = [
  [acked(70), bare(100)],
  [acked(160), bare(200)],
  [acked(90), bare(90)],
];

const verdict = (figures: readonly Figure[]): boolean | null => {
  const all = joinRuns([figures]);
  return meetsTargets(all[0] as (typeof all)[0], all);
};

describe('figures of several runs', () => {
  it('are joined by name, in the order of the runs', () => {
    expect(joinRuns(runs).map(({ name, values }) => [name, values])).toEqual([
      ['acked', [70, 160, 90]],
      ['bare', [100, 200, 90]],
    ]);
  });

  it('must all be there in every run', () => {
    expect(() => joinRuns([[bare(1)], [bare(1), acked(1)]])).toThrow('acked');
  });

  it('are measured against their ceiling run by run', () => {
    const all = joinRuns(runs);
    expect(ratiosTo('bare', all[0] as (typeof all)[0], all)).toEqual([0.7, 0.8, 1]);
    expect(ratiosTo('nothing', all[0] as (typeof all)[0], all)).toEqual([]);
  });

  it('meet their targets by their medians, upwards or downwards', () => {
    expect(verdict([acked(70), bare(100)])).toBe(true);
    expect(verdict([acked(69), bare(100)])).toBe(false);
    expect(verdict([{ name: 'decode', value: 200, unit: 'ns', better: 'less', target: 200 }])).toBe(true);
    expect(verdict([{ name: 'decode', value: 201, unit: 'ns', better: 'less', target: 200 }])).toBe(false);
    expect(verdict([{ name: 'decode', value: 201, unit: 'ns', better: 'less' }])).toBe(null);
    // The ceiling was not measured: what cannot be told is not met.
    expect(verdict([acked(70)])).toBe(false);
  });

  it('are told in a row each', () => {
    expect(figureRows(joinRuns(runs))).toEqual([
      ['acked', '90', '70..160', 'frames/s', '0.80 of bare', '>= 0.70 of bare: met'],
      ['bare', '100', '90..200', 'frames/s', '', ''],
    ]);
    expect(figureRows(joinRuns([[acked(70)]]))).toEqual([
      ['acked', '70', '', 'frames/s', 'no bare', '>= 0.70 of bare: missed'],
    ]);
  });

  it('are told with three digits, or all of their whole part', () => {
    expect([1_234_567.8, 123.4, 12.345, 0.001_234_5, 0, Number.NaN].map(formatNumber)).toEqual([
      '1,234,568',
      '123',
      '12.3',
      '0.00123',
      '0',
      'NaN',
    ]);
  });
});

describe('a table for a terminal', () => {
  it('puts numbers to the right and words to the left', () => {
    expect(
      textTable(FIGURE_HEAD.slice(0, 2), [
        ['decode', '1,200'],
        ['split', '90'],
      ]),
    ).toBe(['figure  median', 'decode   1,200', 'split       90'].join('\n'));
  });
});
