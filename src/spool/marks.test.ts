import { describe, expect, it } from 'vitest';
import { addMark, type Mark, markBefore, markFor } from './marks.ts';

describe('marks', () => {
  it('stand a mebibyte or a second apart, and know how far they go', () => {
    const marks: Mark[] = [];
    addMark(marks, 1, 10, 46, 1_000);
    addMark(marks, 11, 20, 5_000, 1_900);
    addMark(marks, 21, 30, 9_000, 2_000);
    addMark(marks, 31, 40, 2_000_000, 2_001);
    expect(marks).toEqual([
      { seq: 1, through: 20, offset: 46, receivedAt: 1_000 },
      { seq: 21, through: 30, offset: 9_000, receivedAt: 2_000 },
      { seq: 31, through: 40, offset: 2_000_000, receivedAt: 2_001 },
    ]);
  });

  it('find the place to read a record from, and the records behind one', () => {
    const marks: Mark[] = [
      { seq: 10, through: 19, offset: 46, receivedAt: 0 },
      { seq: 20, through: 29, offset: 100, receivedAt: 5_000 },
      { seq: 40, through: 49, offset: 200, receivedAt: 9_000 },
    ];
    expect([9, 10, 19, 20, 39, 40, 99].map((seq) => markBefore(marks, seq)?.seq)).toEqual([undefined, 10, 10, 20, 20, 40, 40]);
    expect([9, 10, 19, 20, 30, 40, 50].map((seq) => markFor(marks, seq)?.seq)).toEqual([10, 10, 10, 20, 40, 40, undefined]);
  });
});
