/**
 * What keeps the registry and the lifecycle: the interface, and the shapes that go through it. `tracker-store.contract.ts`
 * says by tests what every implementation must do.
 */
import type { Awaitable } from '#model/awaitable';
import type { SpoolSeq } from '#model/frame-record';
import type { ProviderName, Tracker, Transition, ValidationStatus } from '#model/tracker';
import type { Evidence } from '../lifecycle/evidence.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import type { TripState } from '../lifecycle/trips.ts';
import type { OutboxRow } from '../pipeline/ports.ts';
import type { CommandAnswer } from './command-store.ts';
import type { NewOutboxRow } from './outbox-rows.ts';

/** A tracker after a change, with the rows its history gets. */
export interface TrackerChange {
  tracker: Tracker;
  transitions: readonly Transition[];
  outbox: readonly NewOutboxRow[];
}

/** A change of status that is still to be told to the tracker's company. */
export interface Notice {
  /** Counts up; never used again. */
  id: number;
  /** As the change left it. */
  tracker: Tracker;
  transition: Transition;
}

/** Which trackers to list. */
export interface TrackerFilter {
  companyId?: string;
  provider?: ProviderName;
  status?: ValidationStatus;
  /** Only trackers whose oid is greater; for the next page. */
  afterOid?: string;
  most: number;
}

/** Trackers of one provider in one status. */
export interface StatusCount {
  provider: string;
  status: string;
  trackers: number;
}

/** The registry as the command line, the demo and the API use it. */
export interface TrackerRegistry {
  /** Adds a tracker; `exists` gives the active tracker that holds the id at this provider already. */
  register(change: TrackerChange): Awaitable<{ exists: Tracker } | { exists: null }>;
  /**
   * Replaces a tracker whose stored revision is `ifRevision`; false where somebody else was faster. Fails with `tracker_exists` where
   * it is active and another active tracker of its provider holds its id.
   */
  update(change: TrackerChange, ifRevision: number): Awaitable<boolean>;
  trackerByOid(oid: string): Awaitable<Tracker | null>;
  /** Finds trackers by oid, tracker id, foreign tracker id or serial number, active ones first, then the newest. */
  trackersCalled(name: string): Awaitable<readonly Tracker[]>;
  /** Lists trackers by ascending oid, without deleted ones. */
  trackers(filter: TrackerFilter): Awaitable<readonly Tracker[]>;
  /** How many active trackers a company has. */
  activeTrackersOf(companyId: string): Awaitable<number>;
  /** A tracker's history, oldest first. */
  transitionsOf(oid: string): Awaitable<readonly Transition[]>;
  evidenceOf(oid: string): Awaitable<Evidence | null>;
  /** The trip in progress, or the last one. */
  tripOf(oid: string): Awaitable<TripState | null>;
  /** Idents are compared as `identKey` says. */
  livenessOf(ident: string): Awaitable<Liveness | null>;
  /** Idents nobody registered, the last heard first. */
  unregistered(most: number): Awaitable<readonly Liveness[]>;
  /** Changes of status that nobody was told of yet, oldest first: each transition becomes one with the write that makes it. */
  notices(most: number): Awaitable<readonly Notice[]>;
  /** Forgets notices whose companies were told. */
  settleNotices(ids: readonly number[]): Awaitable<void>;
  /** How many trackers each provider has in each status. */
  statusCounts(): Awaitable<readonly StatusCount[]>;
}

/** All that the book has changed since the last commit. */
export interface BookChanges {
  /** Identity of the spool whose records were applied: positions mean something only within one. */
  spoolId: string;
  /** The last record that is applied after the commit, and the last one before it, 0 for none; `null` where none was applied. */
  applied: { seq: SpoolSeq; after: SpoolSeq } | null;
  /** Each tracker whose status changed, with the revision it had. */
  moves: readonly { change: TrackerChange; ifRevision: number }[];
  evidence: readonly { oid: string; evidence: Evidence; ifRevision: number }[];
  trips: readonly { oid: string; state: TripState; ifRevision: number }[];
  /** All that the gateway of this spool has heard of each ident that it has heard since. */
  heard: readonly Liveness[];
  /** The same of idents of trackers that it has given before, and of which nothing but the numbers has changed since. */
  counted: readonly Liveness[];
  /** Idents whose silence is the longest, to be forgotten. */
  forgotten: readonly string[];
  outbox: readonly NewOutboxRow[];
  /** What devices answered to commands, in the order of the frames. */
  answers: readonly CommandAnswer[];
}

/** What a commit came to. Nothing was written but with `committed`. */
export type CommitResult =
  | { outcome: 'committed' }
  /** Somebody else changed these trackers, or what is kept of them. */
  | { outcome: 'stale'; oids: readonly string[] }
  /** The spool's position is not the one the changes go on from. */
  | { outcome: 'displaced' };

/** An active tracker with what is kept of it, and the revisions of that: 0 where nothing is. */
export interface TrackerState {
  tracker: Tracker;
  /** May be left out, as `null`, for a connected tracker: it needs none. */
  evidence: Evidence | null;
  evidenceRevision: number;
  trip: TripState | null;
  tripRevision: number;
}

/** What is new to the book. */
export interface News {
  /** The last record of the spool that is applied; 0 where there is none. */
  appliedThrough: SpoolSeq;
  /** Trackers that were changed since the mark, by whomever. */
  states: readonly TrackerState[];
  /** The mark to ask with next time. */
  mark: string;
  /** There is more to be asked for. */
  more: boolean;
  /** These are the first of all trackers: what was told before holds no more. */
  anew: boolean;
}

/** The store as the book uses it. What it is given may change as soon as a call has returned, also before its promise settles. */
export interface BookStore {
  /** What is new since a mark; an empty one gives all. Cheap where nothing is. */
  news(spoolId: string, mark: string): Awaitable<News>;
  /** The same from a store that has it at once; absent where asking takes time. */
  newsAtOnce?(spoolId: string, mark: string): News;
  /** What the gateway of a spool has heard, the longest silent first. */
  heardBy(spoolId: string): Awaitable<readonly Liveness[]>;
  /** The trackers of these oids as they are, without those there are not. */
  statesOf(oids: readonly string[]): Awaitable<readonly TrackerState[]>;
  /**
   * Writes all in one transaction, or nothing. Where it fails it may have been written all the same: the position tells.
   */
  commit(changes: BookChanges): Awaitable<CommitResult>;
  /** Oldest rows first. */
  outbox(most: number): Awaitable<readonly OutboxRow[]>;
  settle(ids: readonly number[]): Awaitable<void>;
}
