import { describe, expect, it } from 'vitest';
import { CommitPace } from './commit-pace.ts';

/** A pace whose clock is moved by hand. */
function paceAt(start: number) {
  const clock = { now: start };
  const pace = new CommitPace(() => clock.now);
  const commit = (tookMs: number) =>
    pace.timed(() => {
      clock.now += tookMs;
      return Promise.resolve();
    });
  return { clock, pace, commit };
}

describe('The pace of commits', () => {
  it('lets the first one begin at once, and a quick one be followed soon', async () => {
    const { pace, commit } = paceAt(5_000);
    expect(pace.waitMs).toBe(0);
    await commit(1);
    expect([pace.waitMs, pace.everyMs]).toEqual([100, 200]);
  });

  it('puts the next one off by a hundred times of what the last one took, and no further than two seconds', async () => {
    const { clock, pace, commit } = paceAt(0);
    await commit(6);
    expect([pace.waitMs, pace.everyMs]).toEqual([600, 600]);
    clock.now += 500;
    expect(pace.waitMs).toBe(100);
    clock.now += 500;
    expect(pace.waitMs).toBe(0);
    await commit(400);
    expect([pace.waitMs, pace.everyMs]).toEqual([2_000, 2_000]);
  });

  it('counts a commit that fails, and says why it has', async () => {
    const { pace, commit } = paceAt(0);
    await commit(30);
    await expect(pace.timed(() => Promise.reject(new Error('the store is away')))).rejects.toThrow('the store is away');
    expect(pace.waitMs).toBe(0);
  });
});
