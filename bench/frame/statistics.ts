/** What runs have in common: all of it of at least one value, none of which is NaN. */

export interface Spread {
  least: number;
  greatest: number;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >>> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[sorted.length / 2 - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that a quarter of the others lie below: of times that others disturb, who only ever add to them. */
export function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 2] ?? Number.NaN;
}

export function spread(values: readonly number[]): Spread {
  return { least: Math.min(...values), greatest: Math.max(...values) };
}

/** How far apart the values lie, as a share of their median; 0 where that is 0. */
export function relativeSpread(values: readonly number[]): number {
  const middle = median(values);
  const { least, greatest } = spread(values);
  return middle === 0 ? 0 : (greatest - least) / Math.abs(middle);
}
