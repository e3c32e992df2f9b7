/** The map, what was said over time, and what was said last. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { present } from '../../app/session.ts';
import type { LivePosition } from '../../live/stream.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { useLoaded, type Loaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import type { MapProps } from './map.tsx';
import { Plots } from './plots.tsx';
import type { Range } from './range.ts';
import { PLACES } from './slices.ts';
import type { TrackPoint } from './track.ts';
import { Values } from './values.tsx';

type Latest = components['schemas']['Latest'];

const COUNT = new Intl.NumberFormat('en');

/** Time of the point that is looked at: the plots and the map follow each other. */
const pointed = signal<number | null>(null);

export function Overview({
  oid,
  range,
  latest,
  position,
  onRange,
}: {
  oid: string;
  range: Range;
  latest: Loaded<Latest>;
  position: LivePosition | null;
  onRange: (range: Range) => void;
}) {
  const words = texts.tracker.map;
  const query = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString(), slices: PLACES };
  const track = useLoaded(
    (stop) => ask(present().client.GET('/v1/telemetry/{oid}/track', { params: { path: { oid }, query: query }, signal: stop })),
    [oid, range],
  );
  const [extra, setExtra] = useState<readonly TrackPoint[]>([]);
  useEffect(() => setExtra([]), [track.value]);
  useEffect(() => {
    // Only the last hours go on.
    if (position !== null && range.span !== null && !position.backlog)
      setExtra((before) => [...before, pointOf(position, before.at(-1))]);
  }, [position]);
  useEffect(() => () => void (pointed.value = null), []);
  const points = useMemo(() => [...(track.value?.points ?? []), ...extra], [track.value, extra]);
  const here = position?.position ?? latest.value?.position ?? null;
  const [shown, setShown] = useState<string[]>([]);
  return (
    <div class="overview">
      <section class="panel overview-map" aria-label={words.title}>
        {track.value === null ? (
          <div class="map-wait" />
        ) : (
          <LazyMap points={points} here={here} pointed={pointed} view={`${track.value.from} ${track.value.to}`} />
        )}
        <p class="overview-map-says small" aria-live="polite">
          {track.value === null
            ? words.loading
            : points.length === 0
              ? words.nowhere
              : words.says(COUNT.format(track.value.stored + extra.length), COUNT.format(points.length))}
        </p>
      </section>
      {track.problem === null ? null : <ProblemNotice problem={track.problem} again={track.again} />}
      <Plots
        oid={oid}
        range={range}
        latest={latest.value}
        pointed={pointed}
        shown={shown}
        onShown={setShown}
        onRange={onRange}
      />
      <Values latest={latest} onShow={(key) => setShown((before) => (before.includes(key) ? before : [...before, key]))} />
    </div>
  );
}

function pointOf({ observed_at: at, position }: LivePosition, before: TrackPoint | undefined): TrackPoint {
  const { lat, lon, speed_kmh: speed = null, course_deg: course = null } = position;
  const starts = before !== undefined && Date.parse(at) - Date.parse(before.at) > BREAK_MS;
  return { at, lat, lon, speed_kmh: speed, course_deg: course, starts };
}

const BREAK_MS = 300_000;

/** The map is most of the console's weight: it comes when somebody looks at it. */
function LazyMap(props: MapProps) {
  const [Map, setMap] = useState<ComponentType<MapProps> | null>(null);
  useEffect(() => {
    void import('./map.tsx').then((module) => setMap(() => module.default));
  }, []);
  return Map === null ? <div class="map-wait" /> : <Map {...props} />;
}
