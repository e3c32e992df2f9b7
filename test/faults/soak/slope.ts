/** A quantity at a moment. */
export interface Sample {
  seconds: number;
  value: number;
}

/** The slope of the straight line that fits samples best (least squares), in units of the value an hour. Needs two samples. */
export function slopePerHour(samples: readonly Sample[]): number {
  const count = samples.length;
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / count;
  const [seconds, value] = [mean((sample) => sample.seconds), mean((sample) => sample.value)];
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    above += (sample.seconds - seconds) * (sample.value - value);
    below += (sample.seconds - seconds) ** 2;
  }
  return (above / below) * 3_600;
}
