import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addFix, hasFixes, newDistance, walkOver, newWalk, type Distance } from './distance.ts';
import { metresBetween } from './geodesy.ts';
import type { AcceptedFix } from './guards.ts';
import { EVIDENCE_RULES } from './rules.ts';

const RULES = EVIDENCE_RULES;
/** Degrees of latitude that are one metre near the equator. */
const METRE = 1 / 110_574;

/** A fix so many metres north of the start, so many seconds after it. */
function at(seconds: number, metres: number): AcceptedFix {
  return { at: seconds * 1_000, lat: metres * METRE, lon: 10 };
}

function distanceOf(fixes: readonly AcceptedFix[], rules = RULES): Distance {
  const distance = newDistance();
  for (const fix of fixes) addFix(distance, fix, rules);
  return distance;
}

function metresOf(fixes: readonly AcceptedFix[], rules = RULES): number {
  return distanceOf(fixes, rules).walk.metres;
}

describe('what adds metres', () => {
  test('steps of a driving vehicle do', () => {
    expect(metresOf([at(0, 0), at(10, 100), at(20, 200)])).toBeCloseTo(200, 0);
  });

  test('the noise of a standing receiver does not', () => {
    const noise = [0, 9, -7, 12, 3, -11, 8].map((metres, i) => at(i * 10, metres));
    expect(metresOf(noise)).toBe(0);
  });

  test('slow driving, in steps each below the noise, does', () => {
    const crawl = Array.from({ length: 61 }, (_, i) => at(i * 5, i * 5));
    const { metres } = distanceOf(crawl).walk;
    expect(metres).toBeGreaterThan(300 - RULES.jitterM - 5);
    expect(metres).toBeLessThanOrEqual(300.5);
  });

  test('a jump and the jump back do not, and what is driven after them does', () => {
    const { walk } = distanceOf([at(0, 0), at(10, 100), at(11, 90_000), at(12, 110), at(22, 210)]);
    expect(walk.metres).toBeCloseTo(200, 0);
    expect(walk).toMatchObject({ steps: 2, fastSteps: 2, lastFast: { at: 12_000 } });
  });

  test('a wrong first fix never counts, however long the vehicle then stands', () => {
    const standing = Array.from({ length: 100 }, (_, i) => at(10 + i * 3_600, 4_000_000 + (i % 3)));
    expect(metresOf([at(0, 0), ...standing])).toBe(0);
  });

  test('standing long does not excuse a jump', () => {
    const standing = Array.from({ length: 30 }, (_, i) => at(i * 60, i % 5));
    expect(distanceOf([...standing, at(30 * 60, 9_000)]).walk).toMatchObject({ metres: 0, fastSteps: 1, gapSteps: 0 });
  });
});

test('a box that is posted to another town has not driven there', () => {
  const { walk } = distanceOf([at(0, 0), at(86_400, 300_000), at(86_410, 300_100)]);
  expect(walk.metres).toBeCloseTo(100, 0);
  expect(walk).toMatchObject({ gapSteps: 1, lastGap: { at: 86_400_000 } });
});

describe('lateness', () => {
  test('a fix that comes late is put in its place', () => {
    const distance = distanceOf([at(0, 0), at(20, 200)]);
    expect(addFix(distance, at(10, 200), RULES)).toBe('inserted');
    expect(distance).toEqual(distanceOf([at(0, 0), at(10, 200), at(20, 200)]));
  });

  test('the same fix again changes nothing', () => {
    const distance = distanceOf([at(0, 0), at(10, 100)]);
    const before = structuredClone(distance);
    expect(addFix(distance, at(0, 0), RULES)).toBe('duplicate');
    expect(addFix(distance, at(10, 100), RULES)).toBe('duplicate');
    expect(distance).toEqual(before);
  });

  test('what is older than the frozen part adds nothing', () => {
    const rules = { ...RULES, keptFixes: 4 };
    const distance = distanceOf(
      [0, 1, 2, 3, 4].map((i) => at(i * 10, i * 100)),
      rules,
    );
    expect(distance.frozenThrough).toBe(20_000);
    const before = structuredClone(distance);
    expect(addFix(distance, at(5, 300), rules)).toBe('late');
    expect(addFix(distance, at(20, 200), rules)).toBe('late');
    expect(distance).toEqual(before);
    expect(addFix(distance, at(25, 250), rules)).toBe('inserted');
    expect(hasFixes(distance)).toBe(true);
    expect(hasFixes(newDistance())).toBe(false);
  });
});

/** Fixes of a vehicle that drives, stands, jumps and has a coarse clock. */
const someFix = fc.record({
  at: fc.integer({ min: 0, max: 600 }).map((s) => s * 1_000),
  lat: fc.integer({ min: -300, max: 300 }).map((m) => m * 10 * METRE),
  lon: fc.integer({ min: 0, max: 60 }).map((m) => m * 10 * METRE),
});

describe('whatever the order', () => {
  test('the metres are those of the set: permuted and doubled fixes give the same state', () => {
    fc.assert(
      fc.property(
        fc
          .array(someFix, { maxLength: 60 })
          .chain((fixes) =>
            fc.tuple(fc.constant(fixes), fc.shuffledSubarray([...fixes, ...fixes], { minLength: fixes.length * 2 })),
          ),
        ([fixes, shuffled]) => {
          expect(distanceOf(shuffled)).toEqual(distanceOf(fixes));
        },
      ),
    );
  });

  test('fixes in their order give the same however few are kept, and given again they change nothing', () => {
    fc.assert(
      fc.property(fc.array(someFix, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), (fixes, keptFixes) => {
        const inOrder = [...new Map(fixes.map((fix) => [fix.at, fix])).values()].sort((a, b) => a.at - b.at);
        const rules = { ...RULES, keptFixes };
        const distance = distanceOf(inOrder, rules);
        expect(distance.walk).toEqual(walkOver(newWalk(), inOrder, rules));
        expect(distance.fixes.length).toBeLessThanOrEqual(keptFixes);
        const before = structuredClone(distance);
        for (const fix of inOrder) addFix(distance, fix, rules);
        expect(distance).toEqual(before);
      }),
    );
  });

  test('the sum kept beside the fixes is always that of base and fixes', () => {
    fc.assert(
      fc.property(fc.array(someFix, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), (fixes, keptFixes) => {
        const rules = { ...RULES, keptFixes };
        const distance = distanceOf(fixes, rules);
        expect(distance.walk).toEqual(walkOver(distance.base, distance.fixes, rules));
        expect(distance.fixes.length).toBeLessThanOrEqual(keptFixes);
        for (const [i, fix] of distance.fixes.entries()) {
          expect(fix.at).toBeGreaterThan(distance.fixes[i - 1]?.at ?? distance.frozenThrough ?? -1);
        }
      }),
    );
  });

  test('no step adds more than a plausible speed allows', () => {
    fc.assert(
      fc.property(fc.array(someFix, { minLength: 2, maxLength: 60 }), (fixes) => {
        const { walk, fixes: kept } = distanceOf(fixes);
        const spanH = ((kept.at(-1) as AcceptedFix).at - (kept[0] as AcceptedFix).at) / 3_600_000;
        expect(walk.metres).toBeLessThanOrEqual(spanH * RULES.maxSpeedKmh * 1_000 + 0.001);
      }),
    );
  });
});

test('fixes in order cost the same each: ten thousand of them take no noticeable time', () => {
  const distance = newDistance();
  for (let i = 0; i < 10_000; i++) addFix(distance, at(i, i * 20), RULES);
  expect(distance.fixes.length).toBeLessThanOrEqual(RULES.keptFixes);
  expect(distance.walk.metres).toBeCloseTo(metresBetween(0, 10, 9_999 * 20 * METRE, 10), -3);
});
