/** Who has something to be written. */
export interface Written {
  write(): void;
}

/**
 * Has what is sent in one turn of the event loop written at its end, one write for each connection: the acks of a group of receipts leave
 * together.
 */
export class TurnWriter {
  #waiting: Written[] = [];

  /** To be called once for each turn and connection. */
  add(one: Written): void {
    if (this.#waiting.push(one) === 1) queueMicrotask(this.#writeAll);
  }

  readonly #writeAll = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.write();
  };
}
