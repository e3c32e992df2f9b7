/** Places as they are read from rows of `messages`. */

/** A place as a tracker stated it. */
export interface ReadPosition {
  lat: number;
  lon: number;
  /** The device calls the fix valid, and the gateway believes it. */
  valid: boolean;
  altitudeM: number | null;
  speedKmh: number | null;
  courseDeg: number | null;
  satellites: number | null;
  hdop: number | null;
}

/** The columns of a place; `Coordinate` says whether a row may have none. */
export interface PositionRow<Coordinate = number> {
  lat: Coordinate;
  lon: Coordinate;
  believed: boolean;
  altitude_m: number | null;
  speed_kmh: number | null;
  course_deg: number | null;
  satellites: number | null;
  hdop: number | null;
}

/** What is selected of a place besides its coordinates. */
export const POSITION_COLUMNS = `valid AND distrust = '' AS believed, altitude_m, speed_kmh, course_deg, satellites, hdop`;

/** Makes the place of a row. */
export function positionOf({
  lat,
  lon,
  believed,
  altitude_m,
  speed_kmh,
  course_deg,
  satellites,
  hdop,
}: PositionRow): ReadPosition {
  return {
    lat,
    lon,
    valid: believed,
    altitudeM: altitude_m,
    speedKmh: speed_kmh,
    courseDeg: course_deg,
    satellites,
    hdop,
  };
}
