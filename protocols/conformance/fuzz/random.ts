/** A small seeded generator of numbers, so that a fuzz input can be made again from its seed. */
export interface Random {
  /** A whole number in `[0, bound)`. */
  below(bound: number): number;
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean;
  /** One of the items; there must be one. */
  pick<T>(items: readonly T[]): T;
}

/** Makes a generator (the published mulberry32 step) whose numbers depend on the two seeds alone. */
export function seededRandom(seed: number, iteration: number): Random {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(iteration + 1, 0x85eb_ca6b)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    chance: (percent) => next() * 100 < percent,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
  };
}
