/** When a delivery that failed is tried again. */
import type { EpochMs } from '#model/clocks';

/** How patient the gateway is. */
export interface RetryRules {
  /** Pause behind the first failure, ms. */
  firstMs: number;
  /** Longest pause, ms. */
  longestMs: number;
  /** From the first try on, ms: after that a delivery is given up. */
  giveUpMs: number;
}

/** How a delivery stands behind a try that failed. */
export interface Failures {
  /** Tries so far, the one that has just failed included. */
  tries: number;
  firstTryAt: EpochMs;
  now: EpochMs;
  /** What the receiver asks for, ms; `null` where it asks for nothing. */
  retryAfterMs: number | null;
}

const GROWTH = 4;
/** Pauses differ by so much, so that what failed together is not tried together again. */
const JITTER = 0.2;

/** Gives the time of the next try, or `null` where the delivery is given up. `random` is from 0 to 1. */
export function nextTryAt(
  rules: RetryRules,
  { tries, firstTryAt, now, retryAfterMs }: Failures,
  random: number,
): EpochMs | null {
  const asked = Math.min(retryAfterMs ?? 0, rules.longestMs);
  const at = now + Math.max(asked, jittered(pauseBehind(tries, rules.firstMs, rules.longestMs), random));
  return at > firstTryAt + rules.giveUpMs ? null : at;
}

/** Pause behind so many failures one after another, ms. */
function pauseBehind(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * GROWTH ** (failures - 1), longestMs);
}

function jittered(ms: number, random: number): number {
  return Math.round(ms * (1 - JITTER + 2 * JITTER * random));
}

/** An endpoint that fails is left alone for a moment, whatever waits for it: this long at most, ms. */
const LONGEST_REST_MS = 60_000;

/** How long an endpoint is left alone after so many failures of its tries one after another, ms. */
export function restMs(rules: RetryRules, failures: number, retryAfterMs: number | null, random: number): number {
  const own = jittered(pauseBehind(failures, rules.firstMs, Math.min(LONGEST_REST_MS, rules.longestMs)), random);
  return Math.max(own, Math.min(retryAfterMs ?? 0, rules.longestMs));
}
