import { describe, expect, it } from 'vitest';
import { momentFor, Turns } from './turns.ts';

describe('The turns of the pipeline', () => {
  it('are over after a moment, and begin anew with the next turn of the event loop', async () => {
    const clock = { now: 100_000 };
    const turns = new Turns(
      () => clock.now,
      () => clock.now,
    );
    expect(turns.isOver(100_000)).toBe(true);
    await turns.next();
    expect(turns.isOver(100_000)).toBe(false);
    clock.now += 1;
    expect(turns.isOver(100_000)).toBe(true);
    await turns.next();
    expect(turns.isOver(100_000)).toBe(false);
  });

  it('let what else waits for the event loop go first', async () => {
    const order: string[] = [];
    const turns = new Turns(
      () => 0,
      () => 0,
    );
    setImmediate(() => order.push('a socket'));
    await turns.next();
    order.push('the pipeline');
    expect(order).toEqual(['a socket', 'the pipeline']);
  });

  it('are longer the older the frames are, from five seconds on, up to what no ack should wait for', () => {
    expect([0, 4_999, 5_000].map(momentFor)).toEqual([0.5, 0.5, 0.5]);
    expect(momentFor(7_500)).toBeCloseTo(25.25);
    expect([10_000, 3_600_000].map(momentFor)).toEqual([50, 50]);
  });

  it('are short where the clock was set back behind the frames', () => {
    expect(momentFor(-3_600_000)).toBe(0.5);
  });
});
