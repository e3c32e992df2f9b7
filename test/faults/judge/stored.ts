/** What the stores say, as plain values. */
import type { EpochMs } from '#model/clocks';
import type { Content } from '../client/script.ts';

/** A row of `messages`. */
export interface StoredRow {
  deviceTime: EpochMs;
  spoolId: string;
  spoolSeq: number;
  rowIndex: number;
  /** `lat`, `lon`, `speedKmh`, `courseDeg`, `altitudeM`, `satellites`, and signals by their key; only what is not NULL. */
  content: Content;
}

/** Rows of one tracker: all that lie in the table, and those that a reader sees (`FINAL`). */
export interface StoredTracker {
  raw: readonly StoredRow[];
  final: readonly StoredRow[];
}

/** A row of `quarantine` that holds a frame. */
export interface QuarantinedFrame {
  ident: string;
  code: string;
  /** Lower-case hex. */
  hex: string;
}

/** The ledger of one listener and protocol, as its metrics say. */
export interface LedgerLine {
  listener: string;
  protocol: string;
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
  refused: number;
  inFlight: number;
}

/** Rows of `frames` (`FINAL`) of one listener and protocol, by the column they name. */
export interface JournalLine {
  listener: string;
  protocol: string;
  stored: number;
  duplicate: number;
  quarantined: number;
}
