/** How many tries run at a time. Receivers that fail share half of the slots: however many hang, others find one free. */
export class Slots {
  #free: number;
  #freeForFailing: number;
  readonly #waiting: { failing: boolean; begin: () => void }[] = [];

  constructor(most: number) {
    this.#free = most;
    this.#freeForFailing = Math.max(1, Math.floor(most / 2));
  }

  /** Waits for a slot, in turn. What it gives is to be called when the slot is free again. */
  async take(failing: boolean): Promise<() => void> {
    if (!this.#begin(failing)) await new Promise<void>((begin) => this.#waiting.push({ failing, begin }));
    return () => this.#end(failing);
  }

  #begin(failing: boolean): boolean {
    if (this.#free === 0 || (failing && this.#freeForFailing === 0)) return false;
    this.#free--;
    if (failing) this.#freeForFailing--;
    return true;
  }

  #end(failing: boolean): void {
    this.#free++;
    if (failing) this.#freeForFailing++;
    const next = this.#waiting.findIndex((waiter) => this.#begin(waiter.failing));
    if (next >= 0) this.#waiting.splice(next, 1)[0]?.begin();
  }
}
