/**
 * Has what is sent in one turn of the event loop written at its end, one write for each connection: an ack a packet costs five times as
 * much. One microtask for all, and no cork: the acks of a group of receipts leave together, most of them alone on their connection.
 */
export class TurnWriter<Connection> {
  readonly #write: (connection: Connection) => void;
  #waiting: Connection[] = [];

  /** `write` writes what a connection has to send. */
  constructor(write: (connection: Connection) => void) {
    this.#write = write;
  }

  /** To be called once for each turn and connection. */
  add(connection: Connection): void {
    if (this.#waiting.push(connection) === 1) queueMicrotask(this.#writeAll);
  }

  readonly #writeAll = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const connection of waiting) this.#write(connection);
  };
}
