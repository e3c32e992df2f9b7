/**
 * What is seen of one sender while it is connected: when it came, what it called itself, what of it was refused and how it ended.
 * Kept in memory for the question why a vehicle is silent; nothing rests on it.
 */
import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';
import type { ErrorCode } from '#errors/codes';

/** Refusals of one reason. */
export interface Refusals {
  count: number;
  lastAt: EpochMs;
  /** The last one in words; empty where there is nothing to add to the code. */
  lastDetail: string;
}

/** A TCP connection, a UDP peer or an MQTT client. Counted in place, so that a frame costs no allocation. */
export interface Visit {
  readonly sessionId: string;
  readonly listener: string;
  readonly transport: Transport;
  /** Remote address and port. */
  readonly peer: string;
  readonly openedAt: EpochMs;
  /** `unknown` until a codec has recognised the bytes. */
  protocol: string;
  /** What it called itself, `null` until it did. */
  ident: string | null;
  /** When its last byte came; `null` before the first. */
  heardAt: EpochMs | null;
  bytes: number;
  /** Whole frames that were taken. */
  frames: number;
  /** Its first bytes, at most `HEAD_BYTES`; `null` before the first. */
  head: Uint8Array | null;
  /** `null` while nothing was refused. */
  refused: Partial<Record<ErrorCode, Refusals>> | null;
  /** `null` while it lasts. */
  closedAt: EpochMs | null;
  /** Why it ended; `null` for an orderly end, and while it lasts. */
  code: ErrorCode | null;
}

/** First bytes kept of a sender: enough to tell a scanner from a box of an unknown protocol. */
const HEAD_BYTES = 32;

/** Who keeps visits. */
export interface VisitLog {
  opened(visit: Visit): void;
  closed(visit: Visit): void;
}

/** Begins a visit. */
export function newVisit(facts: Pick<Visit, 'sessionId' | 'listener' | 'transport' | 'peer' | 'openedAt'>): Visit {
  return {
    ...facts,
    protocol: 'unknown',
    ident: null,
    heardAt: null,
    bytes: 0,
    frames: 0,
    head: null,
    refused: null,
    closedAt: null,
    code: null,
  };
}

/** Counts bytes that came, in place. */
export function noteBytes(visit: Visit, bytes: Uint8Array, at: EpochMs): void {
  visit.heardAt = at;
  visit.bytes += bytes.length;
  visit.head ??= bytes.slice(0, HEAD_BYTES);
}

/** Counts something of it that was refused, in place. */
export function noteRefusal(visit: Visit, code: ErrorCode, detail: string, at: EpochMs): void {
  visit.refused ??= {};
  const found = visit.refused[code];
  if (found === undefined) visit.refused[code] = { count: 1, lastAt: at, lastDetail: detail };
  else {
    found.count++;
    found.lastAt = at;
    found.lastDetail = detail;
  }
}
