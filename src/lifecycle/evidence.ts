/** What speaks for a tracker being `connected`, gathered message by message, and what it makes of the tracker's status. */
import type { EpochMs } from '#model/clocks';
import type { Tracker, ValidationStatus } from '#model/tracker';
import { addFix, compareFixes, hasFixes, newDistance, type Distance } from './distance.ts';
import { isErroneous, type AcceptedFix, type FixVerdict } from './guards.ts';
import type { JudgedMessage } from './judged.ts';
import { countRejection, type Rejections } from './rejections.ts';
import type { EvidenceRules } from './rules.ts';
import type { Occasion } from './transitions.ts';

/** An odometer reading that came before its tracker was validated. */
export interface OdometerReading {
  km: number;
  observedAt: EpochMs;
  receivedAt: EpochMs;
}

export interface Evidence {
  /** The validation it belongs to, as the tracker's `validatedAt`: another validation needs evidence of its own. */
  since: EpochMs | null;
  distance: Distance;
  rejections: Rejections;
  /** Ids of distinct messages with erroneous fixes, at most as many as `error_data` takes. */
  erroneous: string[];
  /** The accepted fix that was received last; `null` before the first. */
  lastAccepted: (AcceptedFix & { receivedAt: EpochMs }) | null;
  /** What a validation compares with what the owner said; `null` where none came before it succeeded. */
  odometer: OdometerReading | null;
}

export function newEvidence(since: EpochMs | null): Evidence {
  return { since, distance: newDistance(), rejections: {}, erroneous: [], lastAccepted: null, odometer: null };
}

/** Tells whether fixes count in this status: the tracker is validated and not yet connected. */
export function needsEvidence(status: ValidationStatus): boolean {
  return status === 'pending_for_data' || status === 'error_data';
}

/**
 * Weighs a message whose fix was judged, `verdict`, in place. Only what was received since the registration counts: a box may have come from
 * another vehicle, and what it sent before belongs to the history of its ident but proves nothing about this tracker.
 */
export function weigh(
  evidence: Evidence,
  tracker: Pick<Tracker, 'status' | 'registeredAt' | 'validatedAt'>,
  message: JudgedMessage,
  verdict: FixVerdict,
  rules: EvidenceRules,
): void {
  const { rejections } = evidence;
  const { receivedAt } = message;
  if (receivedAt < tracker.registeredAt) {
    return countRejection(
      rejections,
      'before_registration',
      receivedAt,
      `${secondsBetween(receivedAt, tracker.registeredAt)} s before`,
    );
  }
  const { status, validatedAt } = tracker;
  if (!needsEvidence(status) || validatedAt === null || receivedAt < validatedAt) {
    return countRejection(rejections, 'too_early', receivedAt, `the status was ${status}`);
  }
  if (verdict.rejection !== null) {
    if (isErroneous(verdict.rejection)) noteErroneous(evidence, message, rules);
    return countRejection(rejections, verdict.rejection, receivedAt, verdict.detail);
  }
  const { fix } = verdict;
  const added = addFix(evidence.distance, fix, rules);
  if (added === 'late') return countRejection(rejections, 'late', receivedAt, `${secondsBetween(fix.at, receivedAt)} s old`);
  if (added === 'duplicate') return;
  const last = evidence.lastAccepted;
  if (last === null || (receivedAt - last.receivedAt || compareFixes(fix, last)) > 0)
    evidence.lastAccepted = { ...fix, receivedAt };
}

/**
 * Notes the odometer of a message received before its tracker is validated, in place; true where it changed what is noted. Of those
 * received during the validation the one observed nearest to its begin stays, in whatever order they come: that is when the owner
 * has read the dashboard. Before it, the last one received stays, for the news that a validation has begun may come a moment late.
 */
export function noteOdometer(
  evidence: Evidence,
  { status, statusAt }: Pick<Tracker, 'status' | 'statusAt'>,
  { odometerKm: km, observedAt, receivedAt }: JudgedMessage,
): boolean {
  if (needsEvidence(status) || status === 'connected') return false;
  if (km === null) return false;
  const reading: OdometerReading = { km, observedAt, receivedAt };
  const begin = status === 'pending_validation' ? statusAt : Infinity;
  if (evidence.odometer !== null && !isBetter(reading, evidence.odometer, begin)) return false;
  evidence.odometer = reading;
  return true;
}

function isBetter(reading: OdometerReading, noted: OdometerReading, begin: EpochMs): boolean {
  const [isIn, wasIn] = [reading.receivedAt >= begin, noted.receivedAt >= begin];
  if (isIn !== wasIn) return isIn;
  const apart = (of: OdometerReading): number => (isIn ? Math.abs(of.observedAt - begin) : -of.receivedAt);
  // At the same distance the same one must win whichever came first.
  return (apart(reading) - apart(noted) || reading.observedAt - noted.observedAt || reading.km - noted.km) < 0;
}

function noteErroneous(evidence: Evidence, message: JudgedMessage, rules: EvidenceRules): void {
  const { erroneous } = evidence;
  if (erroneous.length >= rules.erroneousFixes) return;
  const id = `${message.recordIdHi.toString(36)}.${message.recordIdLo.toString(36)}`;
  if (!erroneous.includes(id)) erroneous.push(id);
}

/**
 * What the evidence makes of a tracker: the next move, or `null` where it stays as it is. `at` becomes the time of the
 * move, unless something it rests on was received later.
 */
export function judge(tracker: Tracker, evidence: Evidence, at: EpochMs, rules: EvidenceRules): Occasion | null {
  const { distance, erroneous } = evidence;
  if (tracker.status === 'error_data' && hasFixes(distance)) {
    return { trigger: 'data_right', cause: 'a usable fix arrived', at };
  }
  if (tracker.status !== 'pending_for_data') return null;
  if (distance.walk.metres >= rules.neededM) {
    // Gateways that share a registry weigh frames in another order than they were received in.
    const knownAt = Math.max(at, evidence.lastAccepted?.receivedAt ?? at);
    return { trigger: 'moved', cause: `drove the ${rules.neededM} m needed`, at: knownAt };
  }
  if (!hasFixes(distance) && erroneous.length >= rules.erroneousFixes) {
    return { trigger: 'data_wrong', cause: `${erroneous.length} erroneous fixes and no usable one`, at };
  }
  return null;
}

function secondsBetween(earlier: EpochMs, later: EpochMs): string {
  return ((later - earlier) / 1_000).toFixed(0);
}
