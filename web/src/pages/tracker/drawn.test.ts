import { expect, test } from 'vitest';
import { netFor } from './basemap.ts';
import { rangeOf, rangeQuery } from './range.ts';
import { columnsOf } from './series.ts';
import { boundsOf, linesOf, nearestTo, pointAt, withLive, type TrackPoint } from './track.ts';

const NOON = Date.UTC(2026, 0, 5, 12);

const point = (second: number, lat: number, starts = false): TrackPoint => ({
  at: new Date(NOON + second * 1_000).toISOString(),
  lat,
  lon: 2,
  speed_kmh: 50,
  course_deg: 0,
  starts,
});

const TRACK = [point(0, 40, true), point(10, 40.1), point(900, 41, true), point(1_800, 42, true), point(1_810, 42.1)];

const live = (second: number, backlog = false) => {
  return { observed_at: new Date(NOON + second * 1_000).toISOString(), backlog, position: { lat: 43, lon: 2 } };
};

test('a track is as many lines as it has runs of two points and more', () => {
  expect(linesOf(TRACK)).toEqual([
    [
      [2, 40],
      [2, 40.1],
    ],
    [
      [2, 42],
      [2, 42.1],
    ],
  ]);
  expect(boundsOf(TRACK)).toEqual([
    [2, 40],
    [2, 42.1],
  ]);
  expect([linesOf([]), boundsOf([])]).toEqual([[], null]);
});

test('a time has the point before it, and a place the one beside it', () => {
  expect([-5, 0, 9, 10, 5_000].map((second) => pointAt(TRACK, NOON + second * 1_000)?.lat)).toEqual([40, 40, 40, 40.1, 42.1]);
  expect(nearestTo(TRACK, 41.2, 2.5)?.lat).toBe(41);
  expect([pointAt([], 0), nearestTo([], 0, 0)]).toEqual([null, null]);
});

test('what comes live goes on where the track has ended, each place once', () => {
  const points = withLive(TRACK, [live(1_810), live(1_815), live(1_700, true), live(1_815), live(2_500)]).slice(TRACK.length);
  expect(points.map(({ at, starts }) => [(Date.parse(at) - NOON) / 1_000, starts])).toEqual([
    [1_815, false],
    [2_500, true],
  ]);
  expect(withLive([], [live(0)])).toHaveLength(1);
});

test('a plot is broken where nothing was said for long, and not where slices are long', () => {
  const at = [0, 60, 1_000].map((second) => new Date(NOON + second * 1_000).toISOString());
  const series = { key: 'fuel.level', unit: 'P1', at, least: [1, 2, 3], most: [4, 5, 6], mean: [2, 3, 4] };
  expect(columnsOf(series, 1_000).map((column) => column.length)).toEqual([4, 4, 4, 4]);
  expect(columnsOf(series, 1_000)[3]).toEqual([2, 3, null, 4]);
  expect(columnsOf(series, 600_000)[3]).toEqual([2, 3, 4]);
});

test('a range is the last hours, or stands still', () => {
  expect(rangeOf(new URLSearchParams('range=1h'), NOON)).toEqual({ span: '1h', from: NOON - 3_600_000, to: NOON });
  expect(rangeOf(new URLSearchParams('range=nonsense&from=x'), NOON).span).toBe('24h');
  const still = { span: null, from: NOON, to: NOON + 5_000 };
  expect(rangeOf(new URLSearchParams(rangeQuery(still)), NOON)).toEqual(still);
});

test('the net of degrees has round numbers, a handful across', () => {
  const net = netFor(1.93, 41.31, 2.41, 41.52);
  expect(net.map(({ label }) => label)).toEqual(['2.0° E', '2.1° E', '2.2° E', '2.3° E', '2.4° E', '41.4° N', '41.5° N']);
  expect(netFor(-180, -90, 180, 90).map(({ label }) => label)).toContain('0°');
});
