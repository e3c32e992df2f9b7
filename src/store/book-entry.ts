import type { Consent } from '#model/consent';
import type { EpochMs } from '#model/clocks';
import type { Tracker, Transition } from '#model/tracker';
import { occasionOf, type ConsentRules } from '../lifecycle/consents.ts';
import { walkAnew } from '../lifecycle/distance.ts';
import { judge, needsEvidence, newEvidence, noteOdometer, weigh, type Evidence } from '../lifecycle/evidence.ts';
import type { AcceptedFix } from '../lifecycle/guards.ts';
import type { JudgedMessage } from '../lifecycle/judged.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import { move, type Occasion } from '../lifecycle/transitions.ts';
import { addPoint, closeSilent, type Trip, type TripRules, type TripState } from '../lifecycle/trips.ts';
import { transitionRow, tripRow, type NewOutboxRow } from './outbox-rows.ts';
import type { BookChanges, TrackerState } from './tracker-store.ts';

export interface EntryRules {
  evidence: EvidenceRules;
  consents: ConsentRules;
  trips: TripRules;
}

/** What of an entry is on its way to the store. */
export interface EntryDraft {
  entry: BookEntry;
  /** `null` where the status did not change. */
  move: BookChanges['moves'][number] | null;
  evidence: BookChanges['evidence'][number] | null;
  trip: BookChanges['trips'][number] | null;
  /** Trips that ended. */
  tripRows: readonly NewOutboxRow[];
}

/** An active tracker in the book: as the store has it, and what the frames since then have made of it. */
export class BookEntry {
  tracker: Tracker;
  /** Revision the store has. */
  storedRevision: number;
  /** The set of changed entries that it was put into last: a look that costs less than to put it there with each frame. */
  notedIn: ReadonlySet<BookEntry> | null = null;
  readonly #rules: EntryRules;
  /** `null` once the tracker is connected. */
  #evidence: Evidence | null;
  #evidenceRevision: number;
  #trip: TripState | null;
  #tripRevision: number;
  /** Since the last draft. */
  #transitions: Transition[] = [];
  #tripRows: NewOutboxRow[] = [];
  #hasWeighed = false;
  #hasTravelled = false;

  constructor(state: TrackerState, rules: EntryRules) {
    this.#rules = rules;
    this.tracker = state.tracker;
    this.storedRevision = state.tracker.revision;
    this.#evidence = this.#usable(state);
    this.#evidenceRevision = state.evidenceRevision;
    this.#trip = state.trip;
    this.#tripRevision = state.tripRevision;
  }

  get isTravelling(): boolean {
    return this.#trip?.closed === false;
  }

  /** Forgets what was made of it, and is again as the store has it. */
  reset(state: TrackerState): void {
    this.tracker = state.tracker;
    this.storedRevision = state.tracker.revision;
    this.#evidence = this.#usable(state);
    this.#evidenceRevision = state.evidenceRevision;
    this.#trip = state.trip;
    this.#tripRevision = state.tripRevision;
    this.#transitions = [];
    this.#tripRows = [];
    this.#hasWeighed = false;
    this.#hasTravelled = false;
  }

  /** Takes a message; true where it left anything to be written. */
  take(message: JudgedMessage): boolean {
    const { tracker } = this;
    const { verdict } = message;
    let isChanged = this.#evidence !== null && noteOdometer(this.#evidence, tracker, message);
    if (isChanged) this.#hasWeighed = true;
    if (verdict === null) return isChanged;
    if (tracker.status !== 'connected' && this.#evidence !== null) {
      weigh(this.#evidence, tracker, message, verdict, this.#rules.evidence);
      this.#hasWeighed = true;
      isChanged = true;
    }
    const travels = tracker.status === 'connected' || needsEvidence(tracker.status);
    if (verdict.rejection === null && message.receivedAt >= tracker.registeredAt && travels) {
      this.#travel(message, verdict.fix);
      isChanged = true;
    }
    return isChanged;
  }

  /** Moves the tracker as far as its evidence goes; true where it went anywhere. */
  settle(at: EpochMs): boolean {
    let isMoved = false;
    while (this.#evidence !== null) {
      const occasion = judge(this.tracker, this.#evidence, Math.max(at, this.tracker.statusAt), this.#rules.evidence);
      if (occasion === null) break;
      if (!this.#move(occasion)) break;
      isMoved = true;
    }
    return isMoved;
  }

  /** Takes what the provider states about the right to its data; true where that moved the tracker. */
  hear(consent: Consent, receivedAt: EpochMs): boolean {
    const occasion = occasionOf(this.tracker, consent, receivedAt, this.#rules.consents);
    if (occasion === null || !this.#move(occasion)) return false;
    // A connected tracker needed none; from here on it counts again.
    this.#evidence ??= newEvidence(this.tracker.validatedAt);
    return true;
  }

  /** Ends the trip in which nothing came for long; true where it did. */
  closeSilent(at: EpochMs): boolean {
    const step = this.#trip === null ? null : closeSilent(this.#trip, at, this.#rules.trips);
    if (step === null) return false;
    const { foreignTrackerId, trackerId } = this.tracker;
    this.#noteTrip(step.ended, foreignTrackerId ?? trackerId);
    return true;
  }

  /** Gives what the store lacks. What comes after belongs to the next draft. */
  draft(): EntryDraft {
    const { tracker } = this;
    const { oid } = tracker;
    const transitions = this.#transitions;
    const tripRows = this.#tripRows;
    const evidence = this.#hasWeighed ? this.#evidence : null;
    const trip = this.#hasTravelled ? this.#trip : null;
    this.#transitions = [];
    this.#tripRows = [];
    this.#hasWeighed = false;
    this.#hasTravelled = false;
    const change = { tracker, transitions, outbox: transitions.map((transition) => transitionRow(tracker, transition)) };
    return {
      entry: this,
      move: transitions.length === 0 ? null : { change, ifRevision: this.storedRevision },
      evidence: evidence === null ? null : { oid, evidence, ifRevision: this.#evidenceRevision },
      trip: trip === null ? null : { oid, state: trip, ifRevision: this.#tripRevision },
      tripRows,
    };
  }

  /** The store has the draft. */
  written({ move: written, evidence, trip }: EntryDraft): void {
    if (written !== null) this.storedRevision = written.change.tracker.revision;
    if (evidence !== null) this.#evidenceRevision++;
    if (trip !== null) this.#tripRevision++;
    if (this.tracker.status === 'connected' && !this.#hasWeighed) this.#evidence = null;
  }

  /** The store has nothing of the draft: it belongs to the next one. */
  notWritten({ move: lacking, evidence, trip, tripRows }: EntryDraft): void {
    if (lacking !== null) this.#transitions = [...lacking.change.transitions, ...this.#transitions];
    this.#tripRows = [...tripRows, ...this.#tripRows];
    this.#hasWeighed ||= evidence !== null;
    this.#hasTravelled ||= trip !== null;
  }

  #move(occasion: Occasion): boolean {
    const moved = move(this.tracker, occasion);
    if (moved.refusal !== null) return false;
    this.tracker = moved.tracker;
    this.#transitions.push(moved.transition);
    return true;
  }

  #travel({ ident, speedKmh, receivedAt }: JudgedMessage, { at, lat, lon }: AcceptedFix): void {
    const point = { at, lat, lon, speedKmh, receivedAt };
    const step = addPoint(this.#trip, point, this.#rules.trips);
    this.#trip = step.state;
    this.#noteTrip(step.ended, ident);
  }

  #noteTrip(ended: Trip | null, ident: string): void {
    this.#hasTravelled = true;
    if (ended !== null) this.#tripRows.push(tripRow(this.tracker, ident, ended));
  }

  /** The evidence of the last validation. */
  #usable({ tracker, evidence }: TrackerState): Evidence | null {
    if (tracker.status === 'connected') return null;
    if (evidence?.since !== tracker.validatedAt) return newEvidence(tracker.validatedAt);
    // The rules may have been changed in the configuration since the sum was stored.
    walkAnew(evidence.distance, this.#rules.evidence);
    return evidence;
  }
}
