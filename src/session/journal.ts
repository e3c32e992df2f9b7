import type { FrameRecord } from '#model/frame-record';

/** What a session needs of the log that makes frames durable. */
export interface Journal {
  /**
   * Takes a record and calls `durable` once a sync that covers it has succeeded, in the order of the appends. If the write or
   * the sync fails, `lost` is called instead: the record may or may not be on the disk, the device must get no ack and send
   * the frame again.
   */
  append(record: FrameRecord, durable: () => void, lost?: () => void): void;
  /** False when the byte budget is used up or the disk refuses: whoever reads sockets stops reading. */
  readonly accepting: boolean;
  /** Calls back whenever `accepting` turns. Gives the function that ends it. */
  onAccepting(listener: (accepting: boolean) => void): () => void;
}
