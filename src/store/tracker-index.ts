/** Trackers in memory, found by the idents that devices claim on the wire. */
import { identKey, identsOf, type ProviderName, type Tracker } from '#model/tracker';
import type { ProviderTable } from '../providers/table.ts';

/** The tracker as it is, and as the store has it. */
export interface IndexedTracker {
  tracker: Tracker;
}

/** Answers remembered for idents as they come on the wire, before all are forgotten at once. */
const MEMO_MOST = 200_000;

/** Finds trackers by tracker id, then foreign tracker id, then serial number. */
export class TrackerIndex<Entry extends IndexedTracker> {
  readonly #providersOf = new Map<string, ReadonlySet<ProviderName>>();
  readonly #byOid = new Map<string, Entry>();
  /** Entries with this ident in any of the three fields. */
  readonly #byKey = new Map<string, Entry[]>();
  /** By company, or none, and protocol; then by ident: a text made for each look would cost more than the look. */
  #memo = new Map<string, Map<string, Entry | null>>();
  #remembered = 0;
  /** What was asked last, and the answer: of each frame it is asked twice. */
  #last: { protocol: string; ident: string; companyId: string | undefined; found: Entry | null } | null = null;

  constructor(providers: ProviderTable) {
    for (const [name, { protocols }] of Object.entries(providers) as [ProviderName, ProviderTable[ProviderName]][]) {
      for (const protocol of protocols) {
        this.#providersOf.set(protocol, new Set([...(this.#providersOf.get(protocol) ?? []), name]));
      }
    }
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.#byOid.values();
  }

  get(oid: string): Entry | undefined {
    return this.#byOid.get(oid);
  }

  /** Adds an entry. `find` is of use only where no more than active trackers are in. */
  add(entry: Entry): void {
    this.#byOid.set(entry.tracker.oid, entry);
    for (const key of keysOf(entry.tracker)) {
      const entries = this.#byKey.get(key);
      if (entries === undefined) this.#byKey.set(key, [entry]);
      else entries.push(entry);
    }
    this.#forget();
  }

  remove(entry: Entry): void {
    this.#byOid.delete(entry.tracker.oid);
    for (const key of keysOf(entry.tracker)) {
      const left = (this.#byKey.get(key) ?? []).filter((other) => other !== entry);
      if (left.length === 0) this.#byKey.delete(key);
      else this.#byKey.set(key, left);
    }
    this.#forget();
  }

  /** The tracker a wire ident belongs to, among the providers bound to the protocol; of one company where that is given. */
  find(protocol: string, ident: string, companyId?: string): Entry | null {
    const last = this.#last;
    if (last !== null && last.ident === ident && last.protocol === protocol && last.companyId === companyId) return last.found;
    const found = this.#remembering(protocol, ident, companyId);
    if (last === null) this.#last = { protocol, ident, companyId, found };
    else {
      last.protocol = protocol;
      last.ident = ident;
      last.companyId = companyId;
      last.found = found;
    }
    return found;
  }

  #remembering(protocol: string, ident: string, companyId: string | undefined): Entry | null {
    const name = companyId === undefined ? protocol : `${companyId}/${protocol}`;
    let memo = this.#memo.get(name);
    const known = memo?.get(ident);
    if (known !== undefined) return known;
    if (this.#remembered >= MEMO_MOST) {
      this.#forget();
      memo = undefined;
    }
    if (memo === undefined) {
      memo = new Map();
      this.#memo.set(name, memo);
    }
    const found = this.findAmong(protocol, ident, (tracker) => companyId === undefined || tracker.companyId === companyId);
    memo.set(ident, found);
    this.#remembered++;
    return found;
  }

  #forget(): void {
    this.#memo = new Map();
    this.#remembered = 0;
    this.#last = null;
  }

  /** The tracker a wire ident belongs to, among those that may be meant. */
  findAmong(protocol: string, ident: string, isMeant: (tracker: Tracker) => boolean): Entry | null {
    const key = identKey(ident);
    const bound = this.#providersOf.get(protocol);
    if (key === '' || bound === undefined) return null;
    let best: Entry | null = null;
    for (const entry of this.#byKey.get(key) ?? []) {
      const { tracker } = entry;
      if (!bound.has(tracker.provider) || !isMeant(tracker)) continue;
      if (best === null || comesBefore(tracker, best.tracker, key)) best = entry;
    }
    return best;
  }
}

/** Of two trackers that claim one ident, as `identKey` has it: the one of the stronger field gets its data, then the one registered first. */
export function comesBefore(a: Tracker, b: Tracker, key: string): boolean {
  const [rankA, rankB] = [rankOf(a, key), rankOf(b, key)];
  if (rankA !== rankB) return rankA < rankB;
  return a.registeredAt < b.registeredAt || (a.registeredAt === b.registeredAt && a.oid < b.oid);
}

const RANKS = { tracker_id: 0, foreign_tracker_id: 1, serial_number: 2 } as const;

function rankOf(tracker: Tracker, key: string): number {
  const named = identsOf(tracker).find(({ ident }) => identKey(ident) === key);
  return named === undefined ? Infinity : RANKS[named.source];
}

function keysOf(tracker: Tracker): ReadonlySet<string> {
  return new Set(identsOf(tracker).map(({ ident }) => identKey(ident)));
}
