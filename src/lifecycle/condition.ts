/**
 * What the newest messages of an ident tell of the state of its device, whatever the status of its tracker: kept for the question
 * why it is silent. Pure; JSON-compatible.
 */
import type { EpochMs } from '#model/clocks';
import type { NormalisedMessage } from '#model/normalised';
import { isCertainlyWithin, metresBetween } from './geodesy.ts';
import type { AcceptedFix, FixRejection, FixVerdict } from './guards.ts';
import { inKeys } from './keys.ts';
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

/**
 * Notes a message and the verdict on its fix, in place; true where more changed than what was said last and when. `lastFix` is the
 * newest good fix before it.
 */
export function noteCondition(
  condition: Condition,
  message: NormalisedMessage,
  verdict: FixVerdict | null,
  lastFix: AcceptedFix | null,
  maxSpeedKmh: number,
): boolean {
  const { observedAt, signalKeys, signalValues, receivedAt } = message;
  const { ignition, moving } = placesIn(signalKeys);
  if (ignition !== -1) condition.ignition = newer(condition.ignition, signalValues[ignition] === 1, observedAt);
  if (moving !== -1) condition.moving = newer(condition.moving, signalValues[moving] === 1, observedAt);
  if (verdict === null) return lack(condition, 'none', receivedAt, 'a message without a place');
  if (verdict.rejection !== null) return lack(condition, verdict.rejection, receivedAt, verdict.detail);
  const { fix } = verdict;
  if (lastFix !== null && fix.at <= lastFix.at) return false;
  const isMadeUp = isAnyLacking(condition);
  if (isMadeUp) condition.lacking = {};
  return (lastFix !== null && noteStep(condition, lastFix, fix, maxSpeedKmh)) || isMadeUp;
}

/** By name: a list of all of them would be made for each message, nearly always to find none. */
function isAnyLacking({ lacking }: Condition): boolean {
  for (const what in lacking) if (what !== '') return true;
  return false;
}

/** Where those two signals stand; -1 where they do not. */
const placesIn = inKeys((keys) => ({
  ignition: keys.lastIndexOf('ignition.state.on'),
  moving: keys.lastIndexOf('position.motion.moving'),
}));

function newer(before: Said | null, on: boolean, at: EpochMs): Said {
  if (before === null) return { on, at };
  if (before.at > at) return before;
  before.on = on;
  before.at = at;
  return before;
}

function lack(condition: Condition, what: FixRejection | 'none', at: EpochMs, detail: string): true {
  condition.lacking[what] = counted(condition.lacking[what], at, detail);
  return true;
}

/** Counts a step that no vehicle can drive; false where it is none. */
function noteStep(condition: Condition, from: AcceptedFix, to: AcceptedFix, maxSpeedKmh: number): boolean {
  const mostM = (maxSpeedKmh * (to.at - from.at)) / 3_600;
  if (isCertainlyWithin(mostM, from.lat, from.lon, to.lat, to.lon)) return false;
  const metres = metresBetween(from.lat, from.lon, to.lat, to.lon);
  const speedKmh = (metres / (to.at - from.at)) * 3_600;
  if (speedKmh <= maxSpeedKmh) return false;
  condition.jumps = counted(condition.jumps, to.at, `${(metres / 1_000).toFixed(1)} km in ${seconds(to.at - from.at)} s`);
  return true;
}

function counted(before: RejectionCount | null | undefined, at: EpochMs, detail: string): RejectionCount {
  return { count: (before?.count ?? 0) + 1, lastAt: at, lastDetail: detail };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(0);
}

/** Adds up what two gateways know of one device, each with the time of its newest good fix. */
export function addConditions(
  one: Condition & { fixAt: EpochMs | null },
  other: Condition & { fixAt: EpochMs | null },
): Condition {
  const [before, since] = (one.fixAt ?? 0) <= (other.fixAt ?? 0) ? [one, other] : [other, one];
  const lacking = { ...since.lacking };
  for (const [what, count] of Object.entries(before.lacking) as [FixRejection | 'none', RejectionCount][]) {
    // A good fix that the other one has seen since makes up for it.
    if (since.fixAt !== null && count.lastAt <= since.fixAt) continue;
    lacking[what] = addCounts(lacking[what], count);
  }
  return {
    lacking,
    ignition: newestOf(before.ignition, since.ignition),
    moving: newestOf(before.moving, since.moving),
    jumps: before.jumps === null ? since.jumps : addCounts(since.jumps ?? undefined, before.jumps),
  };
}

function addCounts(one: RejectionCount | undefined, other: RejectionCount): RejectionCount {
  if (one === undefined) return other;
  return { ...(one.lastAt >= other.lastAt ? one : other), count: one.count + other.count };
}

/** The newer of two, whichever there is. */
export function newestOf<T extends { at: EpochMs }>(one: T | null, other: T | null): T | null {
  if (one === null || other === null) return one ?? other;
  return other.at >= one.at ? other : one;
}
