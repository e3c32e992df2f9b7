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
import { withLive } from './track.ts';
import { Values } from './values.tsx';

type Latest = components['schemas']['Latest'];

const COUNT = new Intl.NumberFormat('en');

/** Time of the point that is looked at: the plots and the map follow each other. */
const pointed = signal<number | null>(null);

export function Overview({
  oid,
  range,
  latest,
  positions,
  onRange,
}: {
  oid: string;
  range: Range;
  latest: Loaded<Latest>;
  /** Places that have come since the page is shown. */
  positions: readonly LivePosition[];
  onRange: (range: Range) => void;
}) {
  const words = texts.tracker.map;
  const query = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString(), slices: PLACES };
  const track = useLoaded(
    (stop) => ask(present().client.GET('/v1/telemetry/{oid}/track', { params: { path: { oid }, query: query }, signal: stop })),
    [oid, range],
  );
  useEffect(() => () => void (pointed.value = null), []);
  // Only the last hours go on.
  const stored = track.value?.points ?? [];
  const points = useMemo(() => (range.span === null ? stored : withLive(stored, positions)), [track.value, positions]);
  const extra = points.length - stored.length;
  const here = positions.at(-1)?.position ?? latest.value?.position ?? null;
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
              : words.says(COUNT.format(track.value.stored + extra), COUNT.format(points.length))}
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

/** The map is most of the console's weight: it comes when somebody looks at it. */
function LazyMap(props: MapProps) {
  const [Map, setMap] = useState<ComponentType<MapProps> | null>(null);
  useEffect(() => {
    void import('./map.tsx').then((module) => setMap(() => module.default));
  }, []);
  return Map === null ? <div class="map-wait" /> : <Map {...props} />;
}
