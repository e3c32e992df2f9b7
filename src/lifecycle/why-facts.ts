import type { EpochMs } from '#model/clocks';
import type { Tracker, Transition } from '#model/tracker';
import type { Finding } from './causes.ts';
import type { AcceptedFix, Rejection } from './guards.ts';
import type { Liveness } from './liveness.ts';
import type { RejectionCount } from './rejections.ts';

/** How the validation of a tracker stands. */
export interface ValidationProgress {
  startedAt: EpochMs;
  /** Steps begun. */
  attempts: number;
  /** In words. */
  waitingFor: string;
  /** What the provider said last; `null` before its first answer. */
  lastAnswer: string | null;
  lastAnswerAt: EpochMs | null;
  /** `null` where nothing is planned. */
  nextTryAt: EpochMs | null;
}

/** What an explanation rests on. Times are epoch milliseconds. */
export interface WhyFacts {
  tracker: Tracker;
  /** The ident heard last. */
  lastHeard: Liveness | null;
  /** The fix that was accepted last; `null` before the first. */
  lastAccepted: AcceptedFix | null;
  metres: number;
  neededM: number;
  missingM: number;
  rejected: readonly (RejectionCount & { reason: Rejection; means: string })[];
  transitions: readonly Transition[];
  /** `null` while the tracker is not being validated. */
  validation: ValidationProgress | null;
  /** Why it is silent, or not connected yet: the surest cause first, at least one. */
  findings: readonly Finding[];
  /** How it differs from trackers of the same model, line by line; empty where there are too few. */
  differs: readonly string[];
}
