import type { Signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { present } from '../../app/session.ts';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { unitName } from '../../format/units.ts';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { nameOfSignal } from './signal-names.ts';
import { SLICES } from './slices.ts';
import type { Range } from './range.ts';

type Latest = components['schemas']['Latest'];
type PlotComponent = typeof import('./plot.tsx').default;

/** The speed that goes with places, as the API calls it. */
const SPEED = 'position.speed';

/** The speed, and what else was asked for, one plot below the other with one cursor. */
export function Plots({
  oid,
  range,
  latest,
  pointed,
  shown,
  onShown,
  onRange,
}: {
  oid: string;
  range: Range;
  latest: Latest | null;
  pointed: Signal<number | null>;
  shown: readonly string[];
  onShown: (keys: string[]) => void;
  onRange: (range: Range) => void;
}) {
  const words = texts.tracker.plots;
  const [Plot, setPlot] = useState<PlotComponent | null>(null);
  useEffect(() => {
    void import('./plot.tsx').then((module) => setPlot(() => module.default));
  }, []);
  const keys = [SPEED, ...shown];
  const query = {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    slices: SLICES,
    signals: keys.join(','),
  };
  const { value, problem, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/telemetry/{oid}/series', { params: { path: { oid }, query }, signal: stop })),
    [oid, range, keys.join(',')],
  );
  return (
    <section class="panel overview-plots" aria-label={words.title}>
      <header class="panel-head">
        <h2>{words.title}</h2>
        <span class="muted small plots-hint">{words.hint}</span>
        <SignalPicker latest={latest} shown={shown} onShown={onShown} />
      </header>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value === null || Plot === null
        ? null
        : value.series.map((series) => {
            const title = series.key === SPEED ? words.speed : nameOfSignal(series.key);
            return (
              <div class="plot-row" key={series.key}>
                <Plot
                  title={title}
                  unit={unitName(series.unit)}
                  series={series}
                  from={range.from}
                  to={range.to}
                  sliceMs={(range.to - range.from) / SLICES}
                  pointed={pointed}
                  onZoom={(from, to) => onRange({ span: null, from: Math.floor(from), to: Math.ceil(to) })}
                />
                {series.key === SPEED ? null : (
                  <Button
                    kind="plain"
                    icon="close"
                    label={words.remove(title)}
                    onClick={() => onShown(shown.filter((key) => key !== series.key))}
                  />
                )}
              </div>
            );
          })}
    </section>
  );
}

/** Signals that are shown at once, at most. */
const MOST = 8;

/** Adds another signal to those shown: those that were stated lately are offered. */
function SignalPicker({
  latest,
  shown,
  onShown,
}: {
  latest: Latest | null;
  shown: readonly string[];
  onShown: (keys: string[]) => void;
}) {
  const words = texts.tracker.plots;
  const others = (latest?.values ?? []).filter(({ key, value: last }) => typeof last === 'number' && !shown.includes(key));
  return (
    <select
      class="input"
      aria-label={words.add}
      value=""
      onInput={(event) => {
        const { value: key } = event.currentTarget;
        event.currentTarget.value = '';
        if (key !== '' && shown.length < MOST) onShown([...shown, key]);
      }}
    >
      <option value="">{words.addNone}</option>
      {others.map(({ key }) => (
        <option key={key} value={key}>
          {nameOfSignal(key)}
        </option>
      ))}
    </select>
  );
}
