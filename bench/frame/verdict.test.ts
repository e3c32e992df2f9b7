import { describe, expect, it } from 'vitest';
import { guardedFigures, judge, type BaselineFigure } from './verdict.ts';

const baseline = (values: readonly number[], better: 'less' | 'more' = 'less'): BaselineFigure => ({
  name: 'decode',
  better,
  guard: { over: 'calibration' },
  median: values[values.length >>> 1] as number,
  values,
});

describe('the verdict on a figure', () => {
  it('tolerates a fifth where the runs of the baseline lie close together', () => {
    expect(judge(baseline([9.9, 10, 10.1]), [11, 11.9, 14]).isRegression).toBe(false);
    expect(judge(baseline([9.9, 10, 10.1]), [11, 12.1, 14]).isRegression).toBe(true);
  });

  it('tolerates one and a half times the distance of the runs where they lie apart', () => {
    expect(judge(baseline([8, 10, 12]), [15.9]).isRegression).toBe(false);
    expect(judge(baseline([8, 10, 12]), [16.1]).isRegression).toBe(true);
  });

  it('looks at the median, not at one bad run', () => {
    expect(judge(baseline([10]), [10, 50, 10]).isRegression).toBe(false);
  });

  it('counts less as worse where more is better', () => {
    expect(judge(baseline([10], 'more'), [8.4]).isRegression).toBe(false);
    expect(judge(baseline([10], 'more'), [8.2])).toMatchObject({
      isRegression: true,
      measured: 8.2,
      baseline: 10,
      tolerance: 0.2,
    });
  });

  it('finds nothing in what became better', () => {
    expect(judge(baseline([10]), [1])).toMatchObject({ isRegression: false, worseBy: -0.9 });
  });
});

describe('guarded figures', () => {
  const calibration = { name: 'calibration', unit: 'ns', better: 'neither' as const, values: [100, 200] };

  it('are divided run by run by what they are guarded over, or taken alone', () => {
    const decode = { name: 'decode', unit: 'ns', better: 'less' as const, guard: { over: 'calibration' }, values: [50, 300] };
    const syncs = { name: 'syncs', unit: 'syncs', better: 'less' as const, guard: 'alone' as const, values: [1, 1] };
    const unguarded = { name: 'heap', unit: 'bytes', better: 'less' as const, values: [9, 9] };
    expect(guardedFigures([calibration, decode, syncs, unguarded])).toEqual([
      { name: 'decode', better: 'less', guard: { over: 'calibration' }, median: 1, values: [0.5, 1.5] },
      { name: 'syncs', better: 'less', guard: 'alone', median: 1, values: [1, 1] },
    ]);
  });

  it('must have what they are guarded over', () => {
    const decode = { name: 'decode', unit: 'ns', better: 'less' as const, guard: { over: 'loop' }, values: [50, 300] };
    expect(() => guardedFigures([calibration, decode])).toThrow('decode');
  });
});
