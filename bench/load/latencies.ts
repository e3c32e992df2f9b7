/** Latencies in HDR histograms: microseconds, three digits. */
import { build, decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';

const LONGEST_US = 600_000_000;

export function newLatencies(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_US, numberOfSignificantValueDigits: 3 });
}

/** Takes a latency given in ms. */
export function noteLatency(into: Histogram, ms: number): void {
  into.recordValue(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1_000))));
}

/** Latencies of several processes, together. */
export function addedLatencies(encoded: readonly string[]): Histogram {
  const sum = newLatencies();
  for (const each of encoded) sum.add(decodeFromCompressedBase64(each));
  return sum;
}
