/**
 * Keeps names for a time: what senders called what they sent, so that it is known when it comes again. There may be millions, each is
 * written once, and none is ever changed: a document for each would cost five times as much. `name-store.contract.ts` says by tests
 * what it must do.
 */
import type { Awaitable } from '#model/awaitable';
import type { EpochMs } from '#model/clocks';

export interface NameStore {
  /** Which of these names are kept. */
  known(names: readonly string[]): Awaitable<ReadonlySet<string>>;
  /** Keeps names until a time; they are durable then. */
  keep(names: readonly string[], until: EpochMs): Awaitable<void>;
  /**
   * Forgets names whose time has come, so many at most, and tells how many it forgot: with fewer, none is left. A store may have
   * forgotten them by itself.
   */
  forget(at: EpochMs, most: number): Awaitable<number>;
}
