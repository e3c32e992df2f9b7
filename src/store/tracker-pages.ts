/** Reads many trackers without having all of them at once. */
import type { Tracker } from '#model/tracker';
import type { TrackerFilter, TrackerRegistry } from './tracker-store.ts';

/** Trackers read at a time. */
const PAGE = 500;

/** All trackers that pass a filter, a page at a time. */
export async function* pagesOf(
  registry: TrackerRegistry,
  filter: Omit<TrackerFilter, 'most' | 'afterOid'>,
): AsyncGenerator<readonly Tracker[]> {
  for (let afterOid = ''; ;) {
    const page = await registry.trackers({ ...filter, afterOid, most: PAGE });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    afterOid = page.at(-1)?.oid ?? '';
  }
}
