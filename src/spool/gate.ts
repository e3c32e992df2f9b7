/** What keeps the spool from accepting: a failed disk, a used-up budget, too much waiting for the sync, its end. */
export type Obstacle = 'fault' | 'full' | 'pending' | 'closing';

/** Whether the spool accepts records: as long as nothing stands in the way. */
export class Gate {
  /** What stands in the way, with the reason in words. */
  readonly #obstacles = new Map<Obstacle, string>();
  readonly #listeners = new Set<(accepting: boolean) => void>();

  get accepting(): boolean {
    return this.#obstacles.size === 0;
  }

  /** Why nothing is accepted, in words; `null` where something is. */
  get refusal(): string | null {
    return this.accepting ? null : [...this.#obstacles.values()].join('; ');
  }

  has(obstacle: Obstacle): boolean {
    return this.#obstacles.has(obstacle);
  }

  /** Puts an obstacle up, or takes it away where `why` is `null`; tells the listeners if that changes the answer. */
  set(obstacle: Obstacle, why: string | null): void {
    const before = this.accepting;
    if (why !== null) this.#obstacles.set(obstacle, why);
    else this.#obstacles.delete(obstacle);
    const after = this.accepting;
    if (after === before) return;
    for (const listener of this.#listeners) {
      // One of them has turned it again, and all were told so meanwhile: what is left to say here is out of date.
      if (this.accepting !== after) return;
      listener(after);
    }
  }

  onAccepting(listener: (accepting: boolean) => void): () => void {
    // A listener of its own for each call, so that one function given twice is told twice and ended once.
    const own = (accepting: boolean) => listener(accepting);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }
}
