/** Who is heard, whether registered or not: an axis of its own beside the lifecycle. Pure; JSON-compatible. */
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, Transport } from '#model/frame-record';
import type { ErrorCode } from '#errors/codes';
import type { NormalisedMessage } from '#model/normalised';
import { addConditions, newCondition, newestOf, noteCondition, type Condition } from './condition.ts';
import type { AcceptedFix, FixVerdict } from './guards.ts';

/** What is known of one wire ident. */
export interface Liveness {
  ident: string;
  /** `null` while nobody has registered it. */
  trackerOid: string | null;
  protocol: string;
  /** Model or firmware difference that the codec goes by; `null` for its default. */
  dialect: string | null;
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
  condition: Condition;
}

/** Completes an entry that an earlier version has kept. */
export function completeLiveness(kept: Liveness): Liveness {
  return { ...kept, dialect: kept.dialect ?? null, condition: kept.condition ?? newCondition() };
}

/** What of a frame tells of its device. */
export type Heard = Pick<FrameRecord, 'protocol' | 'dialect' | 'listener' | 'transport' | 'peer' | 'receivedAt'>;

/** Makes the entry of an ident that was not heard before. */
export function newLiveness(ident: string, record: Heard): Liveness {
  return {
    ident,
    trackerOid: null,
    protocol: record.protocol,
    dialect: record.dialect,
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
    condition: newCondition(),
  };
}

/** Counts a frame, in place; true where that changed more than numbers. `messages` are those that were not sent before. */
export function noteFrame(
  liveness: Liveness,
  { protocol, dialect, listener, transport, peer, receivedAt }: Heard,
  isDuplicate: boolean,
  messages: number,
  quarantine: { code: ErrorCode; detail: string } | null,
): boolean {
  liveness.lastFrameAt = Math.max(liveness.lastFrameAt, receivedAt);
  liveness.frames++;
  liveness.messages += messages;
  if (isDuplicate) liveness.duplicates++;
  const isElsewhere =
    liveness.peer !== peer ||
    liveness.listener !== listener ||
    liveness.protocol !== protocol ||
    liveness.dialect !== dialect ||
    liveness.transport !== transport;
  if (isElsewhere) Object.assign(liveness, { protocol, dialect, listener, transport, peer });
  if (quarantine === null) return isElsewhere;
  const { code, detail } = quarantine;
  liveness.quarantined[code] = (liveness.quarantined[code] ?? 0) + 1;
  liveness.lastQuarantine = { code, detail, at: receivedAt };
  return true;
}

/** Notes when a message happened, where if its fix is good, and what it tells of the device, in place; true where more than numbers changed. */
export function noteMessage(
  liveness: Liveness,
  message: NormalisedMessage,
  verdict: FixVerdict | null,
  maxSpeedKmh: number,
): boolean {
  const { observedAt } = message;
  const { lastMessageAt, lastFix, condition } = liveness;
  if (lastMessageAt === null || observedAt > lastMessageAt) liveness.lastMessageAt = observedAt;
  const isOther = noteCondition(condition, message, verdict, lastFix, maxSpeedKmh);
  if (verdict === null || verdict.rejection !== null) return isOther;
  const { at, lat, lon } = verdict.fix;
  // Evidence keeps the fix itself. What lives as long as this is changed in place: anew for each message, it would be collected for each.
  if (lastFix === null) liveness.lastFix = { at, lat, lon };
  else if (at > lastFix.at) {
    lastFix.at = at;
    lastFix.lat = lat;
    lastFix.lon = lon;
  }
  return isOther;
}

/** Adds up what two gateways have heard of one ident: counts are summed up, of facts the newer hold. */
export function addLiveness(one: Liveness, other: Liveness): Liveness {
  const [older, newer] = one.lastFrameAt <= other.lastFrameAt ? [one, other] : [other, one];
  const quarantined = { ...older.quarantined };
  for (const [code, count] of Object.entries(newer.quarantined) as [ErrorCode, number][]) {
    quarantined[code] = (quarantined[code] ?? 0) + count;
  }
  return {
    ...newer,
    firstFrameAt: Math.min(older.firstFrameAt, newer.firstFrameAt),
    frames: older.frames + newer.frames,
    messages: older.messages + newer.messages,
    duplicates: older.duplicates + newer.duplicates,
    lastMessageAt: older.lastMessageAt === null ? newer.lastMessageAt : Math.max(older.lastMessageAt, newer.lastMessageAt ?? 0),
    lastFix: newestOf(older.lastFix, newer.lastFix),
    quarantined,
    lastQuarantine: newestOf(older.lastQuarantine, newer.lastQuarantine),
    condition: addConditions(conditionOf(older), conditionOf(newer)),
  };
}

function conditionOf({ condition, lastFix }: Liveness): Condition & { fixAt: EpochMs | null } {
  return { ...condition, fixAt: lastFix?.at ?? null };
}
