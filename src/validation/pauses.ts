/** First pause after trouble with a provider, and the longest, ms. */
const FIRST_MS = 2_000;
const LONGEST_MS = 600_000;

/**
 * Pause before the next try after so many troubles in a row, ms: twice as long each time, and a random share less, so that trackers that
 * met the same outage do not come back at the same moment.
 */
export function pauseAfter(troubles: number, random: () => number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, troubles - 1));
  return Math.round(full * (0.5 + random() / 2));
}

/** A planned pause, up to a tenth longer. */
export function spread(pauseMs: number, random: () => number): number {
  return Math.round(pauseMs * (1 + random() / 10));
}
