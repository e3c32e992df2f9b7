/** What the pipeline's runner needs of the services around it. */
import type { Consent } from '#model/consent';
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { ErrorCode } from '#errors/codes';

/** A record of the spool with its position. `corrupt` records failed their checksum: `record.fault` says so. */
export interface SpoolEntry {
  seq: SpoolSeq;
  record: FrameRecord;
}

/** Reads durable records in order, from memory while they are young, from disk otherwise. */
export interface SpoolReader {
  /** Gives the next records, at least one and at most `most`; waits while there is none. `null` once closed. */
  next(most: number): Promise<readonly SpoolEntry[] | null>;
  close(): void;
}

/** Where a frame ended. `refused` leaves nothing: the right to its data has ended. */
export type FrameColumn = 'stored' | 'duplicate' | 'quarantined' | 'refused';

/** All that one frame leaves in the sink. */
export interface FrameOutcome {
  seq: SpoolSeq;
  record: FrameRecord;
  column: FrameColumn;
  /** Ident the frame is filed under; empty where no device was named. Messages may be about others. */
  ident: string;
  /** The messages to store: without those that are duplicates of stored ones. */
  messages: readonly NormalisedMessage[];
  /** Why the frame, or a part of it, is in quarantine. */
  quarantine: { code: ErrorCode; detail: string } | null;
  /** What the frame answers to a command; absent where it answers none. */
  answer?: { text: string; refused: boolean };
  /** What the frame states about the right to data; absent where it states nothing. */
  consents?: readonly Consent[];
}

/** A row of a slow table (tracker transitions, trips, idents), made elsewhere and kept there until the sink has it. */
export interface OutboxRow {
  /** Unique in its store, counts up. */
  id: number;
  table: 'tracker_transitions' | 'trips' | 'tracker_idents';
  /** Column values by name, JSON-compatible, times in epoch milliseconds. */
  row: Readonly<Record<string, string | number | boolean | null>>;
}

/** The store of rows, as the runner sees it. Batches, retries and verification are the sink's own. */
export interface Sink {
  /** Takes what a frame leaves, whatever it is: never throws. Outcomes come in the order of `seq`. */
  put(outcome: FrameOutcome): void;
  /** True while so much waits that nothing more should be put. */
  readonly full: boolean;
  /** Resolves when there is room again. */
  room(): Promise<void>;
  /** Every outcome up to and including this position is stored or quarantined in ClickHouse. */
  readonly storedThrough: SpoolSeq;
  /** Calls back when `storedThrough` moves. */
  onStored(listener: (through: SpoolSeq) => void): void;
  /** Stores outbox rows; resolves when they are in ClickHouse. Writing the same row twice leaves one. */
  putOutbox(rows: readonly OutboxRow[]): Promise<void>;
  /** Sends what waits without waiting for size or age; resolves when it is stored. Rejects when `signal` aborts. */
  flush(signal: AbortSignal): Promise<void>;
}

/** A tracker as the pipeline needs to know it. */
export interface KnownTracker {
  oid: string;
  provider: string;
  /** When it was registered; absent where that does not matter. */
  registeredAt?: EpochMs;
}

/** The registry and the lifecycle, as the runner sees them: in memory, beside a store that may be away for a while. */
export interface TrackerBook {
  /** False until what the store has was read for the first time: nothing may be applied before. */
  readonly isRead: boolean;
  /** So much is applied that the store does not have that nothing more should be. */
  readonly isFull: boolean;
  /** The last record whose outcome is applied; goes back where the store has lost what it had. */
  readonly takenThrough: SpoolSeq;
  /** The last record whose outcome is applied and durable. */
  readonly appliedThrough: SpoolSeq;
  /** Finds the tracker a wire ident belongs to, from memory; only among those of a company where one is given. */
  find(protocol: string, ident: string, companyId?: string): KnownTracker | null;
  /** Learns what others have changed: to be called before records are applied. Rejects once where the store goes away. */
  catchUp(): Promise<void>;
  /**
   * Applies the messages of one frame: evidence of distance, last seen, trips, transitions. A position already applied
   * changes nothing, so records may be read again after a crash. Where it throws, the position is applied all the same.
   */
  apply(outcome: FrameOutcome): void;
  /** Makes all that was applied durable, in one transaction, with the position of the last outcome. */
  commit(): Promise<void>;
  /** Transition and trip rows that the sink does not have yet, oldest first. */
  outbox(most: number): Promise<readonly OutboxRow[]>;
  /** Forgets outbox rows the sink has. */
  settle(ids: readonly number[]): Promise<void>;
}

/**
 * Says whose data may not be kept. What it says of a record depends on the records before it, on what was withdrawn by whatever way,
 * and on nothing else: read again after a crash, the same records are judged no milder.
 */
export interface ConsentGate {
  /** What was withdrawn before is known: nothing may be kept before. */
  readonly isRead: boolean;
  /** Nobody's data is stopped: records need not be looked at. */
  readonly isOpen: boolean;
  /** True where nothing that this record says of the vehicle may be kept. Throws where nobody can say whose it is. */
  stops(entry: SpoolEntry, ident: string): boolean;
  /** Takes what a record states, before anything of it or behind it is kept. Taking it again changes nothing. */
  take(entry: SpoolEntry, consents: readonly Consent[]): void;
  /** Learns what others have stated. Rejects where the store is away. */
  catchUp(): Promise<void>;
  /** Makes all that was taken durable. */
  commit(): Promise<void>;
}

/** Lets everything through: for those who have no store to ask. */
export const OPEN_GATE: ConsentGate = {
  isRead: true,
  isOpen: true,
  stops: () => false,
  take: () => undefined,
  catchUp: () => Promise.resolve(),
  commit: () => Promise.resolve(),
};
