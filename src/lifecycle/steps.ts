/**
 * What a step between two accepted fixes is worth. It is judged by the two alone, never by what lies between or beside them: so no
 * further fix can take from what others have proven.
 */
import type { EpochMs } from '#model/clocks';
import type { AcceptedFix, StepRejection } from './guards.ts';
import { LONGEST_DEGREE_M, metresBetween } from './geodesy.ts';
import type { EvidenceRules } from './rules.ts';

/** A step in numbers. */
export interface Step {
  /** Time of the fix it ends at. */
  at: EpochMs;
  metres: number;
  speedKmh: number;
}

/** The most metres that one step counts for. */
export function mostOfStep({ neededM, leastSteps }: EvidenceRules): number {
  return neededM / leastSteps;
}

export function stepBetween(from: AcceptedFix, to: AcceptedFix): Step {
  const metres = metresBetween(from.lat, from.lon, to.lat, to.lon);
  return { at: to.at, metres, speedKmh: (metres / (to.at - from.at)) * 3_600 };
}

/** Why a step to a later fix counts for nothing; `null` where it counts. */
export function refusalOfStep({ metres, speedKmh }: Step, gapMs: number, rules: EvidenceRules): StepRejection | null {
  if (metres <= rules.jitterM) return 'jitter';
  if (speedKmh > rules.maxSpeedKmh) return 'too_fast';
  if (gapMs > rules.maxGapMs) return 'gap';
  return speedKmh < rules.driftKmh ? 'jitter' : null;
}

const RADIANS = Math.PI / 180;

/**
 * Tells of earlier fixes, cheaply, that the step from them is certainly refused as noise or drift: a vehicle at rest has hundreds of
 * them within reach of each of its fixes.
 */
export function restAt(to: AcceptedFix, { jitterM, driftKmh }: EvidenceRules): (from: AcceptedFix) => boolean {
  // The cosine is taken at one end instead of the middle: so near by that is off by less than what is added.
  const longitudeM = LONGEST_DEGREE_M * (Math.cos(to.lat * RADIANS) + 0.001);
  return (from) => {
    const north = (to.lat - from.lat) * LONGEST_DEGREE_M;
    const east = (to.lon - from.lon) * longitudeM;
    const leastM = Math.max(jitterM, (driftKmh * (to.at - from.at)) / 3_600);
    return north * north + east * east < leastM * leastM;
  };
}
