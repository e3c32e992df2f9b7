import { Waker } from '#model/waker';
import type { Memory } from './memory.ts';
import type { OutcomeMaker } from './outcome.ts';
import type { FrameOutcome, SpoolEntry, TrackerBook } from './ports.ts';

export interface ApplierOptions {
  outcomes: OutcomeMaker;
  book: Pick<TrackerBook, 'apply'>;
  /** Something failed that is tried again; for the log. */
  onTrouble: (error: unknown) => void;
}

/** Pause before a record that the store refused is taken again, ms: the first, doubled up to the last. */
const RETRY_MS = { first: 50, last: 5_000 };

/** Makes of a record what it leaves, and has the book apply it. */
export class Applier {
  readonly #options: ApplierOptions;
  /** Ends the pause before a record is taken again. */
  readonly #waker = new Waker();
  #stopped = false;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /** What is being tried again is given up. */
  stop(): void {
    this.#stopped = true;
    this.#waker.wake();
  }

  /**
   * Gives what a record leaves, once the book has applied it: for as long as the store refuses, since what is passed over would
   * be missing in the evidence for ever. A frame on which our own code fails would fail again: it is stored without being
   * applied, and in quarantine where it is not even known what to store. `null` where this was stopped before. It is a promise only
   * where that takes longer: one for each record would cost more than most records do.
   */
  apply(entry: SpoolEntry, memory?: Memory): FrameOutcome | Promise<FrameOutcome | null> | null {
    if (this.#stopped) return null;
    let outcome: FrameOutcome | null = null;
    try {
      outcome = this.#options.outcomes.of(entry, memory);
      this.#options.book.apply(outcome);
      return outcome;
    } catch (error) {
      return this.#applyLater(entry, memory, outcome, error);
    }
  }

  async #applyLater(
    entry: SpoolEntry,
    memory: Memory | undefined,
    made: FrameOutcome | null,
    refusal: unknown,
  ): Promise<FrameOutcome | null> {
    const { outcomes, book, onTrouble } = this.#options;
    let outcome = made;
    let error = refusal;
    for (let delay = RETRY_MS.first; !this.#stopped;) {
      onTrouble(error);
      if (!isBug(error)) {
        await this.#waker.sleep(delay);
        delay = Math.min(delay * 2, RETRY_MS.last);
        if (this.#stopped) break;
      } else if (outcome === null) outcome = bugIn(entry, error);
      else return outcome;
      try {
        outcome ??= outcomes.of(entry, memory);
        book.apply(outcome);
        return outcome;
      } catch (again) {
        error = again;
      }
    }
    return null;
  }
}

/** An error of the code, or of what it kept itself, that no second try mends: no store and no disk throws these. */
function isBug(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

/** What is left of a frame on which our own code fails: the frame, in quarantine. */
function bugIn({ seq, record }: SpoolEntry, error: unknown): FrameOutcome {
  const quarantine = { code: 'bug_invariant', detail: `the frame cannot be processed: ${String(error)}` } as const;
  return { seq, record, ident: record.ident ?? '', column: 'quarantined', messages: [], quarantine };
}
