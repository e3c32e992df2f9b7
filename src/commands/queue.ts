import type { Awaitable } from '#model/awaitable';
import type { EpochMs } from '#model/clocks';
import type { Command } from '#model/command';

/** One sending of a command over a session. */
export interface Sending {
  id: number;
  sessionId: string;
  protocol: string;
  at: EpochMs;
}

/** What the dispatcher needs of the store that keeps commands. Every change is durable when the call returns. */
export interface CommandQueue {
  /** Other gateways may send its commands too. */
  readonly isShared: boolean;
  /** Differs whenever somebody may have queued a command since it was asked last. Cheap. */
  version(): Awaitable<string>;
  /** Open commands with a greater id, in order. */
  open(afterId: number, most: number): Awaitable<readonly Command[]>;
  byId(id: number): Awaitable<Command | null>;
  /**
   * Counts these sendings, before a byte of them leaves: so no crash lets a command be sent more often than it may. Gives the
   * ids that may be sent: those that are open, not expired, and have an attempt left.
   */
  beginSendings(sendings: readonly Sending[]): Awaitable<ReadonlySet<number>>;
  /**
   * Ends open commands that expired by `now`, some at a time, and gives their ids. One that was sent after `sentBefore` may
   * still be answered, and stays.
   */
  expire(now: EpochMs, sentBefore: EpochMs, most: number): Awaitable<readonly number[]>;
  /** Ends a command that is still open. */
  fail(id: number, why: string): Awaitable<void>;
  /** Forgets commands that ended and expired before then, some at a time. */
  forget(before: EpochMs, most: number): Awaitable<void>;
}
