/**
 * The ledger: every frame that came in ends in exactly one column. For each listener and protocol
 *
 *     received = stored + duplicate + quarantined + refused + in flight
 *
 * holds at every moment. Only counting happens here; who holds the frames in flight is asked when the ledger is balanced.
 */
import type { ErrorCode } from '#errors/codes';
import { isErrorCode } from '#errors/codes';

/** Where a frame that went through the spool ends. */
export const SETTLED_COLUMNS = ['stored', 'duplicate', 'quarantined'] as const;
export type SettledColumn = (typeof SETTLED_COLUMNS)[number];

/** Frames of one listener and protocol, by where they are. All are counts since the data folder was made. */
export interface LedgerRow {
  listener: string;
  protocol: string;
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
  /** Went no further than the session, or may not be kept, by reason. */
  refused: number;
  refusedBy: Readonly<Partial<Record<ErrorCode, number>>>;
  /** What is left: received and in no column yet. */
  inFlight: number;
}

/** Frames somebody holds that are in no column yet. */
export interface HeldFrames {
  listener: string;
  protocol: string;
  frames: number;
}

/** A row that does not add up. */
export interface Imbalance {
  listener: string;
  protocol: string;
  /** What the ledger says is in flight. */
  inFlight: number;
  /** What is really held. */
  held: number;
}

/** What outlives a restart: the frames that are in a column. JSON-compatible. */
export interface LedgerCheckpoint {
  rows: readonly Omit<LedgerRow, 'received' | 'inFlight' | 'refused'>[];
}

interface Counts {
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
  refused: number;
  refusedBy: Map<ErrorCode, number>;
}

/** Counts the frames of all listeners. */
export class Ledger {
  readonly #counts = new Map<string, Map<string, Counts>>();

  /**
   * Goes on from a checkpoint: what was settled then counts as received and settled. What the spool still holds is to be
   * counted in again with `received`. Frames that were refused since the refusals were saved last are gone on both sides.
   */
  static fromCheckpoint(checkpoint: LedgerCheckpoint): Ledger {
    const ledger = new Ledger();
    for (const { listener, protocol, stored, duplicate, quarantined, refusedBy } of checkpoint.rows) {
      const counts = ledger.#of(listener, protocol);
      Object.assign(counts, { stored, duplicate, quarantined });
      for (const [code, frames] of Object.entries(refusedBy)) {
        // A code that a newer or older version knew is not worth losing the rest for.
        if (isErrorCode(code)) counts.refusedBy.set(code, frames);
        counts.refused += frames;
      }
      counts.received = stored + duplicate + quarantined + counts.refused;
    }
    return ledger;
  }

  /** Counts frames in. */
  received(listener: string, protocol: string, frames = 1): void {
    this.#of(listener, protocol).received += frames;
  }

  /** Puts a received frame in the column `refused`: it never reached the spool, or nothing of it may be kept. */
  refused(listener: string, protocol: string, code: ErrorCode): void {
    const counts = this.#of(listener, protocol);
    counts.refused++;
    counts.refusedBy.set(code, (counts.refusedBy.get(code) ?? 0) + 1);
  }

  /** Puts a received frame in the column where it ended. */
  settled(listener: string, protocol: string, column: SettledColumn): void {
    this.#of(listener, protocol)[column]++;
  }

  /** Gives every row as it is. */
  snapshot(): LedgerRow[] {
    const rows: LedgerRow[] = [];
    for (const [listener, byProtocol] of this.#counts) {
      for (const [protocol, counts] of byProtocol) {
        const { received, stored, duplicate, quarantined, refused } = counts;
        const inFlight = received - stored - duplicate - quarantined - refused;
        const refusedBy = Object.fromEntries(counts.refusedBy);
        rows.push({ listener, protocol, received, stored, duplicate, quarantined, refused, refusedBy, inFlight });
      }
    }
    return rows;
  }

  /**
   * Compares what is in flight with what is held, and gives the rows that differ. Without `held`, only a row with more
   * frames in its columns than came in is wrong; `[]` says that nothing is held any more.
   */
  imbalances(held?: readonly HeldFrames[]): Imbalance[] {
    const heldBy = new Map<string, HeldFrames>();
    for (const one of held ?? []) {
      const key = JSON.stringify([one.listener, one.protocol]);
      heldBy.set(key, { ...one, frames: one.frames + (heldBy.get(key)?.frames ?? 0) });
    }
    const wrong: Imbalance[] = [];
    for (const { listener, protocol, inFlight } of this.snapshot()) {
      const key = JSON.stringify([listener, protocol]);
      const frames = held === undefined ? Math.max(0, inFlight) : (heldBy.get(key)?.frames ?? 0);
      heldBy.delete(key);
      if (frames !== inFlight) wrong.push({ listener, protocol, inFlight, held: frames });
    }
    for (const { listener, protocol, frames } of heldBy.values()) {
      if (frames !== 0) wrong.push({ listener, protocol, inFlight: 0, held: frames });
    }
    return wrong;
  }

  /** Gives what is settled or refused at this moment, to be saved with the spool position it belongs to. */
  toCheckpoint(): LedgerCheckpoint {
    const rows = this.snapshot().map(({ listener, protocol, stored, duplicate, quarantined, refusedBy }) => {
      return { listener, protocol, stored, duplicate, quarantined, refusedBy };
    });
    return { rows };
  }

  /**
   * Gives a checkpoint with the refusals of this moment: those of sessions, which belong to no position of the spool and so may be saved
   * when nothing was stored. `null` where it has them all. `settling` are codes of refusals that do belong to a position.
   */
  withRefusals({ rows }: LedgerCheckpoint, settling: readonly ErrorCode[]): LedgerCheckpoint | null {
    let isNews = false;
    const saved = new Map(rows.map((row) => [`${row.listener}\n${row.protocol}`, row]));
    for (const { listener, protocol, refusedBy } of this.snapshot()) {
      const key = `${listener}\n${protocol}`;
      const row = saved.get(key) ?? { listener, protocol, stored: 0, duplicate: 0, quarantined: 0, refusedBy: {} };
      const merged = { ...row.refusedBy };
      for (const [code, frames] of Object.entries(refusedBy) as [ErrorCode, number][]) {
        if (settling.includes(code) || merged[code] === frames) continue;
        merged[code] = frames;
        isNews = true;
      }
      saved.set(key, { ...row, refusedBy: merged });
    }
    return isNews ? { rows: [...saved.values()] } : null;
  }

  #of(listener: string, protocol: string): Counts {
    let byProtocol = this.#counts.get(listener);
    if (byProtocol === undefined) {
      byProtocol = new Map();
      this.#counts.set(listener, byProtocol);
    }
    let counts = byProtocol.get(protocol);
    if (counts === undefined) {
      counts = { received: 0, stored: 0, duplicate: 0, quarantined: 0, refused: 0, refusedBy: new Map() };
      byProtocol.set(protocol, counts);
    }
    return counts;
  }
}
