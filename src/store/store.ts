import type { Awaitable } from '#model/awaitable';
import type { EpochMs } from '#model/clocks';
import type { CommandStore } from './command-store.ts';
import type { DocumentStore } from './document-store.ts';
import type { NameStore } from './name-store.ts';
import type { BookStore, TrackerRegistry } from './tracker-store.ts';

/** All that is kept of trackers, commands and companies, as one implementation gives it. */
export interface Store extends TrackerRegistry, BookStore {
  readonly commands: CommandStore;
  readonly documents: DocumentStore;
  readonly names: NameStore;
  /**
   * Forgets where a tracker has been: its evidence and its trips, those on their way to ClickHouse included. Books learn of it with the
   * next change of the tracker.
   */
  forgetPlaces(oid: string): Awaitable<void>;
  /** What time it is where it runs; `null` where that is this machine. */
  clock(): Awaitable<EpochMs | null>;
  /** What of its own settings may cost data, in words. */
  doubts(): Awaitable<readonly string[]>;
  close(): Awaitable<void>;
}
