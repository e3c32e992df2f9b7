import type { EpochMs } from './clocks.ts';
import type { ErrorCode } from '#errors/codes';

/** The way a frame came in. */
export const TRANSPORTS = ['tcp', 'tls', 'udp', 'mqtt', 'http', 'replay', 'kafka'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/**
 * One frame as it was received, with all that its decode needs: what the spool keeps, and what the pipeline, recovery and
 * replay read. The connection it came over is not needed again.
 */
export interface FrameRecord {
  receivedAt: EpochMs;
  transport: Transport;
  /** Name of the listener in the configuration. */
  listener: string;
  /** Remote address and port, `203.0.113.9:40122`. */
  peer: string;
  /** Identifies the connection within this gateway's life; 16 hex digits. */
  sessionId: string;
  /** Name of the codec; `unknown` where none recognised the bytes. */
  protocol: string;
  codecVersion: number;
  /** What the session knew before this frame. */
  ident: string | null;
  dialect: string | null;
  /** Company whose endpoint took it: it can only speak of this company's trackers. Absent where the devices of all may send. */
  companyId?: string;
  /** Set when the frame was refused: it goes to quarantine under this code and is not decoded. */
  fault: ErrorCode | null;
  /** Why, in words, where `fault` is set. */
  faultDetail: string | null;
  /** The verbatim bytes. */
  frame: Uint8Array;
}

/** Position of a record in the spool: counts from 1, never used twice for different acknowledged records. */
export type SpoolSeq = number;
