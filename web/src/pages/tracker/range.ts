/** The part of time that a page shows, kept in its address: the last hours, or from one time to another. Pure. */

export const SPANS = { '1h': 3_600_000, '6h': 21_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type Span = keyof typeof SPANS;

/** A part of time. `span` is `null` where its bounds stand still. */
export interface Range {
  span: Span | null;
  from: number;
  to: number;
}

/** Reads the range of an address. What cannot be read is the last day. */
export function rangeOf(query: URLSearchParams, now: number): Range {
  const [from, to] = [query.get('from'), query.get('to')].map((text) => Date.parse(text ?? ''));
  if (from !== undefined && to !== undefined && from < to) return { span: null, from, to };
  const asked = query.get('range') ?? '';
  const span = Object.hasOwn(SPANS, asked) ? (asked as Span) : '24h';
  return { span, from: now - SPANS[span], to: now };
}

/** How a range stands in an address. */
export function rangeQuery({ span, from, to }: Range): Record<string, string> {
  return span === null ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() } : { range: span };
}
