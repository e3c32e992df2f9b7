/**
 * The registry and the lifecycle as the pipeline sees them: all state in memory, made durable in one transaction a batch.
 *
 * What is applied and not committed is lost in a crash together with its position, so the records are read and applied again:
 * times come from the records, and the same records give the same state.
 */
import { GatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import type { FrameRecord } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import { isActive, type Tracker, type Transition } from '#model/tracker';
import { walkOver } from '../lifecycle/distance.ts';
import { judge, needsEvidence, newEvidence, noteOdometer, weigh, type Evidence } from '../lifecycle/evidence.ts';
import { judgeFix, type AcceptedFix } from '../lifecycle/guards.ts';
import { newLiveness, noteFrame, noteMessage, type Liveness } from '../lifecycle/liveness.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import { move } from '../lifecycle/transitions.ts';
import { addPoint, closeSilent, type Trip, type TripRules, type TripState } from '../lifecycle/trips.ts';
import type { FrameOutcome, KnownTracker, OutboxRow, TrackerBook } from '../pipeline/ports.ts';
import type { ProviderTable } from '../providers/table.ts';
import type { CommandAnswer } from './command-store.ts';
import { HeardIdents } from './heard.ts';
import { transitionRow, tripRow, type NewOutboxRow } from './outbox-rows.ts';
import { TrackerIndex } from './tracker-index.ts';
import type { BookChanges, BookStore } from './tracker-store.ts';

export interface BookOptions {
  store: BookStore;
  providers: ProviderTable;
  evidence: EvidenceRules;
  trips: TripRules;
  /** Identity of the spool whose positions are applied. */
  spoolId: string;
  /** Unregistered idents remembered at most. */
  unregisteredIdents: number;
}

/** What the book keeps of an active tracker. */
interface Entry {
  tracker: Tracker;
  /** Revision the store has. */
  storedRevision: number;
  /** Moves since the last commit. */
  transitions: Transition[];
  /** `null` once it is no longer needed. */
  evidence: Evidence | null;
  trip: TripState | null;
}

/** A second attempt meets a change that a refresh has missed; a tenth means that the store contradicts itself. */
const COMMIT_ATTEMPTS = 10;
/** While records older than this are being read, silence says nothing about a trip, ms. */
const BEHIND_MS = 60_000;

/** `TrackerBook` over a store. */
export class StoredBook implements TrackerBook {
  readonly #options: BookOptions;
  readonly #index: TrackerIndex<Entry>;
  readonly #heard: HeardIdents;
  #mark = 0;
  #version = '';
  #appliedThrough = 0;
  #committedThrough = 0;
  #lastReceivedAt: EpochMs | null = null;
  #firstTickAt: EpochMs | null = null;
  readonly #moved = new Set<Entry>();
  readonly #weighed = new Set<Entry>();
  readonly #travelled = new Set<Entry>();
  readonly #travelling = new Set<Entry>();
  #tripRows: NewOutboxRow[] = [];
  #answers: CommandAnswer[] = [];

  constructor(options: BookOptions) {
    this.#options = options;
    this.#index = new TrackerIndex(options.providers);
    this.#heard = new HeardIdents(options.unregisteredIdents, options.store.liveness());
    const applied = options.store.applied();
    if (applied?.spoolId === options.spoolId) this.#appliedThrough = applied.seq;
    this.#committedThrough = this.#appliedThrough;
    this.#refresh();
  }

  /** Last position whose outcome is applied and durable; 0 before the first of this spool. */
  get appliedThrough(): number {
    return this.#committedThrough;
  }

  find(protocol: string, ident: string, companyId?: string): KnownTracker | null {
    const entry = this.#find(protocol, ident, companyId);
    return entry === null ? null : entry.tracker;
  }

  apply(outcome: FrameOutcome): void {
    if (outcome.seq <= this.#appliedThrough) return;
    const { record } = outcome;
    // What is read from the store is read first: where it refuses, nothing has changed, and the outcome can be applied again.
    const shares = sharesOf(outcome).map((share) => ({ ...share, entry: this.#entryFor(record, share) }));
    this.#appliedThrough = outcome.seq;
    this.#lastReceivedAt = record.receivedAt;
    this.#noteAnswer(outcome);
    for (const { ident, messages, entry } of shares) {
      const liveness = this.#hear(outcome, ident, messages.length, entry);
      for (const message of messages) this.#take(message, entry, liveness);
      if (entry !== null) this.#settleStatus(entry, record.receivedAt);
    }
  }

  commit(): void {
    for (let attempt = 1; ; attempt++) {
      this.#refresh();
      const changes = this.#changes();
      if (changes === null) return;
      if (this.#options.store.commit(changes) === 'committed') break;
      // Stale: somebody changed a tracker since the refresh. The next one sees it.
      if (attempt === COMMIT_ATTEMPTS) throw new GatewayError('bug_invariant', 'a tracker changes faster than it can be read');
    }
    this.#committedThrough = this.#appliedThrough;
    for (const entry of this.#moved) {
      entry.storedRevision = entry.tracker.revision;
      entry.transitions = [];
      if (!needsEvidence(entry.tracker.status)) entry.evidence = null;
    }
    this.#moved.clear();
    this.#weighed.clear();
    this.#travelled.clear();
    this.#tripRows = [];
    this.#answers = [];
    this.#heard.committed();
  }

  /** Ends trips in which nothing came for long, at a time of the gateway's clock, and commits. */
  tick(at: EpochMs): void {
    const seen = this.#lastReceivedAt;
    this.#lastReceivedAt = null;
    this.#firstTickAt ??= at;
    // While the gateway was down nothing could come, and while it reads what came before, silence is only its own lag.
    if (at - this.#firstTickAt <= this.#options.trips.silenceMs || (seen !== null && at - seen > BEHIND_MS)) return;
    for (const entry of this.#travelling) {
      if (entry.trip === null) continue;
      const step = closeSilent(entry.trip, at, this.#options.trips);
      if (step === null) continue;
      this.#travelling.delete(entry);
      this.#noteTrip(entry, step.ended, this.#identOf(entry.tracker));
    }
    this.commit();
  }

  outbox(most: number): readonly OutboxRow[] {
    return this.#options.store.outbox(most);
  }

  settle(ids: readonly number[]): void {
    this.#options.store.settle(ids);
  }

  /** An ident nobody has registered may have been registered just now: the first frame after that must find it. */
  #find(protocol: string, ident: string, companyId: string | undefined): Entry | null {
    const known = this.#index.find(protocol, ident, companyId);
    if (known !== null || !this.#refresh()) return known;
    return this.#index.find(protocol, ident, companyId);
  }

  /** The entry that a share of a frame belongs to, with its evidence where that will be needed. */
  #entryFor({ protocol, companyId }: FrameRecord, { ident, messages }: Share): Entry | null {
    const entry = this.#find(protocol, ident, companyId);
    if (entry !== null && entry.tracker.status !== 'connected' && messages.length > 0) {
      entry.evidence ??= this.#evidenceOf(entry.tracker);
    }
    return entry;
  }

  #hear({ record, column, quarantine }: FrameOutcome, ident: string, messages: number, entry: Entry | null): Liveness {
    // What one company's cloud says of a vehicle that is not its own must not stand under the vehicle's name.
    const name = entry === null && record.companyId !== undefined ? `${record.companyId}/${ident}` : ident;
    const liveness = this.#heard.get(name) ?? newLiveness(name, record);
    liveness.trackerOid = entry?.tracker.oid ?? null;
    noteFrame(liveness, record, { duplicate: column === 'duplicate', messages, quarantine });
    this.#heard.touch(liveness);
    return liveness;
  }

  #noteAnswer({ seq, record, answer }: FrameOutcome): void {
    if (answer === undefined) return;
    const { sessionId, receivedAt } = record;
    this.#answers.push({ sessionId, answeredBy: `${this.#options.spoolId}/${seq}`, at: receivedAt, ...answer });
  }

  #take(message: NormalisedMessage, entry: Entry | null, liveness: Liveness): void {
    const { evidence: rules } = this.#options;
    const verdict = judgeFix(message, rules);
    const fix = verdict === null || verdict.rejection !== null ? null : verdict.fix;
    noteMessage(liveness, message, verdict, rules.maxSpeedKmh);
    if (entry === null) return;
    const { tracker, evidence } = entry;
    if (evidence !== null && noteOdometer(evidence, tracker, message)) this.#weighed.add(entry);
    if (verdict === null) return;
    if (tracker.status !== 'connected' && evidence !== null) {
      weigh(evidence, tracker, message, verdict, rules);
      this.#weighed.add(entry);
    }
    if (fix !== null && message.receivedAt >= tracker.registeredAt) this.#travel(entry, message, fix);
  }

  #travel(entry: Entry, message: NormalisedMessage, fix: AcceptedFix): void {
    const { status } = entry.tracker;
    if (status !== 'connected' && !needsEvidence(status)) return;
    const point = { ...fix, speedKmh: message.position?.speedKmh ?? null, receivedAt: message.receivedAt };
    const step = addPoint(entry.trip, point, this.#options.trips);
    entry.trip = step.state;
    this.#travelling.add(entry);
    this.#noteTrip(entry, step.ended, message.ident);
  }

  #noteTrip(entry: Entry, ended: Trip | null, ident: string): void {
    this.#travelled.add(entry);
    if (ended !== null) this.#tripRows.push(tripRow(entry.tracker, ident, ended));
  }

  /** Moves the tracker as far as its evidence goes. */
  #settleStatus(entry: Entry, at: EpochMs): void {
    while (entry.evidence !== null) {
      const occasion = judge(entry.tracker, entry.evidence, at, this.#options.evidence);
      if (occasion === null) return;
      const moved = move(entry.tracker, occasion);
      if (moved.refusal !== null) return;
      entry.tracker = moved.tracker;
      entry.transitions.push(moved.transition);
      this.#moved.add(entry);
    }
  }

  /**
   * Takes over what others changed: their word holds, and moves made here meanwhile are judged anew from there. False where
   * nothing was changed.
   */
  #refresh(): boolean {
    const { store } = this.#options;
    const version = store.version();
    if (version === this.#version) return false;
    const { trackers, mark } = store.changedSince(this.#mark);
    for (const tracker of trackers) this.#takeOver(tracker);
    this.#version = version;
    this.#mark = mark;
    return true;
  }

  #takeOver(tracker: Tracker): void {
    const known = this.#index.get(tracker.oid);
    if (known?.storedRevision === tracker.revision) return;
    if (!isActive(tracker)) {
      if (known !== undefined) this.#forget(known);
      return;
    }
    // Again, what may be refused first: a tracker half taken over would never be found again.
    const entry = known ?? this.#load(tracker);
    const kept = entry.evidence?.since === tracker.validatedAt ? entry.evidence : null;
    const evidence = needsEvidence(tracker.status) ? (kept ?? this.#evidenceOf(tracker)) : kept;
    if (known !== undefined) this.#index.remove(known);
    if (entry.trip?.closed === false) this.#travelling.add(entry);
    entry.tracker = tracker;
    entry.evidence = evidence;
    entry.storedRevision = tracker.revision;
    entry.transitions = [];
    this.#moved.delete(entry);
    this.#index.add(entry);
    this.#settleStatus(entry, tracker.statusAt);
  }

  #load(tracker: Tracker): Entry {
    const trip = this.#options.store.tripOf(tracker.oid);
    return { tracker, storedRevision: tracker.revision, transitions: [], evidence: null, trip };
  }

  #evidenceOf({ oid, validatedAt }: Tracker): Evidence {
    const evidence = this.#options.store.evidenceOf(oid);
    if (evidence?.since !== validatedAt) return newEvidence(validatedAt);
    const { distance } = evidence;
    // The rules may have been changed in the configuration since the sum was stored.
    distance.walk = walkOver(distance.base, distance.fixes, this.#options.evidence);
    return evidence;
  }

  #forget(entry: Entry): void {
    this.#index.remove(entry);
    for (const set of [this.#moved, this.#weighed, this.#travelled, this.#travelling]) set.delete(entry);
  }

  #identOf(tracker: Tracker): string {
    return tracker.foreignTrackerId ?? tracker.trackerId;
  }

  /** What a commit must write, or `null` where nothing changed. */
  #changes(): BookChanges | null {
    const isDirty =
      this.#appliedThrough > this.#committedThrough || this.#moved.size > 0 || this.#travelled.size > 0 || this.#heard.isDirty;
    if (!isDirty) return null;
    const { spoolId } = this.#options;
    return {
      applied: this.#appliedThrough === 0 ? null : { spoolId, seq: this.#appliedThrough },
      moves: [...this.#moved].map(({ tracker, transitions, storedRevision }) => ({
        change: { tracker, transitions, outbox: transitions.map((t) => transitionRow(tracker, t)) },
        ifRevision: storedRevision,
      })),
      evidence: [...this.#weighed].flatMap(({ tracker, evidence }) =>
        evidence === null ? [] : [{ oid: tracker.oid, evidence }],
      ),
      trips: [...this.#travelled].flatMap(({ tracker, trip }) => (trip === null ? [] : [{ oid: tracker.oid, state: trip }])),
      ...this.#heard.changes,
      outbox: this.#tripRows,
      answers: this.#answers,
    };
  }
}

/** What a frame says of one device. */
interface Share {
  ident: string;
  messages: readonly NormalisedMessage[];
}

/** Divides a frame by device: a box speaks of itself, a batch of a car maker's cloud of many. Frames that name nobody have none. */
function sharesOf({ ident, messages }: FrameOutcome): Share[] {
  if (messages.every((message) => message.ident === ident)) return ident === '' ? [] : [{ ident, messages }];
  const byIdent = new Map<string, NormalisedMessage[]>(ident === '' ? [] : [[ident, []]]);
  for (const message of messages) {
    const share = byIdent.get(message.ident);
    if (share !== undefined) share.push(message);
    else if (message.ident !== '') byIdent.set(message.ident, [message]);
  }
  return [...byIdent].map(([name, share]) => ({ ident: name, messages: share }));
}
