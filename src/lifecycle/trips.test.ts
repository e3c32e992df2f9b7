import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addPoint, closeSilent, TRIP_RULES, type Trip, type TripPoint, type TripState } from './trips.ts';

const METRE = 1 / 110_574;

/** A point so many seconds and metres after the first. */
function point(seconds: number, metres: number, speedKmh: number | null = null): TripPoint {
  const at = seconds * 1_000;
  return { at, lat: metres * METRE, lon: 10, speedKmh, receivedAt: at + 500 };
}

function travel(points: readonly TripPoint[], from: TripState | null = null): { state: TripState | null; trips: Trip[] } {
  let state = from;
  const trips: Trip[] = [];
  for (const each of points) {
    const step = addPoint(state, each, TRIP_RULES);
    ({ state } = step);
    if (step.ended !== null) trips.push(step.ended);
  }
  return { state, trips };
}

const DRIVE = [point(0, 0, 10), point(60, 900, 54), point(120, 1_800, 48)];

describe('rule 1: more than five minutes between two points', () => {
  test('ends the trip at its last point, and the next one begins another', () => {
    const { state, trips } = travel([...DRIVE, point(421, 5_000)]);
    expect(trips).toEqual([
      expect.objectContaining({ startAt: 0, lastAt: 120_000, points: 3, maxSpeedKmh: 54, metres: expect.closeTo(1_800, -1) }),
    ]);
    expect(state).toMatchObject({ startAt: 421_000, points: 1, metres: 0 });
  });

  test('five minutes exactly do not', () => {
    expect(travel([...DRIVE, point(420, 5_000)])).toMatchObject({ trips: [], state: { points: 4 } });
  });
});

describe('rule 2: more than ninety seconds and less than fifty metres', () => {
  test('ends the trip', () => {
    expect(travel([...DRIVE, point(211, 1_849.9)]).trips).toHaveLength(1);
  });

  test.each([
    ['ninety seconds exactly', point(210, 1_849)],
    ['more than fifty metres', point(211, 1_850.1)],
  ])('%s do not', (_, next) => {
    expect(travel([...DRIVE, next]).trips).toEqual([]);
  });
});

const inProgress = (): TripState => travel(DRIVE).state as TripState;

describe('rule 3: ten minutes without a point', () => {
  test('ends the trip at its last point, once', () => {
    const state = inProgress();
    expect(closeSilent(state, 120_500 + 600_000, TRIP_RULES)).toBeNull();
    const step = closeSilent(state, 120_501 + 600_000, TRIP_RULES);
    expect(step?.ended).toMatchObject({ startAt: 0, lastAt: 120_000 });
    expect(closeSilent(state, 120_502 + 900_000, TRIP_RULES)).toBeNull();
  });

  test('makes the same trip as the later point that would have ended it', () => {
    const byTick = closeSilent(inProgress(), 800_000, TRIP_RULES)?.ended;
    const [byPoint] = travel([...DRIVE, point(900, 9_000)]).trips;
    expect(byTick).toEqual(byPoint);
  });

  test('after it, a newer point begins another trip, an older one adds nothing', () => {
    const state = closeSilent(inProgress(), 800_000, TRIP_RULES)?.state as TripState;
    expect(travel([point(100, 1_500)], structuredClone(state))).toMatchObject({
      trips: [],
      state: { points: 3, closed: true },
    });
    expect(travel([point(150, 1_900)], state)).toMatchObject({
      trips: [],
      state: { startAt: 150_000, points: 1, closed: false },
    });
  });
});

test('a vehicle that only stood made no trip', () => {
  const standing = Array.from({ length: 20 }, (_, i) => point(i * 30, i % 3));
  expect(travel([...standing, point(2_000, 5_000)]).trips).toEqual([]);
});

test('points that are not newer than the last add nothing', () => {
  const again = travel([...DRIVE, ...DRIVE, point(90, 1_400, 99)]);
  expect(again).toEqual(travel(DRIVE));
});

test('every point ends in one trip at most, and trips neither overlap nor break a rule', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 3_000 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (moves) => {
      let seconds = 0;
      let metres = 0;
      const points = moves.map(([s, m]) => point((seconds += s), (metres += m)));
      const { state, trips } = travel(points);
      const kept = trips.reduce((sum, trip) => sum + trip.points, 0) + (state?.points ?? 0);
      expect(kept).toBeLessThanOrEqual(points.length);
      for (const [i, trip] of trips.entries()) {
        expect(trip.lastAt).toBeGreaterThan(trip.startAt);
        expect(trip.metres).toBeGreaterThanOrEqual(TRIP_RULES.leastM);
        expect(trip.startAt).toBeGreaterThan(trips[i - 1]?.lastAt ?? -1);
        const inside = points.filter(({ at }) => at >= trip.startAt && at <= trip.lastAt);
        expect(inside).toHaveLength(trip.points);
        const gaps = inside.slice(1).map((each, j) => each.at - (inside[j] as TripPoint).at);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(TRIP_RULES.gapMs);
      }
    }),
  );
});

test('the state survives being written as JSON', () => {
  const half = travel(DRIVE.slice(0, 2)).state;
  const revived = JSON.parse(JSON.stringify(half)) as TripState;
  expect(travel(DRIVE.slice(2), revived)).toEqual(travel(DRIVE));
});
