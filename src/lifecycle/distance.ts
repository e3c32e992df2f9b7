/**
 * The evidence that a vehicle drives: accepted fixes in the order of their time, and the metres along them.
 *
 * The metres are those of the set of fixes, whatever the order in which they arrived: a fix that comes late is put in its
 * place and the sum made anew; one that comes twice changes nothing. The set is bounded: when it is full, its older half is
 * summed up for good, and what is older than that adds nothing. Fixes in order, the usual case, cost the same each.
 */
import type { EpochMs } from '#model/clocks';
import type { AcceptedFix } from './guards.ts';
import { metresBetween } from './geodesy.ts';
import type { EvidenceRules } from './rules.ts';

/** A step that added nothing. */
export interface RejectedStep {
  at: EpochMs;
  metres: number;
  speedKmh: number;
}

/** The sum over a run of fixes, and where it stands at the last one. */
export interface Walk {
  metres: number;
  /** Steps that added metres. */
  steps: number;
  jitterSteps: number;
  fastSteps: number;
  gapSteps: number;
  lastJitter: RejectedStep | null;
  lastFast: RejectedStep | null;
  lastGap: RejectedStep | null;
  /** The place the next step starts from; `null` before the first fix. */
  anchor: { lat: number; lon: number } | null;
  /** When the vehicle was last seen at the anchor. */
  anchorAt: EpochMs;
}

export interface Distance {
  /** Sum over the fixes that are no longer kept one by one. */
  base: Walk;
  /** Time of the last fix in `base`; `null` while it is empty. */
  frozenThrough: EpochMs | null;
  /** Kept fixes, ascending by time, no time twice. */
  fixes: AcceptedFix[];
  /** Sum over `base` and `fixes`. */
  walk: Walk;
}

export function newWalk(): Walk {
  return {
    metres: 0,
    steps: 0,
    jitterSteps: 0,
    fastSteps: 0,
    gapSteps: 0,
    lastJitter: null,
    lastFast: null,
    lastGap: null,
    anchor: null,
    anchorAt: 0,
  };
}

/** Makes the evidence of a tracker that has none. */
export function newDistance(): Distance {
  return { base: newWalk(), frozenThrough: null, fixes: [], walk: newWalk() };
}

/** Tells whether any fix was ever accepted. */
export function hasFixes(distance: Distance): boolean {
  return distance.fixes.length > 0 || distance.frozenThrough !== null;
}

/** What a fix did: `late` means that it is older than what is summed up for good and adds nothing. */
export type Added = 'appended' | 'inserted' | 'duplicate' | 'late';

/** Adds a fix, in place. */
export function addFix(distance: Distance, fix: AcceptedFix, rules: EvidenceRules): Added {
  const { fixes } = distance;
  if (distance.frozenThrough !== null && fix.at <= distance.frozenThrough) return 'late';
  const last = fixes.at(-1);
  if (last === undefined || fix.at > last.at) {
    fixes.push(fix);
    takeStep(distance.walk, fix, rules);
    if (fixes.length > rules.keptFixes) freezeOlderHalf(distance, rules);
    return 'appended';
  }
  const index = firstAtOrAfter(fixes, fix.at);
  const same = fixes[index];
  if (same !== undefined && same.at === fix.at) {
    // Two places at one instant: the same one must win whichever came first.
    if (!isBefore(fix, same)) return 'duplicate';
    fixes[index] = fix;
  } else fixes.splice(index, 0, fix);
  if (fixes.length > rules.keptFixes) freezeOlderHalf(distance, rules);
  distance.walk = walkOver(distance.base, fixes, rules);
  return 'inserted';
}

/** Goes along fixes from where a walk stands; the walk given stays as it is. */
export function walkOver(from: Walk, fixes: readonly AcceptedFix[], rules: EvidenceRules): Walk {
  const walk = { ...from };
  for (const fix of fixes) takeStep(walk, fix, rules);
  return walk;
}

function takeStep(walk: Walk, fix: AcceptedFix, rules: EvidenceRules): void {
  const { anchor } = walk;
  if (anchor === null) {
    walk.anchor = { lat: fix.lat, lon: fix.lon };
    walk.anchorAt = fix.at;
    return;
  }
  const metres = metresBetween(anchor.lat, anchor.lon, fix.lat, fix.lon);
  const gapMs = fix.at - walk.anchorAt;
  const step: RejectedStep = { at: fix.at, metres, speedKmh: (metres / gapMs) * 3_600 };
  if (metres <= rules.jitterM) {
    // The anchor stays, so that slow driving still adds up; its time moves, so that standing long does not excuse a jump.
    walk.jitterSteps++;
    walk.lastJitter = step;
    walk.anchorAt = fix.at;
    return;
  }
  if (step.speedKmh > rules.maxSpeedKmh) {
    walk.fastSteps++;
    walk.lastFast = step;
  } else if (gapMs > rules.maxGapMs) {
    walk.gapSteps++;
    walk.lastGap = step;
  } else {
    walk.metres += metres;
    walk.steps++;
  }
  // After a jump the walk goes on from the new place: from the old one, a wrong first fix would count as soon as enough
  // time had passed to make its distance plausible.
  walk.anchor = { lat: fix.lat, lon: fix.lon };
  walk.anchorAt = fix.at;
}

function freezeOlderHalf(distance: Distance, rules: EvidenceRules): void {
  const frozen = distance.fixes.splice(0, Math.ceil(distance.fixes.length / 2));
  distance.base = walkOver(distance.base, frozen, rules);
  distance.frozenThrough = (frozen.at(-1) as AcceptedFix).at;
}

function isBefore(a: AcceptedFix, b: AcceptedFix): boolean {
  return a.lat < b.lat || (a.lat === b.lat && a.lon < b.lon);
}

function firstAtOrAfter(fixes: readonly AcceptedFix[], at: EpochMs): number {
  let low = 0;
  let high = fixes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((fixes[middle] as AcceptedFix).at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
