import type { Clock } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { Waker } from '#model/waker';
import type { DecoderRegistry } from '#protocols/registry';
import { Applier } from './applier.ts';
import { CommitPace } from './commit-pace.ts';
import { Memory, readFrom } from './memory.ts';
import type { NormaliseRules } from './normalise.ts';
import { OutcomeMaker } from './outcome.ts';
import {
  OPEN_GATE,
  type ConsentGate,
  type FrameColumn,
  type FrameOutcome,
  type Sink,
  type SpoolEntry,
  type SpoolReader,
  type TrackerBook,
} from './ports.ts';
import { WITHDRAWN } from './kept.ts';
import { Turns } from './turns.ts';
import { WaitingFrames } from './waiting-frames.ts';

/** Where it is written down how far all is stored. */
export interface Checkpoints {
  /** Durable once resolved: reading starts behind `seq` after a restart. */
  write(seq: SpoolSeq): Promise<void>;
}

/** Counts where frames ended, and those that an earlier life of the gateway took in. */
export interface Settlements {
  received(listener: string, protocol: string): void;
  settled(listener: string, protocol: string, column: Exclude<FrameColumn, 'refused'>): void;
  refused(listener: string, protocol: string, code: typeof WITHDRAWN): void;
}

/** What is held of the records, by their positions. */
export interface HeldByPosition {
  /** Lets go of all through a position, and gives whose they were, one by one. */
  take(through: SpoolSeq): readonly { listener: string; protocol: string }[];
}

export interface RunnerOptions {
  /** Reads from the record that `readFrom` names for what the sink has. */
  reader: SpoolReader;
  /** Reads from a record on that was read before, or from the oldest that is left. */
  readAgain: (from: SpoolSeq) => SpoolReader;
  /** The last record that was in the spool when it was opened: up to here, nobody has counted the frames in. */
  recoveredThrough: SpoolSeq;
  decoders: DecoderRegistry;
  book: TrackerBook;
  /** Says whose data may not be kept; nobody's where it is left out. */
  gate?: ConsentGate;
  sink: Sink;
  checkpoints: Checkpoints;
  ledger: Settlements;
  /** Records of this life that were not taken yet; of a source that counts none where it is left out. */
  held?: HeldByPosition;
  rules: NormaliseRules;
  /** How many of the latest records are remembered to tell a resend. */
  duplicateWindow: number;
  /** Told what each frame leaves, after it was put into the sink. */
  onOutcome?: (outcome: FrameOutcome) => void;
  /** Told after each commit through which record the store has what follows from them. */
  onCommitted?: (through: SpoolSeq) => void;
  /** Something failed that the runner will try again; for the log. */
  onTrouble: (error: unknown) => void;
  /** The clock that says when frames were received; without it none is taken for late. */
  now?: Clock;
  /** A clock that only goes on, ms, to see what commits take and how long it works; all is taken for quick where it is left out. */
  elapsed?: () => number;
}

/** Records taken from the spool at once: few enough that they are done with before the collector comes by twice. */
const READ_MOST = 64;
const OUTBOX_MOST = 1_000;
/** Pause before a record that the store refused is taken again, ms: the first, doubled up to the last. */
const RETRY_MS = { first: 50, last: 5_000 };
/** Pause before a checkpoint that could not be written is written again, ms. */
const CHECKPOINT_RETRY_MS = 1_000;

/**
 * Carries durable frames from the spool to the sink, in order, and moves the checkpoint behind what the sink has. Reading the
 * same records again after a crash changes nothing: record ids are deterministic, the book knows its position, and the sink
 * asks what landed.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #outcomes: OutcomeMaker;
  readonly #applier: Applier;
  readonly #gate: ConsentGate;
  /** What the sink had at the start: up to here, records are only remembered. */
  readonly #storedBefore: SpoolSeq;
  /** Frames put and not yet stored, oldest first. */
  readonly #waiting = new WaitingFrames();
  /** The last record taken stands for a corrupt range. */
  #isBehindCorrupt = false;
  /** The last record the book was given. */
  #taken: SpoolSeq;
  /** The one that is being taken, or was last. */
  #taking: SpoolSeq = 0;
  #checkpointed: SpoolSeq = 0;
  #checkpointing: Promise<void> | null = null;
  #shipping: Promise<void> | null = null;
  readonly #pace: CommitPace;
  readonly #turns: Turns;
  #commitTimer: NodeJS.Timeout | null = null;
  #isCommitting = false;
  #checkpointTimer: NodeJS.Timeout | null = null;
  /** Ends the pause before a record is taken again. */
  readonly #waker = new Waker();
  /** Ends the wait for the next records. */
  #onBehind: (() => void) | null = null;
  #stopped = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { decoders, book, rules, duplicateWindow, gate = OPEN_GATE } = options;
    this.#gate = gate;
    this.#outcomes = new OutcomeMaker({ decoders, owners: book, rules, duplicateWindow, gate });
    this.#applier = new Applier({ outcomes: this.#outcomes, book, onTrouble: options.onTrouble });
    this.#storedBefore = options.sink.storedThrough;
    this.#taken = this.#storedBefore;
    const { now = () => 0, elapsed = () => 0 } = options;
    this.#pace = new CommitPace(elapsed);
    this.#turns = new Turns(now, elapsed);
    options.sink.onStored(() => this.#advanceSoon());
  }

  /** Frames that are taken and not yet stored, by listener and protocol. */
  get held(): { listener: string; protocol: string; frames: number }[] {
    return this.#waiting.counts();
  }

  /** The last record that was looked at: what it leaves is in the sink, or on its way there. */
  get takenThrough(): SpoolSeq {
    return Math.max(this.#taken, this.#taking);
  }

  /** Works until it is stopped or the reader is closed. */
  async run(): Promise<void> {
    const { reader, sink } = this.#options;
    let coming: Promise<readonly SpoolEntry[] | null> | null = null;
    for (;;) {
      if (sink.full) await sink.room();
      await this.#bookOpen();
      if (this.#stopped) return;
      coming ??= reader.next(READ_MOST);
      const entries = await Promise.race([coming, this.#bookBehind()]);
      if (entries === 'behind') continue;
      coming = null;
      if (entries === null || this.#stopped) return;
      // What was registered before these came must be known to the book; and it may learn that it has to read something again.
      await this.#catchUp();
      await this.#bookOpen();
      await this.#takeAll(entries);
    }
  }

  /** Takes records, a moment in each turn of the event loop; leaves the rest where it is stopped. */
  async #takeAll(entries: readonly SpoolEntry[]): Promise<void> {
    for (const entry of entries) {
      if (this.#turns.isOver(entry.record.receivedAt)) {
        this.#commitSoon(this.#pace.everyMs);
        await this.#turns.next();
        await this.#bookOpen();
        if (this.#stopped) return;
      }
      if (entry.seq <= this.#storedBefore) this.#remember(entry, this.#outcomes.memory);
      else {
        const taking = this.#take(entry);
        if (taking !== null) await taking;
      }
    }
    this.#commitSoon(this.#pace.everyMs);
  }

  /** Has the book learn what is new; what its store has lost is given to it again, though no frame comes in. */
  async keepUp(): Promise<void> {
    await this.#catchUp();
    this.#noteBook();
  }

  /** Takes nothing more and ends the regular commits; what was not committed is applied again after a restart. */
  stop(): void {
    for (const timer of [this.#commitTimer, this.#checkpointTimer]) if (timer !== null) clearTimeout(timer);
    this.#stopped = true;
    this.#waker.wake();
    this.#applier.stop();
  }

  /** Commits the book a moment later, with what comes until then: a commit is a sync of its own. */
  #commitSoon(delay: number): void {
    if (this.#stopped) return;
    this.#commitTimer ??= setTimeout(() => void this.#commit(delay), delay);
  }

  async #commit(delay: number): Promise<void> {
    this.#isCommitting = true;
    try {
      await this.#commitAll();
      this.#commitTimer = null;
      this.#noteBook();
      void this.ship();
    } catch (error) {
      this.#commitTimer = null;
      this.#options.onTrouble(error);
      this.#commitSoon(Math.min(delay * 2, RETRY_MS.last));
    } finally {
      this.#isCommitting = false;
    }
  }

  #commitAll(): Promise<void> {
    return this.#pace.timed(async () => {
      const { book, onCommitted } = this.#options;
      await book.commit();
      await this.#gate.commit();
      onCommitted?.(book.appliedThrough);
    });
  }

  /** Has the book learn what is new. Where the store is away it goes by what it knows. */
  async #catchUp(): Promise<void> {
    for (const side of [this.#options.book, this.#gate]) {
      try {
        await side.catchUp();
      } catch (error) {
        this.#options.onTrouble(error);
      }
    }
  }

  /** Waits until the book turns out to be behind what it was given, by what its store has lost. */
  #bookBehind(): Promise<'behind'> {
    return new Promise((resolve) => {
      this.#onBehind = () => resolve('behind');
    });
  }

  #noteBook(): void {
    if (this.#options.book.takenThrough < this.#taken) this.#onBehind?.();
  }

  /** Waits until the book may be given the next record: until it was read, has room, and has all that it was given before. */
  async #bookOpen(): Promise<void> {
    const { book, onTrouble } = this.#options;
    for (let delay = RETRY_MS.first; !this.#stopped; delay = Math.min(delay * 2, RETRY_MS.last)) {
      try {
        if (!book.isRead || book.isFull) await book.commit();
        if (!this.#gate.isRead) await this.#gate.catchUp();
        // It may have lost more meanwhile: then all begins again.
        while (book.takenThrough < this.#taken && !this.#stopped && (await this.#giveAgain()));
        return;
      } catch (error) {
        onTrouble(error);
        await this.#waker.sleep(delay);
      }
    }
  }

  /** Gives the book again what the store has lost, as far as the spool has it; the sink has it. False where the spool is closed. */
  async #giveAgain(): Promise<boolean> {
    const { book, readAgain } = this.#options;
    const through = this.#taken;
    const before = book.takenThrough;
    const reader = readAgain(readFrom(before));
    const memory = new Memory(this.#options.duplicateWindow);
    try {
      for (let last: SpoolSeq = before; last < through && !this.#stopped;) {
        const entries = await reader.next(READ_MOST);
        if (entries === null) return false;
        for (const entry of entries) {
          last = entry.seq;
          if (last <= before) this.#remember(entry, memory);
          else if (last <= through) await this.#applier.apply(entry, memory);
        }
        if (book.isFull) await book.commit();
        if (book.takenThrough < Math.min(last, through)) break;
      }
      return true;
    } finally {
      reader.close();
    }
  }

  #remember(entry: SpoolEntry, memory: Memory): void {
    memory.remember(entry, this.#options.decoders, this.#options.rules, this.#gate);
  }

  /** Waits until a checkpoint covers what is stored now, or could not be written. */
  async settle(): Promise<void> {
    this.#advance();
    await this.#checkpointing;
    await this.#shipping;
  }

  /** Brings transitions, trips and idents to the sink; they stay in the book until it has them. */
  ship(): Promise<void> {
    this.#shipping ??= this.#ship()
      .catch(this.#options.onTrouble)
      .finally(() => {
        this.#shipping = null;
      });
    return this.#shipping;
  }

  async #ship(): Promise<void> {
    const { book, sink } = this.#options;
    const rows = await book.outbox(OUTBOX_MOST);
    if (rows.length === 0) return;
    await sink.putOutbox(rows);
    await book.settle(rows.map(({ id }) => id));
  }

  /** Takes a record; gives a promise only where that takes longer, because the store refuses. */
  #take(entry: SpoolEntry): Promise<void> | null {
    this.#taking = entry.seq;
    const outcome = this.#applier.apply(entry);
    if (outcome instanceof Promise) return outcome.then((late) => this.#pass(late));
    this.#pass(outcome);
    return null;
  }

  #pass(outcome: FrameOutcome | null): void {
    if (outcome === null) return;
    this.#taken = outcome.seq;
    this.#wait(outcome);
    this.#options.sink.put(outcome);
    this.#options.onOutcome?.(outcome);
  }

  /**
   * Has a frame wait for the sink, under the listener and protocol it was received by. A corrupt range stands for all that was in it:
   * what it has swallowed of this life ends in quarantine with it.
   */
  #wait({ seq, record, column }: FrameOutcome): void {
    const { held, ledger, recoveredThrough } = this.#options;
    const { listener, protocol } = record;
    const taken = held?.take(seq) ?? [];
    const isCorrupt = record.fault === 'spool_corrupt';
    const swallowed = this.#isBehindCorrupt || isCorrupt ? taken.slice(0, isCorrupt ? taken.length : -1) : [];
    for (const whose of swallowed) {
      this.#waiting.add(seq, whose.listener, whose.protocol, 'quarantined');
    }
    this.#isBehindCorrupt = isCorrupt;
    // Of this life, and counted by what was in it.
    if (isCorrupt && seq > recoveredThrough) return;
    if (seq <= recoveredThrough) ledger.received(listener, protocol);
    this.#waiting.add(seq, listener, protocol, column);
  }

  /** Writes the checkpoint behind what the sink has, once another commit may be. */
  #advanceSoon(): void {
    const { waitMs } = this.#pace;
    if (waitMs === 0 || this.#stopped) this.#advance();
    else this.#checkpointTimer ??= setTimeout(() => this.#advance(), waitMs);
  }

  /** Settles what the sink has and writes the checkpoint behind it; one write at a time, the newest position wins. */
  #advance(): void {
    if (this.#checkpointTimer !== null) clearTimeout(this.#checkpointTimer);
    this.#checkpointTimer = null;
    if (this.#checkpointing !== null || this.#options.sink.storedThrough <= this.#checkpointed) return;
    this.#checkpointing = this.#checkpoint().finally(() => {
      this.#checkpointing = null;
      void this.ship();
    });
  }

  async #checkpoint(): Promise<void> {
    const { sink, book, checkpoints, ledger, onTrouble } = this.#options;
    while (sink.storedThrough > this.#checkpointed) {
      const through = sink.storedThrough;
      this.#waiting.settle(through, (listener, protocol, column) => {
        if (column === 'refused') ledger.refused(listener, protocol, WITHDRAWN);
        else ledger.settled(listener, protocol, column);
      });
      try {
        // Nothing is left to the regular commit then. What comes meanwhile has one of its own.
        if (this.#commitTimer !== null && !this.#isCommitting) {
          clearTimeout(this.#commitTimer);
          this.#commitTimer = null;
        }
        // These first: a checkpoint must never be ahead of the evidence, nor of what was withdrawn.
        await this.#commitAll();
        if (book.appliedThrough < through) return this.#advanceLater();
        await checkpoints.write(through);
        this.#checkpointed = through;
      } catch (error) {
        onTrouble(error);
        return this.#advanceLater();
      }
    }
  }

  /** While the spool is full nothing more is stored that would bring the next checkpoint, and only a checkpoint makes room. */
  #advanceLater(): void {
    if (!this.#stopped) this.#checkpointTimer ??= setTimeout(() => this.#advance(), CHECKPOINT_RETRY_MS);
  }
}
