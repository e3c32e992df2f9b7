import type { Fix } from '#model/message';
import type { Position } from '#model/normalised';

/** Makes a fix canonical: the course within 0..360, and a judgement whether to believe the coordinates. */
export function positionOf(fix: Fix): Position {
  const { lat, lon, fixTime, valid, altitudeM, speedKmh, satellites, hdop } = fix;
  const courseDeg = fix.courseDeg === null ? null : ((fix.courseDeg % 360) + 360) % 360;
  return { lat, lon, fixTime, valid, altitudeM, speedKmh, courseDeg, satellites, hdop, distrust: distrustOf(fix) };
}

function distrustOf(fix: Fix): Position['distrust'] {
  if (!(Math.abs(fix.lat) <= 90 && Math.abs(fix.lon) <= 180)) return 'out_of_range';
  // Receivers without a fix answer 0/0, a point in the Gulf of Guinea no fleet drives at.
  if (fix.lat === 0 && fix.lon === 0) return 'null_island';
  if (fix.satellites === 0) return 'no_satellites';
  return null;
}
