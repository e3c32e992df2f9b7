import { describe, expect, it } from 'vitest';
import { RecentRecords } from './recent-records.ts';

const time = Date.UTC(2026, 5, 1);

describe('the recent records', () => {
  it('knows a record again', () => {
    const recent = new RecentRecords(10);
    expect(recent.seen(1, 1, time)).toBe(false);
    expect(recent.seen(1, 1, time)).toBe(true);
    expect(recent.seen(0, 0, null)).toBe(false);
    expect(recent.seen(0, 0, null)).toBe(true);
  });

  it('takes records for different that differ in a single bit of the id or in a millisecond', () => {
    const recent = new RecentRecords(1_000);
    recent.seen(0x8000_0001, 0x8000_0001, time);
    for (let bit = 0; bit < 32; bit++) {
      expect(recent.seen((0x8000_0001 ^ (1 << bit)) >>> 0, 0x8000_0001, time)).toBe(false);
      expect(recent.seen(0x8000_0001, (0x8000_0001 ^ (1 << bit)) >>> 0, time)).toBe(false);
    }
    expect(recent.seen(0x8000_0001, 0x8000_0001, time + 1)).toBe(false);
  });

  it('forgets the oldest first, and remembers nothing with no capacity', () => {
    const recent = new RecentRecords(2);
    for (const id of [1, 2, 3]) recent.seen(id, 0, time);
    expect(recent.seen(3, 0, time)).toBe(true);
    expect(recent.seen(1, 0, time)).toBe(false);
    const none = new RecentRecords(0);
    none.seen(1, 0, time);
    expect(none.seen(1, 0, time)).toBe(false);
  });

  it('knows exactly the latest of many, whatever their ids', () => {
    const capacity = 97;
    const recent = new RecentRecords(capacity);
    const latest: string[] = [];
    let state = 7;
    for (let i = 0; i < 5_000; i++) {
      state = (Math.imul(state, 0x6d2b_79f5) + 1) >>> 0;
      // Few different ids and times: many come again, some while they are remembered, some when they are forgotten.
      const [hi, lo, at] = [state >>> 30, (state >>> 22) & 0x1f, time + ((state >>> 16) & 1)];
      const name = `${hi}/${lo}/${at}`;
      expect(recent.seen(hi, lo, at)).toBe(latest.includes(name));
      if (latest.includes(name)) continue;
      latest.push(name);
      if (latest.length > capacity) latest.shift();
    }
  });

  it('does not search long for ids that were made to collide, and takes them for news instead', () => {
    const recent = new RecentRecords(100_000);
    let known = 0;
    // Times alone differ: all stand in one chain.
    for (let i = 0; i < 1_000; i++) recent.seen(1, 1, time + i);
    for (let i = 0; i < 1_000; i++) if (recent.seen(1, 1, time + i)) known++;
    expect(known).toBe(64);
    expect(recent.seen(2, 2, time)).toBe(false);
    expect(recent.seen(2, 2, time)).toBe(true);
  });
});
