/** One piece of a captured conversation: what capture files hold, importers make and replay plays. */
import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';

/**
 * Bytes that went one way at one time. Over a stream they are a chunk, as it was cut by whoever captured, not a frame; a datagram
 * and an MQTT message or HTTP body are whole.
 */
export interface CaptureEntry {
  at: EpochMs;
  /** `in`: from the device to the gateway; `out`: to the device. */
  direction: 'in' | 'out';
  transport: Transport;
  /** Name of the listener, or of the port in the source; empty where the source tells none. */
  listener: string;
  /** Address and port of the device; empty where the source tells none. */
  peer: string;
  /** Entries of one connection, or of one peer, share it. */
  sessionId: string;
  /** Codec, where the source knows it. */
  protocol: string | null;
  /** What the session knew of its device before these bytes; `null` where nothing. */
  ident: string | null;
  dialect: string | null;
  /** Company whose endpoint took it: it can only speak of this company's trackers. Absent where the devices of all may send. */
  companyId?: string;
  /** The verbatim bytes. */
  bytes: Uint8Array;
}
