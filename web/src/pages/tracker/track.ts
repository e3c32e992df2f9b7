/** What a map draws of a track. Pure. */
import type { components } from '../../api/client.ts';

export type TrackPoint = components['schemas']['Track']['points'][number];

type Place = [lon: number, lat: number];

/** The lines of a track: it is broken where nothing was stated for long. A run of one point is no line. */
export function linesOf(points: readonly TrackPoint[]): Place[][] {
  const lines: Place[][] = [];
  for (const { lat, lon, starts } of points) {
    const last = lines.at(-1);
    if (last === undefined || starts) lines.push([[lon, lat]]);
    else last.push([lon, lat]);
  }
  return lines.filter((line) => line.length > 1);
}

/** The corners of what holds all points; `null` where there are none. */
export function boundsOf(points: readonly Pick<TrackPoint, 'lat' | 'lon'>[]): [southWest: Place, northEast: Place] | null {
  if (points.length === 0) return null;
  const lats = points.map(({ lat }) => lat);
  const lons = points.map(({ lon }) => lon);
  return [
    [Math.min(...lons), Math.min(...lats)],
    [Math.max(...lons), Math.max(...lats)],
  ];
}

/** The point that was stated last before a time, or the first one after it; `null` where there is none. */
export function pointAt(points: readonly TrackPoint[], at: number): TrackPoint | null {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse((points[middle] as TrackPoint).at) <= at) low = middle + 1;
    else high = middle;
  }
  return points[low - 1] ?? points[0] ?? null;
}

/** The point that is nearest to a place; `null` where there is none. */
export function nearestTo(points: readonly TrackPoint[], lat: number, lon: number): TrackPoint | null {
  const narrow = Math.cos((lat * Math.PI) / 180);
  let best: TrackPoint | null = null;
  let least = Infinity;
  for (const point of points) {
    const far = (point.lat - lat) ** 2 + ((point.lon - lon) * narrow) ** 2;
    if (far < least) [best, least] = [point, far];
  }
  return best;
}
