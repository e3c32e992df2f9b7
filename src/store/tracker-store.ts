/**
 * What keeps the registry and the lifecycle: the interface, and the shapes that go through it. `tracker-store.contract.ts`
 * says by tests what every implementation must do.
 */
import type { SpoolSeq } from '#model/frame-record';
import type { ProviderName, Tracker, Transition, ValidationStatus } from '#model/tracker';
import type { Evidence } from '../lifecycle/evidence.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import type { TripState } from '../lifecycle/trips.ts';
import type { OutboxRow } from '../pipeline/ports.ts';
import type { CommandAnswer } from './command-store.ts';
import type { NewOutboxRow } from './outbox-rows.ts';

/** An answer that an embedded store has at once and one over a network later: callers `await` it. */
export type Awaitable<T> = T | Promise<T>;

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
}

/** How far the spool's records are applied. */
export interface AppliedPosition {
  /** Sequence numbers mean something only within one spool. */
  spoolId: string;
  seq: SpoolSeq;
}

/** All that the book has changed since the last commit. */
export interface BookChanges {
  applied: AppliedPosition | null;
  /** Each tracker whose status changed, with the revision it had. */
  moves: readonly { change: TrackerChange; ifRevision: number }[];
  evidence: readonly { oid: string; evidence: Evidence }[];
  trips: readonly { oid: string; state: TripState }[];
  liveness: readonly Liveness[];
  /** Idents to forget. */
  forgotten: readonly string[];
  outbox: readonly NewOutboxRow[];
  /** What devices answered to commands, in the order of the frames. */
  answers: readonly CommandAnswer[];
}

/** Trackers that changed, and the mark to ask with next time. */
export interface TrackerChanges {
  trackers: readonly Tracker[];
  mark: number;
}

/**
 * The store as the book uses it. Synchronous, because the runner commits between two batches and the embedded store answers
 * at once.
 */
export interface BookStore {
  applied(): AppliedPosition | null;
  /** Trackers changed since the mark, by whomever; 0 gives all. */
  changedSince(mark: number): TrackerChanges;
  /** A number that differs whenever somebody else may have changed a tracker since it was asked last. Cheap. */
  version(): string;
  evidenceOf(oid: string): Evidence | null;
  tripOf(oid: string): TripState | null;
  /** All idents heard, the longest silent first. */
  liveness(): readonly Liveness[];
  /** Writes all in one transaction, or nothing: `stale` where a tracker is not at the revision that was expected. */
  commit(changes: BookChanges): 'committed' | 'stale';
  /** Oldest rows first. */
  outbox(most: number): readonly OutboxRow[];
  settle(ids: readonly number[]): void;
}

/** Both sides in one, as an implementation gives them. */
export interface TrackerStore extends TrackerRegistry, Omit<BookStore, 'evidenceOf' | 'tripOf'> {
  close(): Awaitable<void>;
}
