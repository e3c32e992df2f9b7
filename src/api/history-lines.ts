/** A history as lines of text, read page by page at the pace of whoever takes them: a slow reader holds nothing but its own page. */
import type { Tracker } from '#model/tracker';
import type { HistoryQuery, ReadMessage } from '../reading/telemetry.ts';
import type { TelemetryServices } from './services.ts';
import { shownMessage } from './shown-message.ts';

export type HistoryFormat = 'json' | 'ndjson' | 'csv';

/** Messages read at a time. */
const PAGE = 2_000;
const CSV_COLUMNS = [
  'device_time',
  'observed_at',
  'received_at',
  'backlog',
  'lat',
  'lon',
  'valid',
  'altitude_m',
  'speed_kmh',
  'course_deg',
  'satellites',
  'hdop',
  'events',
] as const;

/** Gives the lines, a page of them at a time. In CSV each key that was asked for has a column; without keys, one holds them as JSON. */
export async function* historyLines(
  telemetry: Pick<TelemetryServices, 'history'>,
  tracker: Tracker,
  range: Omit<HistoryQuery, 'most'>,
  format: Exclude<HistoryFormat, 'json'>,
): AsyncGenerator<string> {
  const { keys } = range;
  if (format === 'csv') yield `${[...CSV_COLUMNS, ...(keys ?? ['signals'])].map(csvCell).join(',')}\n`;
  for (let { after } = range; ;) {
    const page = await telemetry.history(tracker, { ...range, after, most: PAGE });
    if (page.length > 0)
      yield page.map((message) => (format === 'csv' ? csvLine(message, keys) : ndjsonLine(message))).join('');
    if (page.length < PAGE) return;
    after = page.at(-1)?.cursor ?? null;
  }
}

function ndjsonLine(message: ReadMessage): string {
  return `${JSON.stringify(shownMessage(message))}\n`;
}

function csvLine(message: ReadMessage, keys: readonly string[] | null): string {
  const { signals, states, events, position, ...times } = shownMessage(message);
  const facts: Record<string, string | number | boolean | null> = { ...times, ...position, events: events.join(' ') };
  const values: Record<string, string | number> = { ...signals, ...states };
  const own = keys === null ? [JSON.stringify(values)] : keys.map((key) => values[key]);
  return `${[...CSV_COLUMNS.map((name) => facts[name]), ...own].map(csvCell).join(',')}\n`;
}

/** A cell as RFC 4180 has it. Text that a spreadsheet would take for a formula is told to be text. */
export function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
