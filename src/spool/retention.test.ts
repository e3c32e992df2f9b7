import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countDeletable } from './retention.ts';

const limits = { ageMs: 100, bytes: 1_000, budgetBytes: 10_000, checkpointSeq: 50, now: 1_000 };
const segment = (lastSeq: number, closedAt: number | null, sizeBytes = 600) => ({ lastSeq, closedAt, sizeBytes });

describe('countDeletable', () => {
  it('keeps what is young, however much it is', () => {
    expect(countDeletable([segment(10, 950), segment(20, 960), segment(30, 970), segment(60, null)], limits)).toBe(0);
  });

  it('keeps the bytes that are to be kept, however old they are', () => {
    expect(countDeletable([segment(10, 100), segment(20, 200), segment(30, 300), segment(60, null)], limits)).toBe(2);
  });

  it('deletes stored segments above the budget, young or not', () => {
    const young = [segment(10, 990), segment(20, 991), segment(30, 992), segment(60, null)];
    expect(countDeletable(young, { ...limits, budgetBytes: 1_300 })).toBe(2);
  });

  it('never deletes the segment that is written to, nor one behind the checkpoint', () => {
    const arbitrary = fc.array(fc.record({ size: fc.nat(5_000), age: fc.nat(2_000) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(arbitrary, fc.nat(250), fc.nat(20_000), (sizes, checkpointSeq, budgetBytes) => {
        const segments = sizes.map(({ size, age }, i) =>
          segment((i + 1) * 10, i === sizes.length - 1 ? null : limits.now - age, size),
        );
        const count = countDeletable(segments, { ...limits, checkpointSeq, budgetBytes });
        for (const deleted of segments.slice(0, count)) {
          expect(deleted.closedAt).not.toBeNull();
          expect(deleted.lastSeq).toBeLessThanOrEqual(checkpointSeq);
        }
      }),
    );
  });
});
