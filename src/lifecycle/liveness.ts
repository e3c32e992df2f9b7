/** Who is heard, whether registered or not: an axis of its own beside the lifecycle. Pure; JSON-compatible. */
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, Transport } from '#model/frame-record';
import type { ErrorCode } from '#errors/codes';
import type { AcceptedFix } from './guards.ts';

/** What is known of one wire ident. */
export interface Liveness {
  ident: string;
  /** `null` while nobody has registered it. */
  trackerOid: string | null;
  protocol: string;
  listener: string;
  transport: Transport;
  peer: string;
  firstFrameAt: EpochMs;
  lastFrameAt: EpochMs;
  frames: number;
  /** Messages that were not sent before. */
  messages: number;
  /** Frames that held nothing but messages sent before. */
  duplicates: number;
  /** When the newest message happened, by the device's repaired clock. */
  lastMessageAt: EpochMs | null;
  /** The newest fix good enough to be evidence, whether or not it was needed as such. */
  lastFix: AcceptedFix | null;
  /** Frames in quarantine, by code. */
  quarantined: Partial<Record<ErrorCode, number>>;
  lastQuarantine: { code: ErrorCode; detail: string; at: EpochMs } | null;
}

/** Makes the entry of an ident that was not heard before. */
export function newLiveness(ident: string, record: FrameRecord): Liveness {
  return {
    ident,
    trackerOid: null,
    protocol: record.protocol,
    listener: record.listener,
    transport: record.transport,
    peer: record.peer,
    firstFrameAt: record.receivedAt,
    lastFrameAt: record.receivedAt,
    frames: 0,
    messages: 0,
    duplicates: 0,
    lastMessageAt: null,
    lastFix: null,
    quarantined: {},
    lastQuarantine: null,
  };
}

/** Counts a frame, in place. */
export function noteFrame(
  liveness: Liveness,
  record: FrameRecord,
  outcome: { duplicate: boolean; messages: number; quarantine: { code: ErrorCode; detail: string } | null },
): void {
  liveness.protocol = record.protocol;
  liveness.listener = record.listener;
  liveness.transport = record.transport;
  liveness.peer = record.peer;
  liveness.lastFrameAt = Math.max(liveness.lastFrameAt, record.receivedAt);
  liveness.frames++;
  liveness.messages += outcome.messages;
  if (outcome.duplicate) liveness.duplicates++;
  if (outcome.quarantine !== null) {
    const { code, detail } = outcome.quarantine;
    liveness.quarantined[code] = (liveness.quarantined[code] ?? 0) + 1;
    liveness.lastQuarantine = { code, detail, at: record.receivedAt };
  }
}

/** Notes when a message happened and, where its fix is good, where; in place. */
export function noteMessage(liveness: Liveness, observedAt: EpochMs, fix: AcceptedFix | null): void {
  if (liveness.lastMessageAt === null || observedAt > liveness.lastMessageAt) liveness.lastMessageAt = observedAt;
  if (fix !== null && (liveness.lastFix === null || fix.at > liveness.lastFix.at)) liveness.lastFix = fix;
}
