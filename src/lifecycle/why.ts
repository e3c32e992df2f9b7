/** Tells where a tracker stands, why, and what to try next: in plain words, and as a value for scripts and the API. Pure. */
import type { EpochMs } from '#model/clocks';
import type { Tracker, Transition } from '#model/tracker';
import { hasFixes } from './distance.ts';
import { newEvidence, needsEvidence, type Evidence } from './evidence.ts';
import { REJECTIONS } from './guards.ts';
import type { Liveness } from './liveness.ts';
import { nextStep } from './next-step.ts';
import { allRejections } from './rejections.ts';
import type { EvidenceRules } from './rules.ts';
import type { WhyFacts } from './why-facts.ts';

/** All that is known of a tracker. */
export interface WhyGrounds {
  tracker: Tracker;
  /** Oldest first. */
  transitions: readonly Transition[];
  evidence: Evidence | null;
  /** What was heard under the tracker's idents, none where it was never heard. */
  heard: readonly Liveness[];
  /** Protocols bound to the tracker's provider. */
  protocols: readonly string[];
  rules: EvidenceRules;
  at: EpochMs;
}

/** The explanation. */
export interface Why extends WhyFacts {
  /** The next thing to try. */
  next: string;
  /** The explanation in plain words, line by line. */
  lines: readonly string[];
}

/** Explains a tracker. */
export function why(grounds: WhyGrounds): Why {
  const { tracker, transitions, rules } = grounds;
  const evidence = grounds.evidence ?? newEvidence(null);
  const lastHeard = lastOf(grounds.heard);
  const { metres } = evidence.distance.walk;
  const rejected = allRejections(evidence.rejections, evidence.distance).map(({ reason, count }) => ({
    reason,
    means: REJECTIONS[reason],
    ...count,
  }));
  const facts: WhyFacts = {
    tracker,
    lastHeard,
    // Once connected nothing is weighed any more: the newest good fix stands in.
    lastAccepted: (tracker.status === 'connected' ? lastHeard?.lastFix : null) ?? evidence.lastAccepted,
    metres,
    neededM: rules.neededM,
    missingM: needsEvidence(tracker.status) ? Math.max(0, rules.neededM - metres) : 0,
    rejected,
    transitions,
  };
  const next = nextStep(facts, grounds.protocols, grounds.at);
  const lines = [
    ...statusLines(tracker, grounds.at),
    ...heardLines(lastHeard, grounds.at),
    ...evidenceLines(facts, evidence),
    ...rejected.map(
      ({ count, means, lastAt, lastDetail }) => `  ${count} refused: ${means}; last ${utc(lastAt)} (${lastDetail})`,
    ),
    'History:',
    ...transitions.map(({ at, from, to, cause }) => `  ${utc(at)}  ${from === null ? '' : `${from} -> `}${to}: ${cause}`),
    `Next: ${next}`,
  ];
  return { ...facts, next, lines };
}

function statusLines(tracker: Tracker, at: EpochMs): string[] {
  const { trackerId, provider, type, status, statusAt, oid } = tracker;
  return [
    `Tracker ${trackerId} of ${provider} (${type}), ${oid}`,
    `Status: ${status} since ${utc(statusAt)} (${ago(statusAt, at)})`,
  ];
}

function heardLines(heard: Liveness | null, at: EpochMs): string[] {
  if (heard === null) return ['Last frame: none has ever come under its idents'];
  const { ident, protocol, listener, peer, lastFrameAt, frames, messages, duplicates, lastQuarantine } = heard;
  const lines = [
    `Last frame: ${utc(lastFrameAt)} (${ago(lastFrameAt, at)}) from ${peer} on "${listener}", ${protocol}, ident ${ident}`,
    `Heard so far: ${counted(frames, 'frame')}, ${counted(messages, 'new message')}, ${counted(duplicates, 'frame')} sent again`,
  ];
  if (lastQuarantine !== null) {
    const counts = Object.entries(heard.quarantined).map(([code, count]) => `${count} ${code}`);
    lines.push(
      `In quarantine: ${counts.join(', ')}; last ${utc(lastQuarantine.at)}, ${lastQuarantine.code}: ${lastQuarantine.detail}`,
    );
  }
  return lines;
}

function evidenceLines(facts: WhyFacts, evidence: Evidence): string[] {
  const { lastAccepted, metres, neededM, missingM, tracker } = facts;
  const fix =
    lastAccepted === null
      ? 'Last accepted fix: none'
      : `Last accepted fix: ${utc(lastAccepted.at)} at ${lastAccepted.lat.toFixed(5)}, ${lastAccepted.lon.toFixed(5)}`;
  if (!needsEvidence(tracker.status) && !hasFixes(evidence.distance)) return [fix];
  const missing = missingM > 0 ? `, ${Math.ceil(missingM)} m still missing` : '';
  return [fix, `Driven: ${Math.floor(metres)} m of ${neededM} m in ${counted(evidence.distance.walk.steps, 'step')}${missing}`];
}

function lastOf(heard: readonly Liveness[]): Liveness | null {
  return heard.reduce<Liveness | null>(
    (last, each) => (last !== null && last.lastFrameAt >= each.lastFrameAt ? last : each),
    null,
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A time in UTC, to the second. */
function utc(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

const AGES: readonly [ms: number, unit: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** How long ago, in the greatest unit that counts to one at least. */
function ago(earlier: EpochMs, at: EpochMs): string {
  const age = at - earlier;
  const found = AGES.find(([ms]) => age >= ms);
  return found === undefined ? 'now' : `${Math.floor(age / found[0])} ${found[1]} ago`;
}
