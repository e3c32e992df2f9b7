import type { Tracker, Transition } from '#model/tracker';
import type { Finding } from './causes.ts';
import type { AcceptedFix, Rejection } from './guards.ts';
import type { Liveness } from './liveness.ts';
import type { RejectionCount } from './rejections.ts';

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
  /** Why it is silent, or not connected yet: the surest cause first, at least one. */
  findings: readonly Finding[];
  /** How it differs from trackers of the same model, line by line; empty where there are too few. */
  differs: readonly string[];
}
