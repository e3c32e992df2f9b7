/** How commands reach devices: what a session offers, and whom it tells. Whatever its transport, a session may offer a line. */

/** A session whose device has named itself durably, in a protocol that has commands. */
export interface CommandLine {
  readonly sessionId: string;
  readonly ident: string;
  readonly protocol: string;
  /** False while acks are owed: bytes between a frame and its ack could be taken for the ack. */
  readonly idle: boolean;
  /** Calls back once, when the last ack owed has left. The newest callback replaces one that waits. */
  whenIdle(callback: () => void): void;
  /** The bytes of a command; `null` where the protocol cannot write this text. */
  encode(text: string, addressed: boolean): Uint8Array | null;
  /** Sends them. Only while `idle`. */
  send(bytes: Uint8Array): void;
}

/** Whom sessions tell of their lines. Called on the way of acks: it must be quick, and must not throw. */
export interface CommandDesk {
  /** The ident is durable, and commands may be sent from now on. */
  opened(line: CommandLine): void;
  /** A frame that answers a command is durable. */
  answered(line: CommandLine): void;
  /** Nothing can be sent over it any more. */
  closed(line: CommandLine): void;
}
