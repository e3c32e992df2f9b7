/** What one connection of the load generator says, and what it hears. */
export interface Talk {
  /** Sent first; `null` where the protocol needs nothing. */
  readonly hello: Buffer | null;
  /** What the answer to it begins with, and how long it is. */
  readonly welcome: { begins: Uint8Array; bytes: number };
  /** The next frame, each with records of its own. Its bytes are good until `window` more are asked for. */
  next(): Buffer;
  /**
   * Reads the ack at `from`: the bytes it has, or 0 where it is not whole yet. Throws where it is not the ack of the frame that waits
   * longest.
   */
  ack(bytes: Buffer, from: number, to: number): number;
}
