/** What a small plot draws. Pure. */

export interface Series {
  name: string;
  /** One a time; `null` where there is none. */
  values: readonly (number | null)[];
}

/** Lines over times, and the ground below each, in a box; `top` is the greatest value, which touches its upper edge. */
export function spark(
  times: readonly number[],
  series: readonly Series[],
  width: number,
  height: number,
): { paths: { line: string; area: string }[]; top: number } {
  const top = Math.max(0, ...series.flatMap(({ values }) => values.filter((value) => value !== null)));
  const [first = 0, last = 1] = [times[0], times.at(-1)];
  const x = (time: number): string => ((width * (time - first)) / Math.max(1, last - first)).toFixed(1);
  // A line of width 1 keeps within the box.
  const y = (value: number): string => (height - 1 - (top === 0 ? 0 : (value / top) * (height - 2))).toFixed(1);
  const paths = series.map(({ values }) => {
    const runs = runsOf(times, values);
    const line = runs
      .map((run) => run.map(([time, value], i) => `${i === 0 ? 'M' : 'L'}${x(time)} ${y(value)}`).join(''))
      .join('');
    const area = runs
      .map((run) => {
        const [begin, end] = [run[0]?.[0] ?? first, run.at(-1)?.[0] ?? last];
        return `M${x(begin)} ${height}${run.map(([time, value]) => `L${x(time)} ${y(value)}`).join('')}L${x(end)} ${height}Z`;
      })
      .join('');
    return { line, area };
  });
  return { paths, top };
}

/** Values that follow one another without a gap. */
function runsOf(times: readonly number[], values: readonly (number | null)[]): [number, number][][] {
  const runs: [number, number][][] = [];
  let run: [number, number][] = [];
  times.forEach((time, i) => {
    const value = values[i] ?? null;
    if (value === null) {
      if (run.length > 0) runs.push(run);
      run = [];
    } else run.push([time, value]);
  });
  if (run.length > 0) runs.push(run);
  return runs;
}
