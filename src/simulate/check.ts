/** What a simulated device was told, against what is stored. */
export interface Reckoning {
  ident: string;
  /** Records acknowledged. */
  acknowledged: number;
  /** Of those, how many are stored. */
  stored: number;
  /** Device times acknowledged and not stored. */
  missing: readonly number[];
  /** Device times stored more than once. */
  twice: readonly number[];
}

/** Compares the device times acknowledged to a device with those stored under its ident. */
export function reckon(ident: string, acknowledged: readonly number[], stored: readonly number[]): Reckoning {
  const times = new Map<number, number>();
  for (const time of stored) times.set(time, (times.get(time) ?? 0) + 1);
  const wanted = [...new Set(acknowledged)];
  const missing = wanted.filter((time) => !times.has(time));
  const twice = [...times].filter(([, count]) => count > 1).map(([time]) => time);
  return { ident, acknowledged: wanted.length, stored: wanted.length - missing.length, missing, twice };
}
