/** The idents heard lately, in memory: those of trackers all, the others up to a bound, the longest silent forgotten first. */
import { newLiveness, noteFrame, type Liveness } from '../lifecycle/liveness.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { Share } from './frame-log.ts';
import type { BookChanges } from './tracker-store.ts';

type TakenHeard = Pick<BookChanges, 'heard' | 'counted' | 'forgotten'>;

export class HeardIdents {
  readonly #mostUnregistered: number;
  readonly #registered = new Map<string, Liveness>();
  /** In the order in which they were heard last. */
  readonly #unregistered = new Map<string, Liveness>();
  #dirty = new Set<Liveness>();
  /** Those of which only the numbers have changed, and which the store has, or is about to. */
  #counted = new Set<Liveness>();
  #forgotten = new Set<string>();

  constructor(mostUnregistered: number, known: readonly Liveness[]) {
    this.#mostUnregistered = mostUnregistered;
    for (const liveness of known) this.#keep(liveness);
  }

  get(ident: string): Liveness | undefined {
    return this.#registered.get(ident) ?? this.#unregistered.get(ident);
  }

  /** Counts a frame under the ident of one of its shares. */
  note({ record, column, quarantine }: FrameOutcome, { ident, messages, entry }: Share): Liveness {
    // What one company's cloud says of a vehicle that is not its own must not stand under the vehicle's name.
    const name = entry === null && record.companyId !== undefined ? `${record.companyId}/${ident}` : ident;
    const known = this.#registered.get(name);
    const oid = entry?.tracker.oid ?? null;
    if (known !== undefined && known.trackerOid === oid) {
      const isOther = noteFrame(known, record, column === 'duplicate', messages.length, quarantine);
      if (isOther) this.noteOther(known);
      else if (this.#dirty.size === 0 || !this.#dirty.has(known)) this.#counted.add(known);
      return known;
    }
    const liveness = known ?? this.#unregistered.get(name) ?? newLiveness(name, record);
    liveness.trackerOid = oid;
    noteFrame(liveness, record, column === 'duplicate', messages.length, quarantine);
    this.touch(liveness);
    return liveness;
  }

  /** More than the numbers of an entry has changed. */
  noteOther(liveness: Liveness): void {
    this.#dirty.add(liveness);
    this.#counted.delete(liveness);
  }

  /** Keeps an entry that is new, was heard, or whose tracker changed; what was forgotten for it leaves the store too. */
  touch(liveness: Liveness): void {
    this.#keep(liveness);
    this.noteOther(liveness);
    this.#forgotten.delete(liveness.ident);
  }

  /** An ident turns out to be that of a tracker. */
  claim(ident: string, trackerOid: string): void {
    const liveness = this.get(ident);
    if (liveness === undefined) return;
    liveness.trackerOid = trackerOid;
    this.touch(liveness);
  }

  /** Something is to be forgotten in the store that the next commit must tell it. */
  get hasForgotten(): boolean {
    return this.#forgotten.size > 0;
  }

  /** Forgets idents at once, and in the store with the next commit. Gives how many they were. */
  forget(isMeant: (liveness: Liveness) => boolean): number {
    const meant = [...this.#registered.values(), ...this.#unregistered.values()].filter(isMeant);
    for (const liveness of meant) {
      this.#registered.delete(liveness.ident);
      this.#unregistered.delete(liveness.ident);
      this.#dirty.delete(liveness);
      this.#counted.delete(liveness);
      this.#forgotten.add(liveness.ident);
    }
    return meant.length;
  }

  /** Takes out what a commit must write: what is touched from here on belongs to the next one. */
  take(): TakenHeard {
    const taken = { heard: [...this.#dirty], counted: [...this.#counted], forgotten: [...this.#forgotten] };
    this.#dirty = new Set();
    this.#counted = new Set();
    this.#forgotten = new Set();
    return taken;
  }

  /** Takes back what may not have been written. */
  putBack({ heard, counted, forgotten }: TakenHeard): void {
    for (const liveness of heard) if (this.get(liveness.ident) === liveness) this.noteOther(liveness);
    for (const liveness of counted) {
      if (this.get(liveness.ident) === liveness && !this.#dirty.has(liveness)) this.#counted.add(liveness);
    }
    for (const ident of forgotten) if (this.get(ident) === undefined) this.#forgotten.add(ident);
  }

  #keep(liveness: Liveness): void {
    const { ident } = liveness;
    this.#unregistered.delete(ident);
    if (liveness.trackerOid !== null) {
      this.#registered.set(ident, liveness);
      return;
    }
    this.#registered.delete(ident);
    this.#unregistered.set(ident, liveness);
    if (this.#unregistered.size <= this.#mostUnregistered) return;
    const [oldest] = this.#unregistered.values();
    if (oldest === undefined) return;
    this.#unregistered.delete(oldest.ident);
    this.#dirty.delete(oldest);
    this.#forgotten.add(oldest.ident);
  }
}
