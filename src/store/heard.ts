/** The idents heard lately, in memory: those of trackers all, the others up to a bound, the longest silent forgotten first. */
import type { Liveness } from '../lifecycle/liveness.ts';

export class HeardIdents {
  readonly #mostUnregistered: number;
  readonly #registered = new Map<string, Liveness>();
  /** In the order in which they were heard last. */
  readonly #unregistered = new Map<string, Liveness>();
  #dirty = new Set<Liveness>();
  #forgotten = new Set<string>();

  constructor(mostUnregistered: number, known: readonly Liveness[]) {
    this.#mostUnregistered = mostUnregistered;
    for (const liveness of known) this.#keep(liveness);
  }

  get(ident: string): Liveness | undefined {
    return this.#registered.get(ident) ?? this.#unregistered.get(ident);
  }

  /** Keeps an entry that is new, was heard, or whose tracker changed; what was forgotten for it leaves the store too. */
  touch(liveness: Liveness): void {
    this.#keep(liveness);
    this.#dirty.add(liveness);
    this.#forgotten.delete(liveness.ident);
  }

  /** What a commit must write. */
  get changes(): { liveness: readonly Liveness[]; forgotten: readonly string[] } {
    return { liveness: [...this.#dirty], forgotten: [...this.#forgotten] };
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0 || this.#forgotten.size > 0;
  }

  /** Called once `changes` is durable. */
  committed(): void {
    this.#dirty = new Set();
    this.#forgotten = new Set();
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
