/**
 * Looks at all trackers of a company at once: how many there are of each kind, those of a filter in an order that people read, and any
 * page of them. No store sorts and counts like that, so the little that it takes is kept in memory while somebody looks: some 300
 * bytes a tracker. What is shown of a page is read from the store each time, so that only order and counts can be seconds old.
 */
import { setImmediate } from 'node:timers/promises';
import type { Clock, EpochMs } from '#model/clocks';
import { isActive, type ConnectionType, type ProviderName, type Tracker, type ValidationStatus } from '#model/tracker';
import { CATEGORIES, categoryOf, type Category } from '../lifecycle/categories.ts';
import { newestOf } from '../lifecycle/why.ts';
import { heardOf } from '../store/explain.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import { CompanyView } from './company-view.ts';
import { textsOf } from './search.ts';

/** The orders a list can have: by kind, what needs somebody first; by the last change; by the registration; by the name. */
export const DIRECTORY_ORDERS = ['category', 'changed', 'registered', 'name'] as const;
export type DirectoryOrder = (typeof DIRECTORY_ORDERS)[number];

/** Which trackers, and which page of them. */
export interface DirectoryQuery {
  provider?: ProviderName | undefined;
  type?: ConnectionType | undefined;
  status?: ValidationStatus | undefined;
  category?: Category | undefined;
  /** Found in an id, a plate, a make or the like, whatever the case. */
  text?: string | undefined;
  /** Only active ones of which nothing was heard for so long. */
  silentForMs?: number | undefined;
  order: DirectoryOrder;
  offset: number;
  most: number;
}

type Filter = Omit<DirectoryQuery, 'offset' | 'most'>;

/** A tracker as lists show it. */
export interface DirectoryRow {
  tracker: Tracker;
  /** When a frame of it came last; `null` where none ever did. */
  heardAt: EpochMs | null;
  /** Metres it was seen to drive since its validation. */
  metres: number;
}

export interface DirectoryPage {
  rows: readonly DirectoryRow[];
  /** Trackers that pass the filter. */
  total: number;
  /** Those that pass all of the filter but the category, by category. */
  counts: Readonly<Record<Category, number>>;
  /** When order and counts were taken. */
  asOf: EpochMs;
}

/** What is kept of a tracker. */
interface Entry {
  oid: string;
  provider: ProviderName;
  type: ConnectionType;
  status: ValidationStatus;
  category: Category;
  statusAt: EpochMs;
  registeredAt: EpochMs;
  name: string;
  /** All that is searched, in lower case, with line breaks between. */
  text: string;
  /** `undefined` before anybody asked for silent ones. */
  heardAt?: EpochMs | null;
}

/** What a filter has found, in its order. */
interface Found {
  entries: readonly Entry[];
  counts: Readonly<Record<Category, number>>;
}

interface Snapshot {
  entries: Map<string, Entry>;
  /** What the last filters have found: whoever scrolls asks for the same again and again. */
  found: Map<string, Found>;
  takenAt: EpochMs;
  /** How long the taking took, ms. */
  tookMs: number;
  heardTakenAt: EpochMs | null;
  usedAt: EpochMs;
  /** Taking of the next one. */
  next: Promise<Snapshot> | null;
}

const BATCH = 500;
/** A snapshot is taken anew when it is older, and older than twenty times what taking it costs. */
const FRESH_MS = 2_000;
const COST = 20;
/** An older one is not shown while the next is taken. */
const STALE_MS = 60_000;
/** Answers kept of one snapshot. */
const FOUND_MOST = 16;
const HEARD_FRESH_MS = 60_000;
/** Nobody looks any more. */
const UNUSED_MS = 120_000;
const ORDER_OF_CATEGORIES: Readonly<Record<Category, number>> = { error: 0, pending: 1, connected: 2, disconnected: 3 };

export class Directory {
  readonly #registry: TrackerRegistry;
  readonly #now: Clock;
  readonly #snapshots = new Map<string, Promise<Snapshot>>();

  constructor(registry: TrackerRegistry, now: Clock) {
    this.#registry = registry;
    this.#now = now;
  }

  /** Gives a page of a company's trackers. */
  async page(companyId: string, query: DirectoryQuery): Promise<DirectoryPage> {
    const view = new CompanyView(this.#registry, companyId);
    const snapshot = await this.#snapshot(companyId, view);
    if (query.silentForMs !== undefined) await this.#hear(view, snapshot);
    const { offset, most, ...filter } = query;
    const { entries, counts } = this.#find(snapshot, filter);
    const page = entries.slice(offset, offset + most);
    const rows = await Promise.all(page.map((entry) => this.#row(view, snapshot, entry)));
    return { rows: rows.filter((row) => row !== null), total: entries.length, counts, asOf: snapshot.takenAt };
  }

  /** Takes down at once what the company itself has changed; `null` for a tracker that is gone. */
  async noteChange(companyId: string, oid: string, tracker: Tracker | null): Promise<void> {
    const snapshot = await this.#snapshots.get(companyId)?.catch(() => undefined);
    for (const each of [snapshot, await snapshot?.next?.catch(() => undefined)]) {
      each?.found.clear();
      if (tracker === null) each?.entries.delete(oid);
      else each?.entries.set(oid, entryOf(tracker));
    }
  }

  #find(snapshot: Snapshot, filter: Filter): Found {
    const key = JSON.stringify(filter);
    const before = snapshot.found.get(key);
    if (before !== undefined) return before;
    const counts = Object.fromEntries(CATEGORIES.map((category) => [category, 0])) as Record<Category, number>;
    const passing = [...snapshot.entries.values()].filter((entry) => this.#passes(entry, filter));
    for (const { category } of passing) counts[category] += 1;
    const entries = passing.filter(({ category }) => filter.category === undefined || category === filter.category);
    const found = { entries: entries.sort(COMPARE[filter.order]), counts };
    if (snapshot.found.size >= FOUND_MOST) snapshot.found.clear();
    snapshot.found.set(key, found);
    return found;
  }

  #passes(entry: Entry, { provider, type, status, text, silentForMs }: Filter): boolean {
    if (provider !== undefined && entry.provider !== provider) return false;
    if (type !== undefined && entry.type !== type) return false;
    if (status !== undefined && entry.status !== status) return false;
    if (text !== undefined && !entry.text.includes(text.toLowerCase())) return false;
    if (silentForMs === undefined) return true;
    return isActive(entry) && (entry.heardAt ?? 0) < this.#now() - silentForMs;
  }

  /** Reads what is shown; `null` where the tracker is gone since. */
  async #row(view: CompanyView, { entries }: Snapshot, { oid }: Entry): Promise<DirectoryRow | null> {
    const tracker = await view.trackerByOid(oid);
    if (tracker === null) {
      entries.delete(oid);
      return null;
    }
    const known = entries.get(oid);
    if (known !== undefined) Object.assign(known, entryOf(tracker));
    const heardAt = newestOf(await heardOf(view, tracker))?.lastFrameAt ?? null;
    const counts = tracker.status === 'pending_for_data' || tracker.status === 'error_data';
    const evidence = counts ? await this.#registry.evidenceOf(oid) : null;
    return { tracker, heardAt, metres: evidence?.distance.walk.metres ?? 0 };
  }

  async #snapshot(companyId: string, view: CompanyView): Promise<Snapshot> {
    const now = this.#now();
    let snapshot = await this.#snapshots.get(companyId);
    if (snapshot === undefined || now - snapshot.takenAt > STALE_MS) {
      const taking = this.#take(view);
      this.#snapshots.set(companyId, taking);
      taking.catch(() => this.#snapshots.delete(companyId));
      snapshot = await taking;
    } else if (snapshot.next === null && now - snapshot.takenAt > Math.max(FRESH_MS, COST * snapshot.tookMs)) {
      this.#renew(companyId, view, snapshot);
    }
    snapshot.usedAt = now;
    void this.#forgetUnused(now);
    return snapshot;
  }

  async #forgetUnused(now: EpochMs): Promise<void> {
    for (const [companyId, taking] of this.#snapshots) {
      const snapshot = await taking.catch(() => null);
      if (snapshot === null || now - snapshot.usedAt > UNUSED_MS) this.#snapshots.delete(companyId);
    }
  }

  /** Takes the next snapshot behind the back of whoever reads this one. */
  #renew(companyId: string, view: CompanyView, before: Snapshot): void {
    before.next = this.#take(view, before);
    void this.#replace(companyId, before, before.next);
  }

  async #replace(companyId: string, before: Snapshot, next: Promise<Snapshot>): Promise<void> {
    try {
      await next;
      this.#snapshots.set(companyId, next);
    } catch {
      // The store is away: the next look tries again.
      before.next = null;
    }
  }

  async #take(view: CompanyView, before?: Snapshot): Promise<Snapshot> {
    const takenAt = this.#now();
    const entries = new Map<string, Entry>();
    for (let afterOid = ''; ;) {
      const page = await view.trackers({ afterOid, most: BATCH });
      for (const tracker of page) {
        const heardAt = before?.entries.get(tracker.oid)?.heardAt;
        entries.set(tracker.oid, { ...entryOf(tracker), ...(heardAt === undefined ? {} : { heardAt }) });
      }
      if (page.length < BATCH) break;
      afterOid = page.at(-1)?.oid ?? '';
      // A store in this process answers at once: others want to get on in between.
      await setImmediate();
    }
    const { heardTakenAt } = before ?? { heardTakenAt: null };
    return { entries, found: new Map(), takenAt, tookMs: this.#now() - takenAt, heardTakenAt, usedAt: takenAt, next: null };
  }

  /** Looks up when each was heard last: dear, so only for those who want to know, and not every time. */
  async #hear(view: CompanyView, snapshot: Snapshot): Promise<void> {
    const now = this.#now();
    const isFresh = snapshot.heardTakenAt !== null && now - snapshot.heardTakenAt < HEARD_FRESH_MS;
    let looked = 0;
    for (const entry of snapshot.entries.values()) {
      if (!isActive(entry) || (isFresh && entry.heardAt !== undefined)) continue;
      const tracker = await view.trackerByOid(entry.oid);
      entry.heardAt = tracker === null ? null : (newestOf(await heardOf(view, tracker))?.lastFrameAt ?? null);
      if (++looked % BATCH === 0) await setImmediate();
    }
    if (looked > 0) snapshot.found.clear();
    snapshot.heardTakenAt = isFresh ? snapshot.heardTakenAt : now;
  }
}

function entryOf(tracker: Tracker): Omit<Entry, 'heardAt'> {
  const { oid, provider, type, status, statusAt, registeredAt, trackerId, objectId } = tracker;
  const plate = objectId['license_plate'];
  return {
    oid,
    provider,
    type,
    status,
    category: categoryOf(status),
    statusAt,
    registeredAt,
    name: (typeof plate === 'string' && plate !== '' ? plate : trackerId).toUpperCase(),
    text: textsOf(tracker).join('\n').toLowerCase(),
  };
}

type Compare = (a: Entry, b: Entry) => number;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byChange: Compare = (a, b) => b.statusAt - a.statusAt || byText(a.oid, b.oid);

const COMPARE: Readonly<Record<DirectoryOrder, Compare>> = {
  category: (a, b) => ORDER_OF_CATEGORIES[a.category] - ORDER_OF_CATEGORIES[b.category] || byChange(a, b),
  changed: byChange,
  registered: (a, b) => b.registeredAt - a.registeredAt || byText(a.oid, b.oid),
  name: (a, b) => byText(a.name, b.name) || byText(a.oid, b.oid),
};
