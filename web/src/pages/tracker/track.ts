/** What a map draws of a track. Pure. */
import type { components } from '../../api/client.ts';

export type TrackPoint = components['schemas']['Track']['points'][number];

type Place = [lon: number, lat: number];

/** A place as it came over the stream. */
interface Live {
  observed_at: string;
  backlog: boolean;
  position: { lat: number; lon: number; speed_kmh?: number | null; course_deg?: number | null };
}

/** A longer silence breaks the line, ms: the rule that ends a trip. */
const BREAK_MS = 300_000;

/** A track with what has come since: what is newer than its end, in the order of time. */
export function withLive(track: readonly TrackPoint[], lives: readonly Live[]): TrackPoint[] {
  const points = [...track];
  let end = Date.parse(points.at(-1)?.at ?? '') || 0;
  for (const { observed_at: at, backlog, position } of lives) {
    const time = Date.parse(at);
    if (backlog || time <= end) continue;
    const { lat, lon, speed_kmh: speed = null, course_deg: course = null } = position;
    points.push({ at, lat, lon, speed_kmh: speed, course_deg: course, starts: time - end > BREAK_MS });
    end = time;
  }
  return points;
}

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
