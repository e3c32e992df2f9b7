/** Shapes that several routes share. */
import { z } from 'zod';
import type { EpochMs } from '#model/clocks';

/** Times are UTC, as ISO 8601 with milliseconds. */
export const time = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });

/** Formats a time. */
export function timeOf(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** Formats a time that may be missing. */
export function timeOrNull(at: EpochMs | null): string | null {
  return at === null ? null : timeOf(at);
}

const MOST = 500;
const USUAL = 100;

/** The query of every list. */
export const pageQuery = {
  cursor: z.string().min(1).max(200).optional().meta({ description: '`next_cursor` of the page before' }),
  limit: z.coerce.number().int().min(1).max(MOST).default(USUAL).meta({ description: 'Most items of the page' }),
};

/** A page of a list: its items, and where the next page begins. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({ description: 'Give it as `cursor` for the next page; null behind the last one' }),
  });
}

/** Cuts a page out of one item more than was asked for: what lies behind says whether there is another page. */
export function cutPage<Item>(found: readonly Item[], limit: number, cursorOf: (item: Item) => string) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}
