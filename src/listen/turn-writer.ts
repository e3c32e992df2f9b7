/**
 * Connections written to in one turn of the event loop at most. A write is 10 to 15 us, most of it the kernel's; while a thousand of them go
 * out, the next group of frames is not sent to its sync, nor heard of when that is done.
 */
const MOST_A_TURN = 256;

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

  /** To be called once for each connection, until it is written. */
  add(connection: Connection): void {
    if (this.#waiting.push(connection) === 1) queueMicrotask(this.#writeSome);
  }

  readonly #writeSome = (): void => {
    const some = this.#waiting.slice(0, MOST_A_TURN);
    this.#waiting = this.#waiting.slice(MOST_A_TURN);
    // Asked for beforehand: what is added meanwhile finds others waiting, and asks for no turn.
    if (this.#waiting.length > 0) setImmediate(this.#writeSome);
    for (const connection of some) this.#write(connection);
  };
}
