/**
 * The evidence that a vehicle drives: accepted fixes in the order of their time, and the metres they prove.
 *
 * The metres are those of the longest walk over any of the fixes, so they follow from the set, whatever the order in which it
 * arrives, and another fix never makes them fewer: a tracker that the whole set connects is connected once the whole set is there,
 * and one that any part of it connects is connected by the whole. They end at the distance needed. The set is bounded: when it is
 * full, its older half is summed up for good, and what is older than that adds nothing. Fixes in order, the usual case, cost a
 * look at the few before them.
 */
import type { EpochMs } from '#model/clocks';
import type { AcceptedFix, StepRejection } from './guards.ts';
import type { EvidenceRules } from './rules.ts';
import { mostOfStep, refusalOfStep, restAt, stepBetween, type Step } from './steps.ts';

/** The longest walk that ends at a fix or before it. */
export interface Reach {
  metres: number;
  /** Steps that added metres. */
  steps: number;
}

/** The longest walk over a run of fixes, and the steps between neighbours that count for nothing. */
export interface Walk extends Reach {
  jitterSteps: number;
  fastSteps: number;
  gapSteps: number;
  lastJitter: Step | null;
  lastFast: Step | null;
  lastGap: Step | null;
  /** The place the next step starts from; `null` before the first fix. */
  anchor: { lat: number; lon: number } | null;
  /** When the vehicle was last seen at the anchor. */
  anchorAt: EpochMs;
}

export interface Distance {
  /** What is known of the fixes that are no longer kept one by one: the next step starts from the last of them. */
  base: Walk;
  /** Time of the last fix in `base`; `null` while it is empty. */
  frozenThrough: EpochMs | null;
  /** Kept fixes, ascending by time, then by place; none twice. */
  fixes: AcceptedFix[];
  /** The walks that end at each of the kept fixes. Not stored: empty where it is to be made anew. */
  reached: Reach[];
  /** Over `base` and `fixes`; its metres are at most those needed. */
  walk: Walk;
}

function newWalk(): Walk {
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
  return { base: newWalk(), frozenThrough: null, fixes: [], reached: [], walk: newWalk() };
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
  const index = placeOf(fixes, fix);
  const found = fixes[index];
  if (found !== undefined && compareFixes(found, fix) === 0) return 'duplicate';
  const isLast = index === fixes.length;
  fixes.splice(index, 0, fix);
  if (isLast && distance.reached.length === index) {
    distance.reached.push(reachOf(distance, index, rules));
    takeStep(distance.walk, fix, rules);
    sumUp(distance, rules);
  } else walkAnew(distance, rules, Math.min(index, distance.reached.length));
  if (fixes.length > rules.keptFixes) freezeOlderHalf(distance, rules);
  return isLast ? 'appended' : 'inserted';
}

/** Makes anew, in place, what follows from the fixes kept from one of them on: the rules may be others than when it was made. */
export function walkAnew(distance: Distance, rules: EvidenceRules, from = 0): void {
  const { base, fixes, reached } = distance;
  reached.length = from;
  for (let i = from; i < fixes.length; i++) reached.push(reachOf(distance, i, rules));
  distance.walk = { ...base };
  for (const fix of fixes) takeStep(distance.walk, fix, rules);
  sumUp(distance, rules);
}

/** Orders fixes by time, and those of one instant by place. */
export function compareFixes(a: AcceptedFix, b: AcceptedFix): number {
  return a.at - b.at || a.lat - b.lat || a.lon - b.lon;
}

/**
 * The longest walk that ends at a kept fix: it comes from whichever fix before gives the most, or adds nothing to the longest one so
 * far. Needs those of the fixes before, which are never longer than those after: so the search ends where no step could catch up.
 */
function reachOf({ base, fixes, reached }: Distance, index: number, rules: EvidenceRules): Reach {
  const to = fixes[index] as AcceptedFix;
  const mostM = mostOfStep(rules);
  const isRest = restAt(to, rules);
  let best: Reach = reached[index - 1] ?? { metres: base.metres, steps: base.steps };
  for (let i = index - 1; i >= -1; i--) {
    const from = fixes[i] ?? lastOf(base);
    const { metres, steps } = reached[i] ?? base;
    if (from === null || to.at - from.at > rules.maxGapMs || metres + mostM <= best.metres) break;
    if (to.at === from.at || isRest(from)) continue;
    const step = stepBetween(from, to);
    if (refusalOfStep(step, to.at - from.at, rules) !== null) continue;
    const further = metres + Math.min(step.metres, mostM);
    if (further > best.metres) best = { metres: further, steps: steps + 1 };
  }
  return best;
}

function lastOf({ anchor, anchorAt }: Walk): AcceptedFix | null {
  return anchor === null ? null : { at: anchorAt, ...anchor };
}

function sumUp({ walk, base, reached }: Distance, { neededM }: EvidenceRules): void {
  const { metres, steps } = reached.at(-1) ?? base;
  walk.metres = Math.min(metres, neededM);
  walk.steps = steps;
}

const COUNTS = { jitter: 'jitterSteps', too_fast: 'fastSteps', gap: 'gapSteps' } as const satisfies Record<
  StepRejection,
  keyof Walk
>;
const LASTS = { jitter: 'lastJitter', too_fast: 'lastFast', gap: 'lastGap' } as const satisfies Record<
  StepRejection,
  keyof Walk
>;

/** Counts the step to the next fix where it is refused. */
function takeStep(walk: Walk, fix: AcceptedFix, rules: EvidenceRules): void {
  const from = lastOf(walk);
  walk.anchorAt = fix.at;
  if (from === null) {
    walk.anchor = { lat: fix.lat, lon: fix.lon };
    return;
  }
  const step = stepBetween(from, fix);
  const refusal = refusalOfStep(step, fix.at - from.at, rules);
  if (refusal !== null) {
    walk[COUNTS[refusal]]++;
    walk[LASTS[refusal]] = step;
  }
  // Within the noise the anchor stays, so that slow driving is no noise; its time moves, so that standing long does not excuse a jump.
  if (step.metres > rules.jitterM) walk.anchor = { lat: fix.lat, lon: fix.lon };
}

function freezeOlderHalf(distance: Distance, rules: EvidenceRules): void {
  const kept = distance.fixes.splice(Math.ceil(distance.fixes.length / 2));
  distance.reached.length = distance.fixes.length;
  const reach = distance.reached.at(-1) as Reach;
  const { at, lat, lon } = distance.fixes.at(-1) as AcceptedFix;
  walkAnew(distance, rules, distance.fixes.length);
  distance.base = { ...distance.walk, ...reach, anchor: { lat, lon }, anchorAt: at };
  distance.frozenThrough = at;
  distance.fixes = kept;
  walkAnew(distance, rules);
}

/** Where a fix stands, or would stand. */
function placeOf(fixes: readonly AcceptedFix[], fix: AcceptedFix): number {
  let low = 0;
  let high = fixes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareFixes(fixes[middle] as AcceptedFix, fix) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
