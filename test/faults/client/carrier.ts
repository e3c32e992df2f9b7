import type { ScriptedRecord } from './script.ts';

/** A frame to be handed over. */
export interface OutgoingFrame {
  /** Of the tracker, 0, 1, 2… */
  number: number;
  records: readonly ScriptedRecord[];
  /** It is to be one that the gateway takes, acknowledges and puts into quarantine. */
  quarantined: boolean;
}

/** A way to hand frames over, and to know whether they were acknowledged. One frame is under way at a time. */
export interface Carrier {
  readonly protocol: string;
  readonly transport: string;
  /** Connections made so far. */
  readonly connections: number;
  /** Writes the frame. */
  encode(frame: OutgoingFrame): Uint8Array;
  /**
   * Sends the bytes and waits for their acknowledgement. False where it did not come: they are to be sent again, as often as it
   * takes. Never rejects.
   */
  hand(bytes: Uint8Array, frame: OutgoingFrame): Promise<boolean>;
  /** Ends the connection, and what is under way with it. */
  leave(): void;
}
