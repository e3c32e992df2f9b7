import { describe, expect, it } from 'vitest';
import { RecentRecords } from './recent-records.ts';

describe('the recent records', () => {
  it('tells a resend from news, for each ident apart', () => {
    const recent = new RecentRecords(4, 10);
    expect(recent.seen('a', 1, 1)).toBe(false);
    expect(recent.seen('a', 1, 1)).toBe(true);
    expect(recent.seen('b', 1, 1)).toBe(false);
    expect(recent.seen('a', 0, 0)).toBe(false);
    expect(recent.seen('a', 0, 0)).toBe(true);
  });

  it('forgets the oldest of an ident and the longest silent ident', () => {
    const recent = new RecentRecords(2, 2);
    for (const id of [1, 2, 3]) recent.seen('a', id, 0);
    expect(recent.seen('a', 1, 0)).toBe(false);
    recent.seen('b', 1, 0);
    recent.seen('a', 9, 0);
    recent.seen('c', 1, 0);
    expect(recent.seen('a', 9, 0)).toBe(true);
    expect(recent.seen('b', 1, 0)).toBe(false);
  });
});
