/** Tells where a tracker stands, why, and what to try next: in plain words, and as a value for scripts and the API. Pure. */
import type { EpochMs } from '#model/clocks';
import type { Tracker, Transition } from '#model/tracker';
import { CAUSES } from './causes.ts';
import type { Contact } from './contacts.ts';
import { diagnose, type GatewaySigns } from './diagnosis.ts';
import { hasFixes } from './distance.ts';
import { newEvidence, needsEvidence, type Evidence } from './evidence.ts';
import { REJECTIONS } from './guards.ts';
import type { Liveness } from './liveness.ts';
import { allRejections } from './rejections.ts';
import type { EvidenceRules } from './rules.ts';
import { differencesFrom, type Sibling } from './siblings.ts';
import type { ValidationProgress, WhyFacts } from './why-facts.ts';
import { ago, counted, duration, utc } from './words.ts';

/** All that is known of a tracker. */
export interface WhyGrounds {
  tracker: Tracker;
  /** Oldest first. */
  transitions: readonly Transition[];
  evidence: Evidence | null;
  /** How its validation stands; `null` where none is under way. */
  validation: ValidationProgress | null;
  /** What was heard under the tracker's idents, none where it was never heard. */
  heard: readonly Liveness[];
  /** Protocols bound to the tracker's provider. */
  protocols: readonly string[];
  /** Idents nobody registered, the last heard first. */
  unregistered: readonly Liveness[];
  /** Trackers of the same model. */
  siblings: readonly Sibling[];
  /** What a running gateway knows; `null` where none answers. */
  gateway: GatewaySigns | null;
  rules: EvidenceRules;
  /** A device not heard for longer is silent, ms. */
  silentAfterMs: number;
  at: EpochMs;
}

/** A device not heard for longer is silent, where nobody says otherwise, ms. */
export const SILENT_AFTER_MS = 7_200_000;

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
  const lastHeard = newestOf(grounds.heard);
  const { metres } = evidence.distance.walk;
  const validation = tracker.status === 'pending_validation' ? grounds.validation : null;
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
    validation,
    findings: diagnose({
      ...grounds,
      evidence,
      heard: lastHeard,
      lastCause: transitions.at(-1)?.cause ?? null,
      waitsFor: validation?.waitingFor ?? null,
    }),
    differs: differencesFrom(grounds.siblings, lastHeard, grounds.at),
  };
  const next = facts.findings[0]?.next ?? '';
  const lines = [
    ...statusLines(tracker, grounds.at),
    ...validationLines(validation, grounds.at),
    ...contactLines(grounds.gateway?.contacts[0], grounds.at),
    ...heardLines(lastHeard, grounds.at),
    ...evidenceLines(facts, evidence),
    ...rejected.map(
      ({ count, means, lastAt, lastDetail }) => `  ${count} refused: ${means}; last ${utc(lastAt)} (${lastDetail})`,
    ),
    ...facts.differs.map((line) => `Siblings: ${line}`),
    'History:',
    ...transitions.map(({ at, from, to, cause }) => `  ${utc(at)}  ${from === null ? '' : `${from} -> `}${to}: ${cause}`),
    ...facts.findings.map(
      ({ cause, certainty, says }) => `Cause (${certainty}): ${CAUSES[cause]}${says === '' ? '' : `: ${says}`}`,
    ),
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

/** What a validation waits for, what its provider said last, and when it is asked again. */
function validationLines(validation: ValidationProgress | null, at: EpochMs): string[] {
  if (validation === null) return [];
  const { startedAt, attempts, waitingFor, lastAnswer, lastAnswerAt, nextTryAt } = validation;
  const said = lastAnswer === null ? 'nothing was answered yet' : `last answer ${ago(lastAnswerAt ?? at, at)}: ${lastAnswer}`;
  const next = nextTryAt === null ? 'never' : nextTryAt <= at ? 'now' : `in ${duration(nextTryAt - at)}`;
  return [
    `Validation: waits for ${waitingFor}, since ${utc(startedAt)} (${ago(startedAt, at)})`,
    `  ${said}; looks again ${next}, ${counted(attempts, 'look')} so far`,
  ];
}

/** The newest connection under the tracker's idents: bytes are older than frames, and may be all that came. */
export function contactLines(contact: Contact | undefined, at: EpochMs): string[] {
  if (contact === undefined) return [];
  const { peer, listener, openedAt, heardAt, closedAt, code, bytes, frames } = contact;
  const ended = closedAt === null ? 'open' : `ended ${ago(closedAt, at)}, ${code ?? 'in order'}`;
  const heard =
    heardAt === null
      ? 'without a byte'
      : `last byte ${ago(heardAt, at)}, ${counted(bytes, 'byte')}, ${counted(frames, 'frame')}`;
  return [`Connection: from ${peer} on "${listener}" since ${utc(openedAt)}, ${heard}; ${ended}`];
}

/** What was heard under an ident, line by line. */
export function heardLines(heard: Liveness | null, at: EpochMs): string[] {
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

/** The ident heard last; `null` where none was. */
export function newestOf(heard: readonly Liveness[]): Liveness | null {
  return heard.reduce<Liveness | null>(
    (last, each) => (last !== null && last.lastFrameAt >= each.lastFrameAt ? last : each),
    null,
  );
}
