/** What is looked for, as it stands in the address: whoever sends the address shows the same list. Pure. */
import { CONNECTION_TYPES, PROVIDERS, VALIDATION_STATUSES } from '#model/tracker';
import type { Category } from '../../../../src/lifecycle/categories.ts';

/** In the order of the list: what needs somebody comes first. */
export const CATEGORIES = ['error', 'pending', 'connected', 'disconnected'] as const satisfies readonly Category[];
export const ORDERS = ['category', 'changed', 'registered', 'name'] as const;
export const SILENCES = ['1h', '24h', '7d'] as const;

/** A filter of the directory; what is absent does not matter. */
export interface Wish {
  text?: string;
  category?: Category;
  provider?: (typeof PROVIDERS)[number];
  type?: (typeof CONNECTION_TYPES)[number];
  status?: (typeof VALIDATION_STATUSES)[number];
  silent_for?: (typeof SILENCES)[number];
  order?: (typeof ORDERS)[number];
}

/** A part of a wish that is changed: `undefined` takes it out. */
export type Change = { [Name in keyof Wish]?: Wish[Name] | undefined };

/** Reads the wish out of an address; what is none is left out. */
export function wishOf(query: URLSearchParams): Wish {
  const wish: Wish = {};
  const text = query.get('text')?.trim() ?? '';
  if (text !== '') wish.text = text.slice(0, 100);
  const one = <Word extends string>(name: string, words: readonly Word[]): Word | undefined =>
    words.find((word) => word === query.get(name));
  const found = {
    category: one('category', CATEGORIES),
    provider: one('provider', PROVIDERS),
    type: one('type', CONNECTION_TYPES),
    status: one('status', VALIDATION_STATUSES),
    silent_for: one('silent_for', SILENCES),
    order: one('order', ORDERS),
  };
  return Object.assign(wish, Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)));
}

/** Whether anything is filtered, by more than its kind. */
export function isFiltered({ text, provider, type, status, silent_for: silence }: Wish): boolean {
  return [text, provider, type, status, silence].some((each) => each !== undefined);
}

/** What a row of the list is: a tracker by its place in the order, or the heading of a kind. */
export type ListRow = { heading: Category } | { at: number };

export type Counts = Readonly<Record<Category, number>>;

/**
 * Tells what stands at a row of the list: where it is ordered by kind, each kind that has trackers begins with its heading. Counted, not
 * kept: a list of a hundred thousand rows costs nothing.
 */
export function rowAt(index: number, counts: Counts, headed: boolean): ListRow {
  if (!headed) return { at: index };
  let row = 0;
  let at = 0;
  for (const category of CATEGORIES) {
    const size = counts[category];
    if (size === 0) continue;
    if (index === row) return { heading: category };
    if (index <= row + size) return { at: at + index - row - 1 };
    row += size + 1;
    at += size;
  }
  return { at: index };
}

/** Rows of the list, headings among them. */
export function rowsOf(total: number, counts: Counts, headed: boolean): number {
  return headed ? total + CATEGORIES.filter((category) => counts[category] > 0).length : total;
}
