/** The map that is there without any network: coasts and borders out of a TopoJSON file, and a net of degrees. Pure. */

type Place = [lon: number, lat: number];
export type Ring = Place[];

/** What is read of a TopoJSON file. */
export interface Topology {
  transform: { scale: [number, number]; translate: [number, number] };
  arcs: readonly (readonly (readonly [number, number])[])[];
  objects: Readonly<Record<string, { geometries: readonly TopoGeometry[] }>>;
}

interface TopoGeometry {
  /** `Polygon` and `MultiPolygon` are drawn. */
  type: string;
  arcs: unknown;
  properties?: { name?: string };
}

/** A country: its polygons, each an outer ring and its holes, and where its name is written. */
export interface Country {
  name: string;
  polygons: Ring[][];
  label: Place;
}

/** Reads the countries of a TopoJSON file. */
export function countriesOf({ transform, arcs, objects }: Topology): Country[] {
  const lines = arcs.map((arc) => unpacked(arc, transform));
  return (objects['countries']?.geometries ?? []).flatMap((geometry) => {
    const polygons = polygonsOf(geometry).map((rings) => rings.map((ring) => ringOf(ring, lines)));
    return polygons.length === 0 ? [] : [{ name: geometry.properties?.name ?? '', polygons, label: labelOf(polygons) }];
  });
}

/** Arcs are whole numbers, each the step from the one before. */
function unpacked(arc: readonly (readonly [number, number])[], { scale, translate }: Topology['transform']): Place[] {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
}

function polygonsOf({ type, arcs }: TopoGeometry): number[][][] {
  if (type === 'Polygon') return [arcs as number[][]];
  return type === 'MultiPolygon' ? (arcs as number[][][]) : [];
}

/** A number below zero is an arc backwards. Each begins where the one before has ended. */
function ringOf(indexes: readonly number[], lines: readonly Place[][]): Ring {
  const ring: Ring = [];
  for (const index of indexes) {
    const line = lines[index < 0 ? ~index : index] ?? [];
    ring.push(...(index < 0 ? line.toReversed() : line).slice(ring.length === 0 ? 0 : 1));
  }
  return ring;
}

/** In the middle of the greatest polygon. */
function labelOf(polygons: readonly Ring[][]): Place {
  let best: Place = [0, 0];
  let most = -1;
  for (const [outer = []] of polygons) {
    const { area, middle } = middleOf(outer);
    if (area > most) [most, best] = [area, middle];
  }
  return best;
}

function middleOf(ring: Ring): { area: number; middle: Place } {
  let [twice, x, y] = [0, 0, 0];
  for (const [i, [lon, lat]] of ring.entries()) {
    const [nextLon, nextLat] = ring[i + 1] ?? ring[0] ?? [lon, lat];
    const cross = lon * nextLat - nextLon * lat;
    twice += cross;
    x += (lon + nextLon) * cross;
    y += (lat + nextLat) * cross;
  }
  return twice === 0
    ? { area: 0, middle: ring[0] ?? [0, 0] }
    : { area: Math.abs(twice), middle: [x / 3 / twice, y / 3 / twice] };
}

const STEPS = [45, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
/** Lines across a map. */
const LINES = 6;
/** Where the projection of the map ends. */
const MOST_LAT = 85;

/** A line of the net, and what stands on it. */
export interface NetLine {
  line: [Place, Place];
  label: string;
  /** Where the label stands. */
  at: Place;
}

/** The net of degrees for a part of the map: round numbers, a handful across. */
export function netFor(west: number, south: number, east: number, north: number): NetLine[] {
  const step = STEPS.findLast((each) => (east - west) / each <= LINES) ?? 45;
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  const [low, high] = [Math.max(-MOST_LAT, south), Math.min(MOST_LAT, north)];
  const net: NetLine[] = [];
  for (let i = Math.ceil(west / step); i * step <= east; i++) {
    const lon = i * step;
    const label = degrees(((((lon + 180) % 360) + 360) % 360) - 180, 'E', 'W', digits);
    net.push({
      line: [
        [lon, low],
        [lon, high],
      ],
      label,
      at: [lon, low],
    });
  }
  for (let i = Math.ceil(low / step); i * step <= high; i++) {
    const lat = i * step;
    net.push({
      line: [
        [west, lat],
        [east, lat],
      ],
      label: degrees(lat, 'N', 'S', digits),
      at: [west, lat],
    });
  }
  return net;
}

function degrees(value: number, above: string, below: string, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? '0°' : `${text}° ${value > 0 ? above : below}`;
}
