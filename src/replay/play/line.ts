import type { PlayedTransport } from './target.ts';

/** What a line tells of the other side. */
export interface LineEvents {
  /** Bytes have come: a chunk of a stream, or one whole reply. */
  heard(bytes: Uint8Array): void;
  /** The transport itself has acknowledged what was sent: PUBACK, 2xx. */
  acknowledged(): void;
  /** The transport has refused what was sent, and takes more. */
  refused(why: string): void;
  /** The line has ended, and we have not ended it. */
  ended(why: string): void;
}

/** One device's way to the gateway. */
export interface Line {
  /** Each message sent is acknowledged by the transport. */
  readonly acknowledges: boolean;
  /** Sends a chunk of a stream, or one datagram, message or body. Rejects where it cannot be sent. */
  send(bytes: Uint8Array): Promise<void>;
  /** Ends it once what was sent has left. */
  close(): Promise<void>;
}

/** Whom a line is for. */
export interface LineOwner {
  /** `null` where nothing says who the device is. */
  ident: string | null;
  protocol: string | null;
}

/** Opens a line. Rejects where the gateway cannot be reached or refuses. */
export type OpenLine = (owner: LineOwner, events: LineEvents) => Promise<Line>;

export interface LineSettings {
  /** Patience for a connection, ms. */
  timeoutMs: number;
  /** Certificates of authorities to be trusted, PEM; `null` for those of the system. */
  ca: string | null;
  /** Name to log in with; `{ident}` stands for the device. */
  username: string;
  password: string | null;
}

/** A stream keeps no messages apart. */
export function isStreamLine(transport: PlayedTransport): boolean {
  return transport === 'tcp' || transport === 'tls';
}
