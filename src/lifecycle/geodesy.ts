/**
 * Distance between near points on the WGS-84 ellipsoid: the plane tangent at their mean latitude, with the local radii of
 * curvature. Off by less than 0.01 % for steps of a vehicle (to 50 km, away from the poles), and cheaper than an iteration;
 * longer distances are judged only as "too far", where a per cent does not matter.
 */

const SEMI_MAJOR_M = 6_378_137;
const ECCENTRICITY_SQUARED = 0.006_694_379_990_141_33;
const RADIANS = Math.PI / 180;

/** Gives metres between two points in WGS-84 degrees, by the shorter way round the antimeridian. */
export function metresBetween(latA: number, lonA: number, latB: number, lonB: number): number {
  const meanLat = ((latA + latB) / 2) * RADIANS;
  const sin = Math.sin(meanLat);
  const curvature = 1 - ECCENTRICITY_SQUARED * sin * sin;
  const primeVertical = SEMI_MAJOR_M / Math.sqrt(curvature);
  const meridional = (primeVertical * (1 - ECCENTRICITY_SQUARED)) / curvature;
  const turn = Math.abs(lonB - lonA);
  const north = (latB - latA) * RADIANS * meridional;
  const east = Math.min(turn, 360 - turn) * RADIANS * primeVertical * Math.cos(meanLat);
  // Not `Math.hypot`, which guards against an overflow that no place on earth can bring, at several times the cost.
  return Math.sqrt(north * north + east * east);
}

/** No degree of latitude, or of longitude at the equator, is longer, metres. */
export const LONGEST_DEGREE_M = 111_700;

/** Tells cheaply of two points that they are certainly no further apart than so many metres; of some that are not, it does not. */
export function isCertainlyWithin(metres: number, latA: number, lonA: number, latB: number, lonB: number): boolean {
  const north = (latB - latA) * LONGEST_DEGREE_M;
  const east = (lonB - lonA) * LONGEST_DEGREE_M;
  return north * north + east * east <= metres * metres;
}
