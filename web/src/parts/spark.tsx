/** A small plot over time: where it stands and where it has been, with its greatest value, and a value where one points. */
import { useState } from 'preact/hooks';
import { spark, type Series } from './spark-path.ts';
import './spark.css';

export interface SparkProps {
  /** What the plot says, for those who do not see it. */
  label: string;
  /** Times of the values, ms, ascending. */
  times: readonly number[];
  /** One line or two, the first of them filled. */
  series: readonly Series[];
  /** Writes a value. */
  write: (value: number) => string;
  /** Said of the greatest value. */
  most: (value: string) => string;
  empty: string;
}

const WIDTH = 300;
const HEIGHT = 64;
const CLOCK = new Intl.DateTimeFormat('en', { timeStyle: 'short', hourCycle: 'h23' });

export function Spark({ label, times, series, write, most, empty }: SparkProps) {
  const [at, setAt] = useState<number | null>(null);
  const { paths, top } = spark(times, series, WIDTH, HEIGHT);
  if (times.length < 2) return <p class="spark spark-empty muted small">{empty}</p>;
  const [first = 0, last = 1] = [times[0], times.at(-1)];
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const time = first + ((event.clientX - box.left) / box.width) * (last - first);
    setAt(times.findIndex((each) => each >= time));
  };
  const chosen = at === null ? null : (times[at] ?? null);
  return (
    <figure class="spark">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerLeave={() => setAt(null)}
      >
        {paths.map(({ line, area }, i) => (
          <g key={i} class={i === 0 ? 'spark-first' : 'spark-second'}>
            {i === 0 ? <path class="spark-area" d={area} /> : null}
            <path class="spark-line" d={line} vector-effect="non-scaling-stroke" />
          </g>
        ))}
        {chosen === null ? null : (
          <line
            class="spark-cursor"
            x1={((chosen - first) / (last - first)) * WIDTH}
            x2={((chosen - first) / (last - first)) * WIDTH}
            y1={0}
            y2={HEIGHT}
            vector-effect="non-scaling-stroke"
          />
        )}
      </svg>
      <figcaption class="small muted">
        {chosen === null || at === null ? (
          <>
            {series.length < 2
              ? null
              : series.map(({ name }, i) => (
                  <span key={name} class={i === 0 ? 'spark-key-first' : 'spark-key-second'}>
                    {name}
                  </span>
                ))}
            <span>{most(write(top))}</span>
          </>
        ) : (
          <>
            {series.map(({ name, values }, i) => {
              const value = values[at] ?? null;
              return (
                <span key={name} class={i === 0 ? 'spark-key-first' : 'spark-key-second'}>
                  {value === null ? '–' : write(value)}
                </span>
              );
            })}
            <span>{CLOCK.format(chosen)}</span>
          </>
        )}
      </figcaption>
    </figure>
  );
}
