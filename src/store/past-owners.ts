/** Whose a frame was when it was received: a box may have been moved to another vehicle since. */
import type { EpochMs } from '#model/clocks';
import { isActive, type Tracker } from '#model/tracker';
import type { ProviderTable } from '../providers/table.ts';
import { TrackerIndex } from './tracker-index.ts';

export class PastOwners {
  readonly #index: TrackerIndex<{ tracker: Tracker }>;

  /** `trackers` are all there ever were, those that are given up included. */
  constructor(trackers: readonly Tracker[], providers: ProviderTable) {
    this.#index = new TrackerIndex(providers);
    for (const tracker of trackers) this.#index.add({ tracker });
  }

  /** The tracker that an ident found at a time, of a company alone where one is named; `null` where nobody had registered it then. */
  at(protocol: string, ident: string, at: EpochMs, companyId?: string): Tracker | null {
    const wasHeld = (tracker: Tracker): boolean =>
      tracker.registeredAt <= at &&
      (isActive(tracker) || at < tracker.statusAt) &&
      (companyId === undefined || tracker.companyId === companyId);
    return this.#index.findAmong(protocol, ident, wasHeld)?.tracker ?? null;
  }
}
