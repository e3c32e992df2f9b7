import type { EpochMs } from '#model/clocks';
import { identKey } from '#model/tracker';
import { toHex } from '#wire/hex';
import type { Visit, VisitLog } from '../session/visit.ts';

/** Ended visits kept of one ident. */
const KEPT_OF_IDENT = 4;
/** Idents whose ended visits are kept, those seen last. */
const IDENTS_KEPT = 100_000;
/** Ended visits kept of senders that never named themselves. */
const STRANGERS_KEPT = 1_000;

/** A visit as it is shown: JSON-compatible. */
export type VisitReport = Omit<Visit, 'head' | 'refused'> & {
  /** First bytes as hex; empty before the first. */
  head: string;
  refused: NonNullable<Visit['refused']>;
};

/** Remembers who came: all that are here, the last visits of each ident, and the last strangers. In memory, bounded. */
export class Visits implements VisitLog {
  readonly #open = new Set<Visit>();
  /** Newest last; idents in the order in which they were seen last. */
  readonly #ended = new Map<string, Visit[]>();
  readonly #strangers: Visit[] = [];
  #next = 0;

  opened(visit: Visit): void {
    this.#open.add(visit);
  }

  closed(visit: Visit): void {
    this.#open.delete(visit);
    if (visit.ident === null) {
      this.#strangers[this.#next] = visit;
      this.#next = (this.#next + 1) % STRANGERS_KEPT;
      return;
    }
    const key = identKey(visit.ident);
    const visits = this.#ended.get(key) ?? [];
    visits.push(visit);
    if (visits.length > KEPT_OF_IDENT) visits.shift();
    this.#ended.delete(key);
    this.#ended.set(key, visits);
    if (this.#ended.size <= IDENTS_KEPT) return;
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  /**
   * Visits under each of several lists of idents: those that last first, then the newest. Idents are compared as `identKey` says.
   */
  of(idents: readonly (readonly string[])[]): VisitReport[][] {
    const open = new Map<string, Visit[]>();
    for (const visit of this.#open) {
      if (visit.ident === null) continue;
      const key = identKey(visit.ident);
      open.set(key, [...(open.get(key) ?? []), visit]);
    }
    return idents.map((names) => {
      const keys = [...new Set(names.map(identKey))];
      const here = keys.flatMap((key) => open.get(key) ?? []);
      const gone = keys.flatMap((key) => this.#ended.get(key) ?? []);
      return [here, gone].flatMap((visits) => visits.sort((a, b) => b.openedAt - a.openedAt).map(report));
    });
  }

  /** Visits of senders that named nobody and sent something since a time, the newest first. */
  strangers(since: EpochMs, most: number): VisitReport[] {
    const open = [...this.#open].filter(({ ident }) => ident === null);
    return [...open, ...this.#strangers]
      .filter(({ openedAt, heardAt, closedAt }) => (closedAt ?? heardAt ?? openedAt) >= since)
      .sort((a, b) => b.openedAt - a.openedAt)
      .slice(0, most)
      .map(report);
  }

  /** What is open, the longest first; for `top`. */
  open(most: number): VisitReport[] {
    return [...this.#open].slice(0, most).map(report);
  }

  /** How many are open, named and not. */
  counts(): { named: number; unnamed: number } {
    let named = 0;
    for (const { ident } of this.#open) if (ident !== null) named++;
    return { named, unnamed: this.#open.size - named };
  }
}

function report({ head, refused, ...visit }: Visit): VisitReport {
  return { ...visit, head: head === null ? '' : toHex(head), refused: refused ?? {} };
}
