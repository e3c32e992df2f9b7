/** What a company does with its trackers. */
import { randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import { identKey, isActive, type Tracker, type Transition } from '#model/tracker';
import { statusStep } from '../lifecycle/next-step.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import type { ValidationProgress } from '../lifecycle/why-facts.ts';
import type { Why } from '../lifecycle/why.ts';
import type { TrackerRequest } from '../providers/rules.ts';
import type { ProviderTable } from '../providers/table.ts';
import { cancelTracker, deleteTracker, updateTracker, type TrackerEdit } from '../store/change.ts';
import { explainTracker, type Witness } from '../store/explain.ts';
import { silentTrackers, type SilenceQuery, type SilentTracker } from '../store/silent.ts';
import { trackerUnknown } from '../store/refusals.ts';
import { registerTracker } from '../store/register.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import type { Companies } from './companies.ts';
import { CompanyView } from './company-view.ts';
import { providerCalled } from './credentials.ts';
import type { Directory, DirectoryPage, DirectoryQuery } from './directory.ts';
import type { Groups } from './groups.ts';
import type { Odometers } from './odometers.ts';
import type { Papers } from './papers.ts';
import { searchTrackers, type Found, type TrackerQuery } from './search.ts';

export { placeOf, type SilencePlace, type SilentTracker } from '../store/silent.ts';
export type { TrackerEdit };

/** Starts the validation of a tracker with its provider. */
export type StartValidation = (
  registry: TrackerRegistry,
  oid: string,
  wish: { odoKm: number | null; by: string },
) => Promise<Tracker>;

export interface TrackersParts {
  registry: TrackerRegistry;
  providers: ProviderTable;
  rules: EvidenceRules;
  witness: Witness;
  companies: Companies;
  groups: Groups;
  papers: Papers;
  odometers: Odometers;
  /** Ends the tracker pages of a tracker. */
  endPages: (companyId: string, oid: string) => Promise<void>;
  startValidation: StartValidation;
  /** Called when a tracker was disconnected: what its validation has asked for at the provider may be given back. */
  ended: (oid: string) => Promise<void>;
  /** Tells how the validation of a tracker stands. */
  validationOf: (oid: string) => Promise<ValidationProgress | null>;
  directory: Directory;
  now: Clock;
}

/** How a tracker is named where its oid is not known. */
export interface TrackerName {
  trackerId: string;
  provider: string;
}

/** A registration, with the odometer where its owner has read it, km. */
export interface Registration extends TrackerRequest {
  odoKm?: number | null;
}

/** A tracker with what is told of a single one. */
export interface TrackerDetail {
  tracker: Tracker;
  odoKm: number | null;
  /** What to do next, in words. */
  next: string;
}

/** How far a tracker is on its way to `connected`. */
export interface Progress {
  /** Metres it was seen to drive. */
  metres: number;
  /** Metres that make it `connected`. */
  neededM: number;
}

/** Which trackers are listed. */
export type ListQuery = Omit<TrackerQuery, 'among'> & { groupId?: string | undefined };

export class CompanyTrackers {
  readonly #parts: TrackersParts;
  /** Registrations under way of companies with a limit, so that two at once do not both take the last place. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(parts: TrackersParts) {
    this.#parts = parts;
  }

  /**
   * Registers a tracker, which is `pending` then. An oid that is given makes asking twice harmless: the tracker that has it is given
   * back. Fails with `tracker_provider`, `tracker_invalid`, `tracker_exists` or `tracker_limit`.
   */
  async register(
    companyId: string,
    { odoKm = null, ...request }: Registration,
    oid: string = randomUUID(),
  ): Promise<TrackerDetail> {
    providerCalled(request.provider);
    const { registry, providers, companies, odometers, now } = this.#parts;
    const view = new CompanyView(registry, companyId);
    const { maxTrackers } = await companies.get(companyId);
    const register = async (): Promise<Tracker> => {
      const before = await view.trackerByOid(oid);
      if (before !== null) return before;
      if (maxTrackers !== null && (await view.activeTrackersOf(companyId)) >= maxTrackers) {
        throw new GatewayError('tracker_limit', `the company may have ${maxTrackers} active trackers, and has them`);
      }
      return (await registerTracker(view, providers, request, now, companyId, 'later', oid)).tracker;
    };
    // Before the tracker: a crash in between leaves an odometer of no tracker, and never a tracker without its odometer.
    if (odoKm !== null) await odometers.put(companyId, oid, odoKm);
    try {
      const tracker = await this.#refusing(view, request, () =>
        maxTrackers === null ? register() : this.#inTurn(companyId, register),
      );
      return await this.#detail(tracker);
    } catch (error) {
      if ((await view.trackerByOid(oid)) === null) await odometers.forget(companyId, oid);
      throw error;
    }
  }

  /** Lists trackers in the order of their oids. Fails with `group_unknown`. */
  async list(companyId: string, { groupId, ...query }: ListQuery): Promise<Found> {
    const { registry, groups } = this.#parts;
    const view = new CompanyView(registry, companyId);
    if (groupId === undefined) return searchTrackers(view, query);
    return searchTrackers(view, {
      ...query,
      among: (afterOid, most) => groups.members(companyId, groupId, { afterId: afterOid, most }),
    });
  }

  /** Gives a page of the trackers as people read them. */
  async directory(companyId: string, query: DirectoryQuery): Promise<DirectoryPage & { neededM: number }> {
    const { directory, rules } = this.#parts;
    return { ...(await directory.page(companyId, query)), neededM: rules.neededM };
  }

  /** Gives a tracker. Fails with `tracker_unknown`. */
  async get(companyId: string, oid: string): Promise<TrackerDetail> {
    return this.#detail(await this.#existing(companyId, oid));
  }

  /** Tells how far a tracker has driven of what it takes. Whose it is, the caller has seen. */
  async progress(oid: string): Promise<Progress> {
    return { metres: await this.#metres(oid), neededM: this.#parts.rules.neededM };
  }

  /** Gives the tracker of a name: the active one, else the newest. Fails with `tracker_provider` or `tracker_unknown`. */
  async called(companyId: string, { trackerId, provider }: TrackerName): Promise<Tracker> {
    providerCalled(provider);
    const key = identKey(trackerId);
    const found = (await new CompanyView(this.#parts.registry, companyId).trackersCalled(trackerId)).find(
      (tracker) => tracker.provider === provider && identKey(tracker.trackerId) === key,
    );
    if (found === undefined) throw new GatewayError('tracker_unknown', `there is no tracker "${trackerId}" of ${provider}`);
    return found;
  }

  /** Starts the validation with the provider. Fails with `tracker_unknown`, `tracker_invalid` or `lifecycle_illegal_transition`. */
  async validate(companyId: string, oid: string, { odoKm, by }: { odoKm: number | null; by: string }): Promise<TrackerDetail> {
    const { registry, odometers, startValidation } = this.#parts;
    await this.#existing(companyId, oid);
    const wish = { odoKm: odoKm ?? (await odometers.get(companyId, oid)), by };
    if (odoKm !== null) await odometers.put(companyId, oid, odoKm);
    return this.#detail(await startValidation(new CompanyView(registry, companyId), oid, wish));
  }

  /** Changes what a tracker says. Fails with `tracker_unknown`, `tracker_invalid` or `tracker_exists`. */
  async update(companyId: string, oid: string, edit: TrackerEdit): Promise<TrackerDetail> {
    const { registry, providers, now } = this.#parts;
    const view = new CompanyView(registry, companyId);
    const { provider, trackerId } = await this.#existing(companyId, oid);
    const name = { provider, trackerId: edit.trackerId ?? trackerId };
    return this.#detail(await this.#refusing(view, name, () => updateTracker(view, providers, oid, edit, now)));
  }

  /** Disconnects a tracker. Fails with `tracker_unknown` or `lifecycle_illegal_transition`. */
  async cancel(companyId: string, oid: string, by: string): Promise<TrackerDetail> {
    const { registry, ended, now } = this.#parts;
    const tracker = await cancelTracker(new CompanyView(registry, companyId), oid, `cancelled by ${by}`, now);
    await ended(oid);
    return this.#detail(tracker);
  }

  /** Deletes a tracker with its papers; its history stays. Fails with `tracker_unknown`. */
  async remove(companyId: string, oid: string, by: string): Promise<Tracker> {
    const { registry, groups, papers, odometers, endPages, ended, now } = this.#parts;
    await this.#existing(companyId, oid);
    // Before the tracker goes: a crash in between leaves one that can be deleted again.
    await endPages(companyId, oid);
    await papers.forget(companyId, oid);
    await odometers.forget(companyId, oid);
    await groups.forget(companyId, oid);
    const tracker = await deleteTracker(new CompanyView(registry, companyId), oid, `deleted by ${by}`, now);
    await ended(oid);
    void this.#parts.directory.noteChange(companyId, oid, null);
    return tracker;
  }

  /** A tracker's history, oldest first. Fails with `tracker_unknown`. */
  async transitions(companyId: string, oid: string): Promise<readonly Transition[]> {
    await this.#existing(companyId, oid);
    return new CompanyView(this.#parts.registry, companyId).transitionsOf(oid);
  }

  /** Where a tracker stands, why, and what to do next. Fails with `tracker_unknown`. */
  async why(companyId: string, oid: string): Promise<Why> {
    const { registry, providers, rules, witness, validationOf, now } = this.#parts;
    const view = new CompanyView(registry, companyId);
    return explainTracker(view, providers, rules, oid, now, view.witness(witness), validationOf);
  }

  /** Active trackers of which nothing was heard for long, the longest silent first, each with its likely causes. */
  async silent(companyId: string, query: Omit<SilenceQuery, 'companyId'>): Promise<SilentTracker[]> {
    const { registry, providers, rules, witness, now } = this.#parts;
    const view = new CompanyView(registry, companyId);
    return silentTrackers(view, providers, rules, query, now, view.witness(witness));
  }

  async #existing(companyId: string, oid: string): Promise<Tracker> {
    const found = await new CompanyView(this.#parts.registry, companyId).trackerByOid(oid);
    if (found === null) throw trackerUnknown(oid);
    return found;
  }

  async #detail(tracker: Tracker): Promise<TrackerDetail> {
    void this.#parts.directory.noteChange(tracker.companyId, tracker.oid, tracker);
    const odoKm = await this.#parts.odometers.get(tracker.companyId, tracker.oid);
    return { tracker, odoKm, next: await this.#next(tracker) };
  }

  /** The cheap half of `why`, which looks at all that was heard besides. */
  async #next(tracker: Tracker): Promise<string> {
    const { registry, rules } = this.#parts;
    const lastCause = tracker.status === 'error_validating' ? (await registry.transitionsOf(tracker.oid)).at(-1)?.cause : null;
    const byStatus = statusStep(tracker, lastCause ?? null);
    if (byStatus !== null) return byStatus;
    if (tracker.status === 'connected') return 'nothing: its data is taken in';
    return `drive about ${Math.ceil(Math.max(0, rules.neededM - (await this.#metres(tracker.oid))))} m outdoors; \`why\` tells what is missing`;
  }

  async #metres(oid: string): Promise<number> {
    return (await this.#parts.registry.evidenceOf(oid))?.distance.walk.metres ?? 0;
  }

  /** Tells of a tracker that has the id already no more than the caller may know: all of an own one, nothing of another's. */
  async #refusing(view: CompanyView, { provider, trackerId }: TrackerName, act: () => Promise<Tracker>): Promise<Tracker> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'tracker_exists') throw error;
      const own = (await view.trackersCalled(trackerId)).find(
        (tracker) => tracker.provider === provider && isActive(tracker) && identKey(tracker.trackerId) === identKey(trackerId),
      );
      const whose = own === undefined ? '' : `: it is ${own.oid}, which is ${own.status}`;
      throw new GatewayError('tracker_exists', `"${trackerId.trim()}" is in use by an active tracker of ${provider}${whose}`);
    }
  }

  async #inTurn<Result>(companyId: string, act: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(companyId) ?? Promise.resolve();
    const mine = before.then(act, act);
    this.#turns.set(companyId, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(companyId) === mine) this.#turns.delete(companyId);
    }
  }
}
