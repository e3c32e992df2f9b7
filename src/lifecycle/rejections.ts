/** What was refused as evidence, counted by reason, with the last one of each, so that `why` can tell it in words. */
import type { EpochMs } from '#model/clocks';
import type { FixRejection, Rejection } from './guards.ts';
import type { Distance } from './distance.ts';
import type { Step } from './steps.ts';

/** The refusals of one reason. */
export interface RejectionCount {
  count: number;
  /** When the last one was received; for steps, when its fix was made. */
  lastAt: EpochMs;
  /** The last one in numbers. */
  lastDetail: string;
}

/** Refusals of single fixes. Those of steps are not counted here: they follow from the walk over the fixes. */
export type Rejections = Partial<Record<FixRejection, RejectionCount>>;

/** Counts a refusal, in place. */
export function countRejection(rejections: Rejections, reason: FixRejection, at: EpochMs, detail: string): void {
  const found = rejections[reason];
  if (found === undefined) rejections[reason] = { count: 1, lastAt: at, lastDetail: detail };
  else {
    found.count++;
    found.lastAt = at;
    found.lastDetail = detail;
  }
}

/** All refusals with those of steps, most frequent first. */
export function allRejections(rejections: Rejections, distance: Distance): { reason: Rejection; count: RejectionCount }[] {
  const all = Object.entries(rejections).map(([reason, count]) => ({ reason: reason as Rejection, count }));
  const { walk } = distance;
  if (walk.lastJitter !== null) all.push({ reason: 'jitter', count: ofSteps(walk.jitterSteps, walk.lastJitter) });
  if (walk.lastFast !== null) all.push({ reason: 'too_fast', count: ofSteps(walk.fastSteps, walk.lastFast) });
  if (walk.lastGap !== null) all.push({ reason: 'gap', count: ofSteps(walk.gapSteps, walk.lastGap) });
  return all.sort((a, b) => b.count.count - a.count.count || (a.reason < b.reason ? -1 : 1));
}

function ofSteps(count: number, last: Step): RejectionCount {
  return { count, lastAt: last.at, lastDetail: `${last.metres.toFixed(1)} m, ${last.speedKmh.toFixed(0)} km/h` };
}
