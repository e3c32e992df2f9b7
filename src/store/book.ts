/**
 * The registry and the lifecycle as the pipeline sees them: all state in memory, made durable in one transaction a batch.
 *
 * Frames that are applied and not committed are kept, so that what was made of them can be made again: where somebody else has
 * changed a tracker meanwhile, or where it is not known whether a commit was written, the book takes over what the store has and
 * applies the frames to that. Applied twice, in whatever order, they come to the same. What is not committed in a crash is read
 * from the spool again: times come from the records, and the same records give the same state.
 */
import { GatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { isActive, type Tracker } from '#model/tracker';
import { noteMessage, type Liveness } from '../lifecycle/liveness.ts';
import type { FrameOutcome, KnownTracker, OutboxRow, TrackerBook } from '../pipeline/ports.ts';
import type { ProviderTable } from '../providers/table.ts';
import { BookEntry, type EntryDraft, type EntryRules } from './book-entry.ts';
import type { CommandAnswer } from './command-store.ts';
import { FrameLog, type LoggedFrame, type Share } from './frame-log.ts';
import { HeardIdents } from './heard.ts';
import { Silence } from './silence.ts';
import { TrackerIndex } from './tracker-index.ts';
import type { BookChanges, BookStore, CommitResult, TrackerState } from './tracker-store.ts';

export interface BookOptions extends EntryRules {
  store: BookStore;
  providers: ProviderTable;
  /** Identity of the spool whose positions are applied. */
  spoolId: string;
  /** Unregistered idents remembered at most. */
  unregisteredIdents: number;
  /** The store has less than it had: in words, for the log. */
  onLost?: (detail: string) => void;
  /** Frames and messages kept at most that the store does not have; with so many the book is full. */
  mostUncommitted?: number;
}

/** What is on its way to the store. */
interface Draft {
  changes: BookChanges;
  entries: readonly EntryDraft[];
}

/** Each attempt meets a change that was made since the last; with a tenth the store contradicts itself. */
const COMMIT_ATTEMPTS = 10;
const MOST_UNCOMMITTED = 50_000;
/** Trackers asked for at a time. */
const STATES_MOST = 1_000;

/** `TrackerBook` over a store. */
export class StoredBook implements TrackerBook {
  readonly #options: BookOptions;
  readonly #index: TrackerIndex<BookEntry>;
  readonly #log = new FrameLog();
  readonly #silence = new Silence();
  #heard: HeardIdents;
  /** What the store has told last; empty before the first time. */
  #mark = '';
  #takenThrough: SpoolSeq = 0;
  #committedThrough: SpoolSeq = 0;
  /** Entries the store does not have as they are. */
  #changed = new Set<BookEntry>();
  readonly #travelling = new Set<BookEntry>();
  #answers: CommandAnswer[] = [];
  /** It is not known whether the last commit was written. */
  #isInDoubt = false;
  /** Entries that commit was about. */
  readonly #unsure = new Set<BookEntry>();
  #isAway = false;
  /** A conversation with the store is under way: the next one waits for its end. */
  #turn: Promise<unknown> | null = null;

  constructor(options: BookOptions) {
    this.#options = options;
    this.#index = new TrackerIndex(options.providers);
    this.#heard = new HeardIdents(options.unregisteredIdents, []);
  }

  get isRead(): boolean {
    return this.#mark !== '';
  }

  /** The store did not answer the last time. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Frames and messages that the store does not have. */
  get uncommitted(): number {
    return this.#log.weight;
  }

  get isFull(): boolean {
    return this.#log.weight >= (this.#options.mostUncommitted ?? MOST_UNCOMMITTED);
  }

  get appliedThrough(): SpoolSeq {
    return this.#committedThrough;
  }

  get takenThrough(): SpoolSeq {
    return this.#takenThrough;
  }

  /** An ident nobody has registered may have been registered just now: a store that tells at once is asked. */
  find(protocol: string, ident: string, companyId?: string): KnownTracker | null {
    const known = this.#index.find(protocol, ident, companyId);
    if (known !== null) return known.tracker;
    const { store, spoolId } = this.#options;
    if (store.newsAtOnce === undefined || this.#turn !== null || this.#isInDoubt || !this.isRead) return null;
    const news = store.newsAtOnce(spoolId, this.#mark);
    if (news.states.length === 0 || news.anew || news.appliedThrough !== this.#committedThrough) return null;
    this.#takeOver(this.#changedIn(news.states));
    this.#mark = news.mark;
    return this.#index.find(protocol, ident, companyId)?.tracker ?? null;
  }

  /** An active tracker, from memory; `null` where there is none. */
  trackerOf(oid: string): Tracker | null {
    return this.#index.get(oid)?.tracker ?? null;
  }

  /** Oids of the active trackers of a company that were registered since a time, from memory. */
  registeredSince(companyId: string, since: EpochMs): readonly string[] {
    return [...this.#index].flatMap(({ tracker }) =>
      tracker.companyId === companyId && tracker.registeredAt >= since ? [tracker.oid] : [],
    );
  }

  apply(outcome: FrameOutcome): void {
    if (outcome.seq <= this.#takenThrough) return;
    this.#takenThrough = outcome.seq;
    this.#silence.noteRecord(outcome.record.receivedAt);
    this.#derive(this.#log.add(outcome, this.#options.evidence), outcome);
  }

  async catchUp(): Promise<void> {
    // Nobody waits for a store that is away: the frames are kept, and whoever they turn out to belong to gets them.
    if (!this.#isAway) await this.#inTurn(() => this.#learn());
    else if (this.#turn === null) void this.#inTurn(() => this.#learn()).catch(() => undefined);
  }

  async commit(): Promise<void> {
    await this.#inTurn(() => this.#commit());
  }

  /** Ends trips in which nothing came for long, at a time of the gateway's clock, and commits. */
  async tick(at: EpochMs): Promise<void> {
    if (this.#silence.isCertain(at, this.#options.trips.silenceMs)) {
      this.#noteTravelling();
      for (const entry of this.#travelling) {
        if (!entry.closeSilent(at)) continue;
        this.#travelling.delete(entry);
        this.#noteChanged(entry);
      }
    }
    await this.commit();
  }

  /** Forgets, durably, what was heard of idents. Gives how many they were. */
  async forget(isMeant: (liveness: Liveness) => boolean): Promise<number> {
    const forgotten = this.#heard.forget(isMeant);
    await this.commit();
    return forgotten;
  }

  async outbox(most: number): Promise<readonly OutboxRow[]> {
    return this.#options.store.outbox(most);
  }

  async settle(ids: readonly number[]): Promise<void> {
    await this.#options.store.settle(ids);
  }

  /** Makes of a frame what follows from it. That it was heard is noted once, with the outcome. */
  #derive(frame: LoggedFrame, outcome: FrameOutcome | null): void {
    const { protocol, companyId, answer } = frame;
    if (answer !== undefined) {
      const { sessionId, receivedAt, seq } = frame;
      this.#answers.push({ sessionId, answeredBy: `${this.#options.spoolId}/${seq}`, at: receivedAt, ...answer });
    }
    for (const share of frame.shares) {
      share.entry = this.#index.find(protocol, share.ident, companyId);
      if (outcome !== null && !share.isHearsay) this.#noteHeard(this.#heard.note(outcome, share), share);
      this.#weigh(frame, share);
    }
  }

  /** Notes what a share of a frame that has just come tells of its ident. */
  #noteHeard(heard: Liveness, { said, messages }: Share): void {
    const { maxSpeedKmh } = this.#options.evidence;
    for (const [i, message] of said.entries()) {
      if (noteMessage(heard, message, messages[i]?.verdict ?? null, maxSpeedKmh)) this.#heard.noteOther(heard);
    }
  }

  /** Weighs a share of a frame for the entry it belongs to. */
  #weigh({ receivedAt }: LoggedFrame, { entry, messages, consents }: Share): void {
    if (entry === null) return;
    let isChanged = false;
    for (const message of messages) if (entry.take(message)) isChanged = true;
    if (entry.settle(receivedAt)) isChanged = true;
    for (const consent of consents) if (entry.hear(consent, receivedAt)) isChanged = true;
    if (isChanged) this.#noteChanged(entry);
  }

  #noteChanged(entry: BookEntry): void {
    if (entry.notedIn === this.#changed) return;
    entry.notedIn = this.#changed;
    this.#changed.add(entry);
  }

  /** Once a batch, not once a frame: a trip that has begun is not silent before. */
  #noteTravelling(): void {
    for (const entry of this.#changed) if (entry.isTravelling) this.#travelling.add(entry);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    while (this.#turn !== null) await this.#turn.catch(() => undefined);
    const turn = work();
    this.#turn = turn;
    try {
      await turn;
      this.#isAway = false;
    } catch (error) {
      this.#isAway = true;
      throw error;
    } finally {
      this.#turn = null;
    }
  }

  async #commit(): Promise<void> {
    const { store } = this.#options;
    for (let attempt = 0; attempt < COMMIT_ATTEMPTS; attempt++) {
      // A store that tells at once is asked first. Of another one the commit says so itself where something has changed.
      if (this.#isInDoubt || !this.isRead || store.newsAtOnce !== undefined) await this.#learn();
      const draft = this.#draft();
      if (draft === null) return;
      const result = await this.#send(draft);
      if (result.outcome === 'committed') return this.#written(draft);
      if (result.outcome === 'stale') {
        this.#notWritten(draft);
        this.#takeOver(await this.#statesOf(result.oids));
      }
    }
    throw new GatewayError('bug_invariant', 'a tracker changes faster than it can be read');
  }

  /** Until the answer is there, anything may have been written; and after a displaced one, something has. */
  async #send({ changes, entries }: Draft): Promise<CommitResult> {
    this.#isInDoubt = true;
    for (const { entry } of entries) this.#unsure.add(entry);
    try {
      const result = await this.#options.store.commit(changes);
      this.#isInDoubt = result.outcome === 'displaced';
      if (!this.#isInDoubt) this.#unsure.clear();
      if (result.outcome !== 'committed') this.#heard.putBack(changes);
      return result;
    } catch (error) {
      this.#heard.putBack(changes);
      throw error;
    }
  }

  /** What a commit must write; `null` where nothing changed. */
  #draft(): Draft | null {
    const seq = this.#takenThrough;
    const after = this.#committedThrough;
    if (seq === after && this.#changed.size === 0 && !this.#heard.hasForgotten) return null;
    const { spoolId } = this.#options;
    this.#noteTravelling();
    const entries = [...this.#changed].map((entry) => entry.draft());
    const changes: BookChanges = {
      spoolId,
      applied: seq === after ? null : { seq, after },
      moves: entries.flatMap(({ move }) => move ?? []),
      evidence: entries.flatMap(({ evidence }) => evidence ?? []),
      trips: entries.flatMap(({ trip }) => trip ?? []),
      ...this.#heard.take(),
      outbox: entries.flatMap(({ tripRows }) => tripRows),
      answers: this.#answers,
    };
    this.#changed = new Set();
    this.#answers = [];
    return { changes, entries };
  }

  #written({ changes: { applied }, entries }: Draft): void {
    for (const draft of entries) draft.entry.written(draft);
    if (applied === null) return;
    this.#committedThrough = applied.seq;
    this.#log.dropThrough(applied.seq);
  }

  #notWritten({ changes: { answers }, entries }: Draft): void {
    for (const draft of entries) {
      draft.entry.notWritten(draft);
      this.#noteChanged(draft.entry);
    }
    this.#answers = [...answers, ...this.#answers];
  }

  /** Takes over what is new in the store; where it is in doubt what it has, also what was thought to be known. */
  async #learn(): Promise<void> {
    const { store, spoolId } = this.#options;
    let mark = this.#mark;
    let states: TrackerState[] = [];
    let isAnew = false;
    for (;;) {
      const news = await store.news(spoolId, mark);
      if (news.anew) {
        states = [];
        isAnew = true;
      } else if (news.appliedThrough < this.#committedThrough) {
        // It has less than it had: nothing that was told before holds.
        mark = '';
        continue;
      }
      states.push(...news.states);
      mark = news.mark;
      if (news.more) continue;
      if (isAnew) await this.#startOver(states, news.appliedThrough);
      else if (this.#isInDoubt || news.appliedThrough !== this.#committedThrough) {
        await this.#resolve(states, news.appliedThrough);
      } else this.#takeOver(this.#changedIn(states));
      this.#mark = mark;
      this.#isInDoubt = false;
      return;
    }
  }

  /** The states of trackers that somebody else has changed. */
  #changedIn(states: readonly TrackerState[]): TrackerState[] {
    return states.filter(({ tracker }) => this.#index.get(tracker.oid)?.storedRevision !== tracker.revision);
  }

  async #statesOf(oids: readonly string[]): Promise<TrackerState[]> {
    const states: TrackerState[] = [];
    for (let from = 0; from < oids.length; from += STATES_MOST) {
      states.push(...(await this.#options.store.statesOf(oids.slice(from, from + STATES_MOST))));
    }
    return states;
  }

  /** Takes over trackers, and weighs for them again what was not committed. */
  #takeOver(states: readonly TrackerState[]): void {
    const taken = new Set<BookEntry>();
    for (const state of states) {
      const entry = this.#place(state);
      if (entry !== null) taken.add(entry);
    }
    if (taken.size === 0) return;
    for (const frame of this.#log) {
      for (const share of frame.shares) {
        if (share.entry === null) this.#claim(frame, share);
        if (share.entry !== null && taken.has(share.entry)) this.#weigh(frame, share);
      }
    }
  }

  /** A device nobody had registered, as far as was known when its frame came, may turn out to be registered. */
  #claim({ protocol, companyId }: LoggedFrame, share: Share): void {
    share.entry = this.#index.find(protocol, share.ident, companyId);
    if (share.entry !== null) this.#heard.claim(share.ident, share.entry.tracker.oid);
  }

  /** Has a tracker in memory as the store has it; `null` where that is not active. */
  #place(state: TrackerState): BookEntry | null {
    const known = this.#index.get(state.tracker.oid);
    if (known !== undefined) this.#forget(known);
    if (!isActive(state.tracker)) {
      if (known !== undefined) this.#disown(known);
      return null;
    }
    const entry = known ?? new BookEntry(state, this.#options);
    if (known !== undefined) known.reset(state);
    this.#index.add(entry);
    if (entry.isTravelling) this.#travelling.add(entry);
    if (entry.settle(state.tracker.statusAt)) this.#noteChanged(entry);
    return entry;
  }

  #forget(entry: BookEntry): void {
    this.#index.remove(entry);
    for (const set of [this.#changed, this.#unsure, this.#travelling]) set.delete(entry);
    entry.notedIn = null;
  }

  /** Leaves the frames of a tracker that is no more to whoever has its idents next. */
  #disown(entry: BookEntry): void {
    for (const { shares } of this.#log) {
      for (const share of shares) if (share.entry === entry) share.entry = null;
    }
  }

  /** Finds out what the store has of a commit whose outcome is unknown, and goes on from there. */
  async #resolve(news: readonly TrackerState[], appliedThrough: SpoolSeq): Promise<void> {
    const states = new Map(news.map((state) => [state.tracker.oid, state]));
    const asked = new Set(states.keys());
    for (;;) {
      // Frames come in while the store is asked.
      const unsure = [...this.#unsure, ...this.#changed].map(({ tracker }) => tracker.oid).filter((oid) => !asked.has(oid));
      if (unsure.length === 0) break;
      for (const oid of unsure) asked.add(oid);
      for (const state of await this.#statesOf(unsure)) states.set(state.tracker.oid, state);
    }
    for (const entry of [...this.#unsure, ...this.#changed]) if (!states.has(entry.tracker.oid)) this.#forget(entry);
    this.#goOnFrom(states.values(), appliedThrough);
  }

  /** Takes over everything from a store of which nothing is sure. */
  async #startOver(states: readonly TrackerState[], appliedThrough: SpoolSeq): Promise<void> {
    const { store, spoolId, unregisteredIdents } = this.#options;
    const isLess = appliedThrough < this.#committedThrough;
    const heard = isLess || !this.isRead ? await store.heardBy(spoolId) : null;
    if (heard !== null) this.#heard = new HeardIdents(unregisteredIdents, heard);
    if (isLess) {
      this.#options.onLost?.(
        `of the frames through ${this.#committedThrough} only those through ${appliedThrough} are applied`,
      );
      // What lies between is not in memory: all is to be read again from the spool.
      this.#log.dropThrough(Infinity);
      this.#takenThrough = appliedThrough;
    }
    const found = new Set(states.map(({ tracker }) => tracker.oid));
    const gone = [...this.#index].filter(({ tracker }) => !found.has(tracker.oid));
    for (const entry of gone) this.#forget(entry);
    if (gone.length > 0) this.#options.onLost?.(`${gone.length} trackers are gone`);
    this.#goOnFrom(states, appliedThrough);
  }

  /** Has these trackers as the store has them, and applies the frames behind a position to that. */
  #goOnFrom(states: Iterable<TrackerState>, appliedThrough: SpoolSeq): void {
    this.#committedThrough = appliedThrough;
    this.#takenThrough = Math.max(this.#takenThrough, appliedThrough);
    this.#log.dropThrough(appliedThrough);
    this.#answers = [];
    this.#changed = new Set();
    this.#unsure.clear();
    for (const state of states) this.#place(state);
    for (const frame of this.#log) this.#derive(frame, null);
  }
}
