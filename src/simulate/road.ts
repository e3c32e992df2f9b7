/** A point of a road, WGS-84 degrees. */
export interface RoadPoint {
  lat: number;
  lon: number;
}

/** A place on a road: where, and the direction of travel. */
export interface RoadPlace extends RoadPoint {
  /** Degrees clockwise from north. */
  courseDeg: number;
}

interface Piece {
  from: RoadPoint;
  to: RoadPoint;
  startM: number;
  lengthM: number;
  courseDeg: number;
}

const METRES_PER_DEGREE = 111_320;

/** A way through a town, as straight pieces between points, driven to its end and back again. */
export class Road {
  readonly name: string;
  readonly lengthM: number;
  readonly #pieces: Piece[] = [];

  constructor(name: string, points: readonly RoadPoint[]) {
    this.name = name;
    let startM = 0;
    for (let i = 1; i < points.length; i++) {
      const from = points[i - 1] as RoadPoint;
      const to = points[i] as RoadPoint;
      const north = (to.lat - from.lat) * METRES_PER_DEGREE;
      const east = (to.lon - from.lon) * METRES_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180);
      const lengthM = Math.hypot(north, east);
      const courseDeg = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
      this.#pieces.push({ from, to, startM, lengthM, courseDeg });
      startM += lengthM;
    }
    this.lengthM = startM;
  }

  /** The place after so many metres; past the end the way goes back. */
  at(distanceM: number): RoadPlace {
    const lap = distanceM % (2 * this.lengthM);
    const back = lap > this.lengthM;
    const along = back ? 2 * this.lengthM - lap : lap;
    const piece = this.#pieces.findLast((candidate) => candidate.startM <= along) as Piece;
    const share = Math.min(1, (along - piece.startM) / piece.lengthM);
    return {
      lat: piece.from.lat + (piece.to.lat - piece.from.lat) * share,
      lon: piece.from.lon + (piece.to.lon - piece.from.lon) * share,
      courseDeg: back ? (piece.courseDeg + 180) % 360 : piece.courseDeg,
    };
  }
}

const road = (name: string, ...points: readonly (readonly [lat: number, lon: number])[]): Road =>
  new Road(
    name,
    points.map(([lat, lon]) => ({ lat, lon })),
  );

/** Big streets of Spanish towns, their squares as points, to about 50 m. */
export const ROADS: readonly Road[] = [
  road(
    'Madrid, Paseo de la Castellana',
    [40.466, -3.6892],
    [40.4585, -3.6896],
    [40.452, -3.6915],
    [40.4466, -3.6922],
    [40.442, -3.6916],
    [40.4378, -3.691],
    [40.4327, -3.6884],
    [40.4253, -3.6901],
    [40.4193, -3.693],
    [40.4155, -3.6943],
    [40.4087, -3.6927],
  ),
  road(
    'Barcelona, Avinguda Diagonal',
    [41.3869, 2.1279],
    [41.3927, 2.144],
    [41.3956, 2.1609],
    [41.3993, 2.1688],
    [41.4034, 2.187],
    [41.4066, 2.2018],
    [41.4105, 2.218],
  ),
  road(
    'Sevilla, Avenida de la Palmera',
    [37.379, -5.987],
    [37.3715, -5.9866],
    [37.364, -5.986],
    [37.357, -5.9845],
    [37.35, -5.983],
  ),
];
