import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addFix, compareFixes, hasFixes, newDistance, walkAnew, type Distance } from './distance.ts';
import { metresBetween } from './geodesy.ts';
import type { AcceptedFix } from './guards.ts';
import { refusalOfStep, restAt, stepBetween } from './steps.ts';
import { EVIDENCE_RULES, type EvidenceRules } from './rules.ts';

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

/** Metres along all of the fixes given. */
function neighbourMetres(walk: readonly AcceptedFix[], rules: EvidenceRules): number {
  return walk.slice(1).reduce((sum, to, i) => {
    const from = walk[i] as AcceptedFix;
    const metres = metresBetween(from.lat, from.lon, to.lat, to.lon);
    const gapMs = to.at - from.at;
    const speedKmh = (metres / gapMs) * 3_600;
    const isCounted =
      metres > rules.jitterM && speedKmh >= rules.driftKmh && speedKmh <= rules.maxSpeedKmh && gapMs <= rules.maxGapMs;
    return isCounted ? sum + Math.min(metres, rules.neededM / rules.leastSteps) : sum;
  }, 0);
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

  test('a jump and the jump back do not, and what is driven around them does', () => {
    const { walk } = distanceOf([at(0, 0), at(10, 100), at(11, 90_000), at(12, 110), at(22, 210)]);
    expect(walk.metres).toBeCloseTo(210, 0);
    expect(walk).toMatchObject({ steps: 2, fastSteps: 2, lastFast: { at: 12_000 } });
  });

  test('drift slower than any vehicle does not', () => {
    const drift = Array.from({ length: 60 }, (_, i) => at(i * 600, (i % 2) * 60));
    expect(distanceOf(drift).walk).toMatchObject({ metres: 0, steps: 0, jitterSteps: 59 });
  });

  test('a wrong place is worth two steps at most, left for and come back from, however long the vehicle stands', () => {
    const standing = (from: number): AcceptedFix[] => Array.from({ length: 120 }, (_, i) => at(from + i * 30, i % 5));
    const { walk } = distanceOf([...standing(0), at(3_600, 9_000), ...standing(3_601)]);
    expect(walk).toMatchObject({ steps: 2, fastSteps: 2 });
    expect(walk.metres).toBeCloseTo((2 / 3) * RULES.neededM, 6);
  });

  test('no more than what is needed is counted', () => {
    expect(metresOf(Array.from({ length: 30 }, (_, i) => at(i * 10, i * 100)))).toBe(RULES.neededM);
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

  test('the metres are those of the longest walk over any of the fixes', () => {
    const rules = { ...RULES, neededM: 2_000 };
    fc.assert(
      fc.property(fc.array(someFix, { maxLength: 9 }), (fixes) => {
        const sorted = fixes.toSorted(compareFixes);
        const walks = Array.from({ length: 2 ** fixes.length }, (_, set) => sorted.filter((_fix, i) => set & (1 << i)));
        const longest = Math.max(...walks.map((walk) => neighbourMetres(walk, rules)));
        expect(metresOf(fixes, rules)).toBeCloseTo(Math.min(longest, rules.neededM), 6);
      }),
    );
  });

  test('another fix never makes them fewer', () => {
    fc.assert(
      fc.property(fc.array(someFix, { maxLength: 40 }), someFix, (fixes, another) => {
        expect(metresOf([...fixes, another])).toBeGreaterThanOrEqual(metresOf(fixes));
      }),
    );
  });

  test('what is told to be at rest without looking closely is refused', () => {
    const place = fc.record({
      lat: fc.double({ min: -90, max: 90, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    const apart = fc.record({
      gapS: fc.integer({ min: 1, max: 3_600 }),
      north: fc.integer({ min: -900, max: 900 }),
      east: fc.integer({ min: -900, max: 900 }),
    });
    const outcomes = new Set<boolean>();
    fc.assert(
      fc.property(place, apart, ({ lat, lon }, { gapS, north, east }) => {
        const from = { at: 0, lat, lon };
        const metresEast = METRE / Math.max(0.001, Math.cos((lat * Math.PI) / 180));
        const to = { at: gapS * 1_000, lat: Math.max(-90, Math.min(90, lat + north * METRE)), lon: lon + east * metresEast };
        const isAtRest = restAt(to, RULES)(from);
        outcomes.add(isAtRest);
        expect(!isAtRest || refusalOfStep(stepBetween(from, to), to.at, RULES) === 'jitter').toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(outcomes.size).toBe(2);
  });

  test('a steady drive counts the same however few are kept, and given again it changes nothing', () => {
    const steady = Array.from({ length: 100 }, (_, i) => at(i * 3, i * 30));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (keptFixes) => {
        const rules = { ...RULES, neededM: 10_000, keptFixes };
        const distance = distanceOf(steady, rules);
        expect(distance.walk.metres).toBeCloseTo(metresOf(steady, { ...rules, keptFixes: 512 }), 6);
        const before = structuredClone(distance);
        for (const fix of steady) addFix(distance, fix, rules);
        expect(distance).toEqual(before);
      }),
    );
  });

  test('what is made step by step is what is made anew of base and fixes, and few are kept', () => {
    fc.assert(
      fc.property(fc.array(someFix, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), (fixes, keptFixes) => {
        const rules = { ...RULES, keptFixes };
        const distance = distanceOf(fixes, rules);
        const anew = { ...structuredClone(distance), reached: [] };
        walkAnew(anew, rules);
        expect(anew).toEqual(distance);
        expect(distance.fixes.length).toBeLessThanOrEqual(keptFixes);
        expect(distance.fixes).toEqual(distance.fixes.toSorted(compareFixes));
        expect(distance.fixes[0]?.at ?? Infinity).toBeGreaterThanOrEqual(distance.frozenThrough ?? 0);
      }),
    );
  });

  test('no walk is longer than a plausible speed allows', () => {
    fc.assert(
      fc.property(fc.array(someFix, { minLength: 2, maxLength: 60 }), (fixes) => {
        const { walk, fixes: kept } = distanceOf(fixes, { ...RULES, neededM: 50_000 });
        const spanH = ((kept.at(-1) as AcceptedFix).at - (kept[0] as AcceptedFix).at) / 3_600_000;
        expect(walk.metres).toBeLessThanOrEqual(spanH * RULES.maxSpeedKmh * 1_000 + 0.001);
      }),
    );
  });
});

test('fixes in order cost the same each: ten thousand of them take no noticeable time', () => {
  const distance = newDistance();
  const rules = { ...RULES, neededM: 1_000_000, leastSteps: 10_000 };
  for (let i = 0; i < 10_000; i++) addFix(distance, at(i, i * 20), rules);
  expect(distance.fixes.length).toBeLessThanOrEqual(rules.keptFixes);
  expect(distance.walk.metres).toBeCloseTo(metresBetween(0, 10, 9_999 * 20 * METRE, 10), -3);
});
