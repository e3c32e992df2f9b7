/** One quantity over time: its mean as a line, its least and greatest values as a band. Loaded when it is shown. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { onColours, themeColour } from '../../parts/colour.ts';
import { whole } from '../../format/time.ts';
import { sayValue } from '../../format/units.ts';
import { texts } from '../../texts/index.ts';
import { columnsOf, type Columns, type Series } from './series.ts';

const HEIGHT = 132;
const DAY_S = 86_400;

interface PlotProps {
  title: string;
  /** Name of its unit. */
  unit: string | null;
  series: Series;
  from: number;
  to: number;
  sliceMs: number;
  /** Time that is looked at, here, in other plots or on the map. */
  pointed: Signal<number | null>;
  /** Called with a part that was dragged over. */
  onZoom: (from: number, to: number) => void;
}

export default function Plot({ title, unit, series, from, to, sliceMs, pointed, onZoom }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [round, setRound] = useState(0);
  const columns = columnsOf(series, sliceMs);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;

  useEffect(() => onColours(() => setRound((before) => before + 1)), []);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsFor(element.clientWidth, from, to, pointed, zoom), columns, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const stop = pointed.subscribe((at) => follow(made, at));
    return () => {
      stop();
      resized.disconnect();
      made.destroy();
    };
  }, [series, from, to, round]);

  const at = pointed.value;
  const index = at === null ? -1 : indexAt(columns, at / 1_000);
  const words = texts.tracker.plots;
  const value = columns[3][index];
  const said = value === undefined || value === null ? words.nothing : sayValue(round3(value), unit);
  return (
    <figure class="plot">
      <figcaption>
        <strong>{title}</strong>
        <span class="plot-says">{at === null ? rangeSaid(columns, unit) : said}</span>
      </figcaption>
      <div
        class="plot-canvas"
        ref={place}
        role="slider"
        tabIndex={0}
        aria-label={words.label(title)}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={at ?? to}
        aria-valuetext={at === null ? rangeSaid(columns, unit) : `${whole(at)}: ${said}`}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
          if (event.key === 'Escape') pointed.value = null;
          if (step === undefined) return;
          event.preventDefault();
          const times = columns[0];
          const next = Math.max(0, Math.min(times.length - 1, (index === -1 ? times.length : index) + step));
          pointed.value = (times[next] ?? to / 1_000) * 1_000;
        }}
      />
    </figure>
  );
}

function optionsFor(
  width: number,
  from: number,
  to: number,
  pointed: Signal<number | null>,
  zoom: { current: (from: number, to: number) => void },
): uPlot.Options {
  const [accent, muted, line] = ['accent', 'muted', 'line'].map(themeColour) as [string, string, string];
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: FONT };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    scales: {
      x: { time: true, range: [from / 1_000, to / 1_000] },
      y: { range: { min: { pad: 0.1, soft: 0, mode: 2 }, max: { pad: 0.1 } } },
    },
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
    axes: [
      { ...axis, size: 26, space: 70, values: (_plot, splits, _axis, _space, step) => splits.map((at) => tickOf(at, step)) },
      { ...axis, size: 48, space: 28 },
    ],
    series: [
      {},
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: accent, width: 1.6, points: { show: false } },
    ],
    bands: [{ series: [2, 1], fill: accent.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.18)') }],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx } = plot.cursor;
          // Only what somebody does here: what came from elsewhere is known already.
          if (!isMouse(plot)) return;
          const at = typeof idx === 'number' ? plot.data[0][idx] : undefined;
          pointed.value = at === undefined ? null : at * 1_000;
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select;
          if (wide < LEAST_PX) return;
          zoom.current(plot.posToVal(left, 'x') * 1_000, plot.posToVal(left + wide, 'x') * 1_000);
        },
      ],
    },
  };
}

const FONT = '11px system-ui, sans-serif';
/** A shorter drag was a click. */
const LEAST_PX = 8;

/** Whether the cursor is where somebody has put it. */
const isMouse = ({ cursor: { event } }: uPlot): boolean => event !== null && event !== undefined;

/** Moves the cursor of a plot to a time. */
function follow(plot: uPlot, at: number | null): void {
  if (isMouse(plot) && plot.root.matches(':hover')) return;
  const left = at === null ? -10 : plot.valToPos(at / 1_000, 'x');
  plot.setCursor({ left, top: at === null ? -10 : 10 }, false);
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

function tickOf(atS: number, stepS: number): string {
  const at = new Date(atS * 1_000);
  if (stepS >= DAY_S || (at.getHours() === 0 && at.getMinutes() === 0)) return DAY.format(at);
  return (stepS < 60 ? SECONDS : CLOCK).format(at);
}

function indexAt([times]: Columns, atS: number): number {
  const after = times.findIndex((time) => time > atS);
  return (after === -1 ? times.length : after) - 1;
}

const round3 = (value: number): number => Number(value.toPrecision(4));

function rangeSaid(columns: Columns, unit: string | null): string {
  const least = columns[1].filter((value) => value !== null);
  const most = columns[2].filter((value) => value !== null);
  if (least.length === 0) return texts.tracker.plots.nothing;
  return `${sayValue(round3(Math.min(...least)), null)} – ${sayValue(round3(Math.max(...most)), unit)}`;
}
