import type { Transport } from '#model/frame-record';

/** A session as whoever listens in on it sees it, at this moment. */
export interface TappedSession {
  /** Identifies the connection. */
  sessionId: string;
  transport: Transport;
  listener: string;
  /** Remote address and port. */
  peer: string;
  /** Codec, `null` where the first bytes have not chosen it. */
  protocol: string | null;
  ident: string | null;
  dialect: string | null;
  /** Company whose endpoint it is; absent where the devices of all may send. */
  companyId?: string;
}

/** Whoever listens in on sessions, to capture what goes over them. */
export interface SessionTap {
  /** False while nobody listens: then nothing is told, and it costs this look. */
  readonly isOpen: boolean;
  /** Tells of bytes that have come (`in`) or are sent (`out`); they may change once this returns. */
  tell(direction: 'in' | 'out', session: TappedSession, bytes: Uint8Array): void;
}
