import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';
import type { Fault } from '#errors/fault';
import type { Decoded, Decoder, SessionContext } from '#protocols/codec';

/** A part of what a device sent, as its codec sees it: together they are all of it, in order. */
export interface Piece {
  /** Number of the entry with which it became whole, from 0. */
  entry: number;
  /** When that entry came. */
  at: EpochMs;
  transport: Transport;
  listener: string;
  peer: string;
  sessionId: string;
  /** Company whose endpoint took it; absent where the devices of all may send. */
  companyId?: string;
  /** Where it lies in all that the session sent, `end` exclusive. */
  from: number;
  end: number;
  /** `refused` by the split, `incomplete` at the end of its session, `idle` where it is passed over without being counted. */
  kind: Decoded['kind'] | 'refused' | 'incomplete' | 'idle';
  /** What decodes it; `null` where nothing recognised the session's bytes. */
  codec: Decoder | null;
  /** What was known of the device before it. */
  context: SessionContext;
  bytes: Uint8Array;
  /** `null` where it is no frame. */
  decoded: Decoded | null;
  faults: readonly Fault[];
}

/** Ident the piece is filed under; empty where no device was named. */
export function identOf({ decoded, context }: Pick<Piece, 'decoded' | 'context'>): string {
  return decoded?.ident ?? context.ident ?? '';
}
