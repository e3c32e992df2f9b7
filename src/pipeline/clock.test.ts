import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repairClock } from './clock.ts';

const rules = { maxFutureMs: 600_000 };
const receivedAt = Date.UTC(2026, 5, 1, 12);

describe('clock repair', () => {
  it('leaves a sane clock as it is, also one that is years late', () => {
    expect(repairClock(receivedAt - 5_000, null, receivedAt, rules)).toEqual({
      observedAt: receivedAt - 5_000,
      clockRepair: 'none',
    });
    const late = Date.UTC(2019, 0, 1);
    expect(repairClock(late, null, receivedAt, rules)).toEqual({ observedAt: late, clockRepair: 'none' });
  });

  it('takes the time of receipt for a device without a clock', () => {
    expect(repairClock(null, null, receivedAt, rules)).toEqual({ observedAt: receivedAt, clockRepair: 'missing' });
  });

  it('takes the time of the fix where the device still believes in 1980', () => {
    const unset = Date.UTC(1980, 0, 6);
    expect(repairClock(unset, receivedAt - 2_000, receivedAt, rules)).toEqual({
      observedAt: receivedAt - 2_000,
      clockRepair: 'past',
    });
    expect(repairClock(unset, unset, receivedAt, rules)).toEqual({ observedAt: receivedAt, clockRepair: 'past' });
  });

  it('does not believe a clock further ahead than allowed', () => {
    expect(repairClock(receivedAt + 600_000, null, receivedAt, rules).clockRepair).toBe('none');
    expect(repairClock(receivedAt + 600_001, null, receivedAt, rules)).toEqual({
      observedAt: receivedAt,
      clockRepair: 'future',
    });
  });

  it('adds the 1,024 weeks that an old receiver has lost', () => {
    const right = receivedAt - 60_000;
    const rolled = right - 1_024 * 7 * 86_400_000;
    expect(repairClock(rolled, null, receivedAt, rules)).toEqual({ observedAt: right, clockRepair: 'rollover' });
  });

  it('never gives a time later than allowed or before 2010, whatever the device says', () => {
    const any = fc.option(fc.integer({ min: 0, max: 2 ** 48 }), { nil: null });
    fc.assert(
      fc.property(any, any, (deviceTime, fixTime) => {
        const { observedAt } = repairClock(deviceTime, fixTime, receivedAt, rules);
        return observedAt <= receivedAt + Math.max(rules.maxFutureMs, 86_400_000) && observedAt >= Date.UTC(2010, 0, 1);
      }),
    );
  });
});
