import { distance } from '@turf/distance';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCertainlyWithin, metresBetween } from './geodesy.ts';

/** Degrees from degrees, minutes and seconds; the sign is that of the degrees. */
const dms = (d: number, m: number, s: number): number => Math.sign(d) * (Math.abs(d) + m / 60 + s / 3_600);

describe('published lengths on the WGS-84 ellipsoid', () => {
  // Length of one degree, metres, by latitude: NIMA TR8350.2's ellipsoid, as standard tables give it.
  test.each([
    [0, 110_574, 111_320],
    [15, 110_649, 107_551],
    [30, 110_852, 96_486],
    [45, 111_132, 78_847],
    [60, 111_412, 55_800],
    [75, 111_618, 28_902],
  ])('a degree at latitude %d', (lat, ofLatitude, ofLongitude) => {
    expect(Math.abs(metresBetween(lat - 0.5, 20, lat + 0.5, 20) - ofLatitude)).toBeLessThan(1);
    expect(Math.abs(metresBetween(lat, 20, lat, 21) / ofLongitude - 1)).toBeLessThan(0.000_1);
  });

  test('Flinders Peak to Buninyong, 54 972.271 m by the geodesic of the Australian datum manual', () => {
    const flinders = [dms(-37, 57, 3.7203), dms(144, 25, 29.52442)] as const;
    const buninyong = [dms(-37, 39, 10.15612), dms(143, 55, 35.38388)] as const;
    expect(Math.abs(metresBetween(...flinders, ...buninyong) / 54_972.271 - 1)).toBeLessThan(0.000_1);
  });
});

const lat = fc.double({ min: -80, max: 80, noNaN: true });
const lon = fc.double({ min: -180, max: 180, noNaN: true });
const step = fc.double({ min: -0.4, max: 0.4, noNaN: true });

test('agrees with a great circle on the sphere as far as the flattening allows', () => {
  fc.assert(
    fc.property(lat, lon, step, step, (lat0, lon0, up, right) => {
      const lon1 = ((lon0 + right + 540) % 360) - 180;
      const ours = metresBetween(lat0, lon0, lat0 + up, lon1);
      const sphere = distance([lon0, lat0], [lon1, lat0 + up], { units: 'meters' });
      // The sphere is off by up to 0.56 % along a meridian; below a millimetre rounding rules.
      expect(Math.abs(ours - sphere)).toBeLessThan(sphere * 0.006 + 0.001);
    }),
  );
});

test('is the same both ways, zero in place, and crosses the antimeridian', () => {
  fc.assert(
    fc.property(lat, lon, lat, lon, (latA, lonA, latB, lonB) => {
      expect(metresBetween(latA, lonA, latB, lonB)).toBe(metresBetween(latB, lonB, latA, lonA));
      expect(metresBetween(latA, lonA, latA, lonA)).toBe(0);
    }),
  );
  expect(metresBetween(0, 179.999, 0, -179.999)).toBeCloseTo(metresBetween(0, 0, 0, 0.002), 6);
});

test('places said to be certainly within a distance are, wherever they lie', () => {
  const distances = fc.double({ min: 0, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(lat, lon, step, step, distances, (latA, lonA, north, east, most) => {
      const latB = Math.max(-90, Math.min(90, latA + north));
      const isSaid = isCertainlyWithin(most, latA, lonA, latB, lonA + east);
      return !isSaid || metresBetween(latA, lonA, latB, lonA + east) <= most;
    }),
  );
  expect(isCertainlyWithin(100, 40, -3, 40.000_5, -3)).toBe(true);
  expect(isCertainlyWithin(100, 40, -3, 40.001, -3)).toBe(false);
});
