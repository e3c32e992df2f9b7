/**
 * The registry as one company sees it: of another company's trackers, and of what was heard of them, it knows nothing. Whoever acts for
 * a company is given this view and no other, so that forgetting to ask whose a tracker is shows nothing.
 */
import type { Tracker, Transition } from '#model/tracker';
import type { Evidence } from '../lifecycle/evidence.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import type { TripState } from '../lifecycle/trips.ts';
import type { Witness } from '../store/explain.ts';
import type { Notice, TrackerChange, TrackerFilter, TrackerRegistry } from '../store/tracker-store.ts';

export class CompanyView implements TrackerRegistry {
  readonly companyId: string;
  readonly #registry: TrackerRegistry;

  constructor(registry: TrackerRegistry, companyId: string) {
    this.#registry = registry;
    this.companyId = companyId;
  }

  /** Also tells of another company's tracker that holds the id: callers say no more of it than that. */
  async register(change: TrackerChange): Promise<{ exists: Tracker } | { exists: null }> {
    this.#own(change.tracker);
    return this.#registry.register(change);
  }

  async update(change: TrackerChange, ifRevision: number): Promise<boolean> {
    this.#own(change.tracker);
    return this.#registry.update(change, ifRevision);
  }

  async trackerByOid(oid: string): Promise<Tracker | null> {
    const found = await this.#registry.trackerByOid(oid);
    return found !== null && found.companyId === this.companyId && found.deletedAt === null ? found : null;
  }

  async trackersCalled(name: string): Promise<readonly Tracker[]> {
    const found = await this.#registry.trackersCalled(name);
    return found.filter(({ companyId, deletedAt }) => companyId === this.companyId && deletedAt === null);
  }

  async trackers(filter: TrackerFilter): Promise<readonly Tracker[]> {
    return this.#registry.trackers({ ...filter, companyId: this.companyId });
  }

  async activeTrackersOf(companyId: string): Promise<number> {
    return companyId === this.companyId ? this.#registry.activeTrackersOf(companyId) : 0;
  }

  async transitionsOf(oid: string): Promise<readonly Transition[]> {
    return (await this.trackerByOid(oid)) === null ? [] : this.#registry.transitionsOf(oid);
  }

  async evidenceOf(oid: string): Promise<Evidence | null> {
    return (await this.trackerByOid(oid)) === null ? null : this.#registry.evidenceOf(oid);
  }

  async tripOf(oid: string): Promise<TripState | null> {
    return (await this.trackerByOid(oid)) === null ? null : this.#registry.tripOf(oid);
  }

  /** Nothing where the ident is heard as another company's tracker, though a tracker of this one claims it too. */
  async livenessOf(ident: string): Promise<Liveness | null> {
    const found = await this.#registry.livenessOf(ident);
    return (await this.#isOwn(found)) ? found : null;
  }

  /** Idents nobody registered are nobody's. */
  async unregistered(most: number): Promise<readonly Liveness[]> {
    return this.#registry.unregistered(most);
  }

  /** How the whole gateway stands is no company's business. */
  statusCounts(): [] {
    return [];
  }

  notices(): readonly Notice[] {
    return [];
  }

  settleNotices(): void {}

  /** What a gateway has seen of a tracker of the company: of senders that named nobody, and of idents that are another's, nothing. */
  witness(witness: Witness): Witness {
    return {
      signsOf: async (idents) => {
        const own = await Promise.all(idents.map((names) => this.#ownNames(names)));
        const signs = await witness.signsOf(own);
        return signs === null ? null : signs.map((each) => ({ ...each, strangers: [] }));
      },
    };
  }

  async #ownNames(names: readonly string[]): Promise<string[]> {
    const own: string[] = [];
    for (const name of names) if (await this.#isOwn(await this.#registry.livenessOf(name))) own.push(name);
    return own;
  }

  /** What nobody is registered for is anybody's. */
  async #isOwn(heard: Liveness | null): Promise<boolean> {
    if (heard === null || heard.trackerOid === null) return true;
    const owner = await this.#registry.trackerByOid(heard.trackerOid);
    return owner === null || owner.companyId === this.companyId;
  }

  #own({ companyId, oid }: Tracker): void {
    if (companyId !== this.companyId) throw new Error(`tracker ${oid} is not of company ${this.companyId}`);
  }
}
