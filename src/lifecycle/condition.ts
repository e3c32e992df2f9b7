/**
 * What the newest messages of an ident tell of the state of its device, whatever the status of its tracker: kept for the question
 * why it is silent. Pure; JSON-compatible.
 */
import type { EpochMs } from '#model/clocks';
import type { NormalisedMessage } from '#model/normalised';
import { metresBetween } from './geodesy.ts';
import type { AcceptedFix, FixRejection, FixVerdict } from './guards.ts';
import type { RejectionCount } from './rejections.ts';

/** Something the device says of its vehicle, by its repaired clock. */
export interface Said {
  on: boolean;
  at: EpochMs;
}

export interface Condition {
  /** Messages since the newest good fix, by what was wrong with their place: `none` had none at all. */
  lacking: Partial<Record<FixRejection | 'none', RejectionCount>>;
  ignition: Said | null;
  moving: Said | null;
  /** Steps between good fixes that no vehicle can drive: two devices under one ident jump for ever. */
  jumps: RejectionCount | null;
}

export function newCondition(): Condition {
  return { lacking: {}, ignition: null, moving: null, jumps: null };
}

/** Notes a message and the verdict on its fix, in place. `lastFix` is the newest good fix before it. */
export function noteCondition(
  condition: Condition,
  message: NormalisedMessage,
  verdict: FixVerdict | null,
  lastFix: AcceptedFix | null,
  maxSpeedKmh: number,
): void {
  const { observedAt, signalKeys, signalValues, receivedAt } = message;
  for (const [i, key] of signalKeys.entries()) {
    if (key === 'ignition.state.on') condition.ignition = newer(condition.ignition, signalValues[i] === 1, observedAt);
    else if (key === 'position.motion.moving') condition.moving = newer(condition.moving, signalValues[i] === 1, observedAt);
  }
  if (verdict === null) return lack(condition, 'none', receivedAt, 'a message without a place');
  if (verdict.rejection !== null) return lack(condition, verdict.rejection, receivedAt, verdict.detail);
  const { fix } = verdict;
  if (lastFix !== null && fix.at <= lastFix.at) return;
  condition.lacking = {};
  if (lastFix !== null) noteStep(condition, lastFix, fix, maxSpeedKmh);
}

function newer(before: Said | null, on: boolean, at: EpochMs): Said {
  return before !== null && before.at > at ? before : { on, at };
}

function lack(condition: Condition, what: FixRejection | 'none', at: EpochMs, detail: string): void {
  condition.lacking[what] = counted(condition.lacking[what], at, detail);
}

function noteStep(condition: Condition, from: AcceptedFix, to: AcceptedFix, maxSpeedKmh: number): void {
  const metres = metresBetween(from.lat, from.lon, to.lat, to.lon);
  const speedKmh = (metres / (to.at - from.at)) * 3_600;
  if (speedKmh <= maxSpeedKmh) return;
  condition.jumps = counted(condition.jumps, to.at, `${(metres / 1_000).toFixed(1)} km in ${seconds(to.at - from.at)} s`);
}

function counted(before: RejectionCount | null | undefined, at: EpochMs, detail: string): RejectionCount {
  return { count: (before?.count ?? 0) + 1, lastAt: at, lastDetail: detail };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(0);
}
