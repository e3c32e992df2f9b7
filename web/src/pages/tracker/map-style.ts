/** What the map looks like: its sources and layers, and the colours of the theme. */
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { themeColour } from '../../parts/colour.ts';
import type { Country, NetLine } from './basemap.ts';

/** Tiles over the bundled map, where the gateway names some. */
export interface Tiles {
  url: string;
  attribution: string;
}

type Place = [lon: number, lat: number];

interface Feature {
  type: 'Feature';
  properties: Record<string, string>;
  geometry:
    | { type: 'Point'; coordinates: Place }
    | { type: 'LineString'; coordinates: Place[] }
    | { type: 'MultiPolygon'; coordinates: Place[][][] };
}

/** GeoJSON, as a source takes it. */
export interface Features {
  type: 'FeatureCollection';
  features: Feature[];
}

const NOTHING: Features = { type: 'FeatureCollection', features: [] };

const FONT = ['system-ui'];

/** The layers from the ground up, in the present colours. */
function layers(hasTiles: boolean): LayerSpecification[] {
  const [sea, land, edge, line, muted, accent, text, surface] = COLOURS.map(themeColour) as [
    ...[string, string, string, string, string, string, string, string],
  ];
  const tiles: LayerSpecification[] = hasTiles ? [{ id: 'tiles', type: 'raster', source: 'tiles' }] : [];
  const circle = { 'circle-stroke-color': surface, 'circle-stroke-width': 2 };
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': sea } },
    { id: 'land', type: 'fill', source: 'world', paint: { 'fill-color': land } },
    { id: 'borders', type: 'line', source: 'world', paint: { 'line-color': edge, 'line-width': 0.6, 'line-opacity': 0.7 } },
    ...tiles,
    { id: 'net', type: 'line', source: 'net', filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': line } },
    {
      id: 'net-labels',
      type: 'symbol',
      source: 'net',
      filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 10,
        'text-anchor': 'bottom-left',
        'text-offset': [0.3, -0.2],
      },
      paint: { 'text-color': muted, 'text-halo-color': land, 'text-halo-width': 1 },
    },
    {
      id: 'names',
      type: 'symbol',
      source: 'names',
      layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 11, 'text-max-width': 8 },
      paint: { 'text-color': muted, 'text-halo-color': land, 'text-halo-width': 1.2 },
    },
    {
      id: 'track-edge',
      type: 'line',
      source: 'track',
      layout: { 'line-join': 'round', 'line-cap': 'round' },
      paint: { 'line-color': surface, 'line-width': 6, 'line-opacity': 0.9 },
    },
    {
      id: 'track',
      type: 'line',
      source: 'track',
      layout: { 'line-join': 'round', 'line-cap': 'round' },
      paint: { 'line-color': accent, 'line-width': 3 },
    },
    { id: 'start', type: 'circle', source: 'start', paint: { ...circle, 'circle-radius': 5, 'circle-color': muted } },
    {
      id: 'here-halo',
      type: 'circle',
      source: 'here',
      paint: { 'circle-radius': 15, 'circle-color': accent, 'circle-opacity': 0.2 },
    },
    { id: 'here', type: 'circle', source: 'here', paint: { ...circle, 'circle-radius': 7, 'circle-color': accent } },
    { id: 'pointed', type: 'circle', source: 'pointed', paint: { ...circle, 'circle-radius': 6, 'circle-color': text } },
  ];
}

const COLOURS = ['map-sea', 'map-land', 'edge', 'line', 'muted', 'accent', 'text', 'surface'] as const;

/** The whole style. Nothing in it is fetched but tiles: words are drawn with fonts of the system. */
export function styleOf(countries: readonly Country[], tiles: Tiles | null): StyleSpecification {
  const empty = { type: 'geojson', data: NOTHING } as const;
  return {
    version: 8,
    sources: {
      world: { type: 'geojson', data: landOf(countries), tolerance: 0.2 },
      names: { type: 'geojson', data: namesOf(countries) },
      ...(tiles === null
        ? {}
        : { tiles: { type: 'raster', tiles: [tiles.url], tileSize: 256, attribution: tiles.attribution } }),
      net: empty,
      track: { ...empty, lineMetrics: false },
      start: empty,
      here: empty,
      pointed: empty,
    },
    layers: layers(tiles !== null),
  };
}

/** Every colour of the layers, for a map that is there already. */
export function paintsOf(hasTiles: boolean): [layer: string, property: string, value: unknown][] {
  return layers(hasTiles).flatMap((layer) =>
    Object.entries(layer.paint ?? {})
      .filter(([property]) => property.endsWith('-color'))
      .map(([property, value]): [string, string, unknown] => [layer.id, property, value]),
  );
}

const collected = (features: Feature[]): Features => ({ type: 'FeatureCollection', features });

function landOf(countries: readonly Country[]): Features {
  return collected(
    countries.map(({ name, polygons }) => {
      return { type: 'Feature', properties: { name }, geometry: { type: 'MultiPolygon', coordinates: polygons } };
    }),
  );
}

const namesOf = (countries: readonly Country[]): Features =>
  collected(countries.map(({ name, label }) => pointAt(label, { name })));

function pointAt(place: Place, properties: Record<string, string> = {}): Feature {
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates: place } };
}

function lineOf(line: Place[]): Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: line } };
}

/** One point, or none. */
export function pointAsFeatures(place: { lat: number; lon: number } | null | undefined): Features {
  return collected(place === null || place === undefined ? [] : [pointAt([place.lon, place.lat])]);
}

/** Lines as a source takes them. */
export const linesAsFeatures = (lines: readonly Place[][]): Features => collected(lines.map(lineOf));

/** The net of degrees as a source takes it: lines, and points with labels. */
export const netAsFeatures = (net: readonly NetLine[]): Features =>
  collected(net.flatMap(({ line, at, label }) => [lineOf(line), pointAt(at, { label })]));
