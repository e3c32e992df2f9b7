/** Finds trackers of a company: filters that no store knows are applied here, page by page and within bounds. */
import type { Tracker, ValidationStatus } from '#model/tracker';
import { categoryOf, type Category } from '../lifecycle/categories.ts';
import type { TrackerFilter } from '../store/tracker-store.ts';
import type { CompanyView } from './company-view.ts';

/** Which trackers are looked for. */
export interface TrackerQuery {
  provider?: Tracker['provider'] | undefined;
  status?: ValidationStatus | undefined;
  category?: Category | undefined;
  /** Found in an id, a plate, a make or the like, whatever the case. */
  text?: string | undefined;
  /** Oids to look among, page by page in ascending order; without it, all of the company. */
  among?: ((afterOid: string, most: number) => Promise<readonly string[]>) | undefined;
  afterOid?: string | undefined;
  most: number;
}

/** What was found, and from where to go on: `null` behind the last tracker. A page may hold fewer than were asked for, or none. */
export interface Found {
  trackers: readonly Tracker[];
  next: string | null;
}

/** Trackers read at a time, and looked at for one answer. */
const BATCH = 500;
const LOOKED_AT_MOST = 20_000;

/** Looks for trackers, in the order of their oids. */
export async function searchTrackers(view: CompanyView, query: TrackerQuery): Promise<Found> {
  const { most } = query;
  const found: Tracker[] = [];
  let after = query.afterOid ?? '';
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MOST;) {
    const batch = await read(view, query, after, Math.min(BATCH, most + 1));
    for (const { oid, tracker } of batch) {
      if (tracker !== null && matches(tracker, query)) {
        if (found.length === most) return { trackers: found, next: after };
        found.push(tracker);
      }
      after = oid;
    }
    lookedAt += batch.length;
    if (batch.length < Math.min(BATCH, most + 1)) return { trackers: found, next: null };
  }
  return { trackers: found, next: after };
}

async function read(
  view: CompanyView,
  { provider, status, among }: TrackerQuery,
  afterOid: string,
  most: number,
): Promise<{ oid: string; tracker: Tracker | null }[]> {
  if (among !== undefined) {
    const oids = await among(afterOid, most);
    return Promise.all(oids.map(async (oid) => ({ oid, tracker: await view.trackerByOid(oid) })));
  }
  const filter: TrackerFilter = { afterOid, most };
  if (provider !== undefined) filter.provider = provider;
  if (status !== undefined) filter.status = status;
  return (await view.trackers(filter)).map((tracker) => ({ oid: tracker.oid, tracker }));
}

function matches(tracker: Tracker, { provider, status, category, text }: TrackerQuery): boolean {
  if (provider !== undefined && tracker.provider !== provider) return false;
  if (status !== undefined && tracker.status !== status) return false;
  if (category !== undefined && categoryOf(tracker.status) !== category) return false;
  return text === undefined || textsOf(tracker).some((each) => each.toLowerCase().includes(text.toLowerCase()));
}

/** Texts of a tracker that people look for. */
export function textsOf({ oid, trackerId, foreignTrackerId, objectId }: Tracker): string[] {
  const named = Object.values(objectId).filter((value) => typeof value === 'string');
  return [oid, trackerId, ...(foreignTrackerId === null ? [] : [foreignTrackerId]), ...named];
}
