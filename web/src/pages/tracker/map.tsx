/**
 * The map: a track on coasts, borders and a net of degrees that come with the console, or on tiles where the gateway names some. It is
 * loaded when it is shown, and asks nobody but the gateway.
 */
import * as maplibre from 'maplibre-gl';
import type { GeoJSONSource } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import worldUrl from 'world-atlas/countries-50m.json?url';
import type { Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { apiUrl } from '../../api/client.ts';
import { onColours } from '../../parts/colour.ts';
import { Notice } from '../../parts/notice.tsx';
import { texts } from '../../texts/index.ts';
import { countriesOf, netFor, type Country, type Topology } from './basemap.ts';
import { linesAsFeatures, netAsFeatures, paintsOf, pointAsFeatures, styleOf, type Features, type Tiles } from './map-style.ts';
import { boundsOf, linesOf, nearestTo, pointAt, type TrackPoint } from './track.ts';
import './map.css';

const MOST_ZOOM = 15;
const PADDING = 48;

export interface MapProps {
  points: readonly TrackPoint[];
  /** Where it is now, or was last. */
  here: { lat: number; lon: number } | null;
  /** Time of the point that is looked at, on the map or elsewhere. */
  pointed: Signal<number | null>;
  /** Changes whenever the map shall show all of the track. */
  view: string;
}

export default function MapView(props: MapProps) {
  const container = useRef<HTMLDivElement>(null);
  const drawn = useRef<DrawnMap | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const [broken, setBroken] = useState(false);

  useEffect(() => {
    let isGone = false;
    const make = async () => {
      const { countries, tiles } = await load();
      if (!isGone && container.current !== null) drawn.current = new DrawnMap(container.current, countries, tiles, newest);
    };
    make().catch(() => setBroken(true));
    return () => {
      isGone = true;
      drawn.current?.remove();
    };
  }, []);
  useEffect(() => drawn.current?.draw(), [props.points, props.here]);
  useEffect(() => drawn.current?.fit(), [props.view]);
  useEffect(() => props.pointed.subscribe(() => drawn.current?.point()), [props.pointed]);

  if (broken) return <Notice tone="wait">{texts.tracker.map.broken}</Notice>;
  return <div class="map" ref={container} />;
}

interface Loaded {
  countries: Country[];
  tiles: Tiles | null;
}

let loading: Promise<Loaded> | null = null;

/** The bundled world and the settings, read once. */
function load(): Promise<Loaded> {
  return (loading ??= Promise.all([
    json<Topology>(worldUrl),
    json<{ tile_url: string | null; tile_attribution: string | null }>(apiUrl('/console/settings.json')),
  ]).then(([world, { tile_url: url, tile_attribution: attribution }]) => {
    return { countries: countriesOf(world), tiles: url === null ? null : { url, attribution: attribution ?? '' } };
  }));
}

async function json<Body>(url: string): Promise<Body> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as Body;
}

/** The map itself, which lives outside of what Preact renders. */
class DrawnMap {
  readonly #map: maplibre.Map;
  readonly #props: { current: MapProps };
  readonly #stopColours: () => void;
  #isLoaded = false;
  #fitted = '';

  constructor(container: HTMLElement, countries: readonly Country[], tiles: Tiles | null, props: { current: MapProps }) {
    this.#props = props;
    maplibre.setWorkerUrl(new URL(workerUrl, document.baseURI).href);
    const isTouched = matchMedia('(pointer: coarse)').matches;
    const bounds = boundsOf(props.current.points);
    this.#map = new maplibre.Map({
      container,
      style: styleOf(countries, tiles),
      attributionControl: tiles === null ? false : { compact: false },
      locale: { ...texts.tracker.map.controls },
      // One finger scrolls the page, two move the map.
      cooperativeGestures: isTouched,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      maxZoom: tiles === null ? 16 : 19,
      ...(bounds === null
        ? { center: [0, 25], zoom: 1 }
        : { bounds, fitBoundsOptions: { padding: PADDING, maxZoom: MOST_ZOOM } }),
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new maplibre.NavigationControl({ showCompass: false }), 'top-right');
    this.#map.addControl(new maplibre.ScaleControl({ maxWidth: 120 }), 'bottom-right');
    this.#map.on('style.load', () => {
      this.#isLoaded = true;
      this.draw();
      this.#drawNet();
    });
    this.#map.on('idle', () => (container.dataset['state'] = 'drawn'));
    this.#map.on('moveend', () => this.#drawNet());
    this.#map.on('mousemove', (event) => this.#pointAt(event.lngLat, event.point));
    this.#map.on('mouseout', () => (props.current.pointed.value = null));
    this.#stopColours = onColours(() => {
      for (const [layer, property, value] of paintsOf(tiles !== null))
        this.#map.setPaintProperty(layer, property as 'fill-color', value as string);
    });
    // For who wants to know what is drawn: tests, and the console of the browser.
    Object.assign(container, { odographMap: this.#map });
  }

  /** Draws the track and where the tracker is. */
  draw(): void {
    if (!this.#isLoaded) return;
    const { points, here } = this.#props.current;
    this.#set('track', linesAsFeatures(linesOf(points)));
    this.#set('start', pointAsFeatures(points[0]));
    this.#set('here', pointAsFeatures(here));
    this.fit();
  }

  /** Shows all of the track, or where the tracker is. */
  fit(): void {
    const { points, here, view } = this.#props.current;
    if (!this.#isLoaded || this.#fitted === view) return;
    const bounds = boundsOf(points.length === 0 && here !== null ? [here] : points);
    if (bounds === null) return;
    this.#fitted = view;
    this.#map.fitBounds(bounds, { padding: PADDING, maxZoom: MOST_ZOOM, animate: false });
  }

  /** Marks the point that is looked at. */
  point(): void {
    if (!this.#isLoaded) return;
    const { points, pointed } = this.#props.current;
    const found = pointed.value === null ? null : pointAt(points, pointed.value);
    this.#set('pointed', pointAsFeatures(found));
  }

  remove(): void {
    this.#stopColours();
    this.#map.remove();
  }

  #pointAt({ lat, lng }: maplibre.LngLat, { x, y }: maplibre.Point): void {
    const { points, pointed } = this.#props.current;
    const found = nearestTo(points, lat, lng);
    const isNear = found !== null && this.#map.project([found.lon, found.lat]).dist(new maplibre.Point(x, y)) < NEAR_PX;
    pointed.value = isNear ? Date.parse(found.at) : null;
  }

  #drawNet(): void {
    const bounds = this.#map.getBounds();
    this.#set('net', netAsFeatures(netFor(bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth())));
  }

  #set(source: string, features: Features): void {
    void this.#map.getSource<GeoJSONSource>(source)?.setData(features);
  }
}

const NEAR_PX = 24;
