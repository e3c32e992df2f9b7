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
});
