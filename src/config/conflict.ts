import type { Path } from './schema-tree.ts';

/** A broken rule: the setting to look at first, and what it must be. */
export interface Conflict {
  code: 'config_invalid' | 'config_conflict';
  path: Path;
  rule: string;
  /** All settings the rule reads. If one of them is invalid itself, nothing is said about the relation. */
  reads: readonly Path[];
}

/** Makes a rule between settings that is broken. */
export const conflict = (rule: string, path: Path, ...others: Path[]): Conflict => ({
  code: 'config_conflict',
  path,
  rule,
  reads: [path, ...others],
});

/** Two addresses collide when they are the same or one of them is every address. */
export function overlap(one: string, other: string): boolean {
  const all = new Set(['0.0.0.0', '::']);
  return one === other || all.has(one) || all.has(other);
}
