/** What a plot draws of signals over time. Pure. */
import type { components } from '../../api/client.ts';

export type Series = components['schemas']['Series']['series'][number];

/** Columns as the plot library takes them: seconds, then least, most and mean, with `null` where the line is broken. */
export type Columns = [number[], (number | null)[], (number | null)[], (number | null)[]];

/** A longer silence breaks a line where slices are shorter, ms. */
const BREAK_MS = 300_000;

/** Makes the columns of a series, whose slices are so long. */
export function columnsOf({ at, least, most, mean }: Series, sliceMs: number): Columns {
  const breakMs = Math.max(BREAK_MS, sliceMs * 2.5);
  const columns: Columns = [[], [], [], []];
  let before = -Infinity;
  for (const [i, text] of at.entries()) {
    const time = Date.parse(text);
    if (time - before > breakMs && i > 0) push(columns, (before + time) / 2, null, null, null);
    push(columns, time, least[i] ?? null, most[i] ?? null, mean[i] ?? null);
    before = time;
  }
  return columns;
}

function push(columns: Columns, at: number, ...values: [number | null, number | null, number | null]): void {
  columns[0].push(at / 1_000);
  for (const [i, value] of values.entries()) columns[(i + 1) as 1 | 2 | 3].push(value);
}
