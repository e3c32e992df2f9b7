/** What differs between a tracker and those of the same provider, type, make and model. */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import type { Liveness } from './liveness.ts';
import { counted } from './words.ts';

/** A tracker of the same model, with what was heard of it last; `null` where nothing was. */
export interface Sibling {
  tracker: Tracker;
  heard: Liveness | null;
}

/** Fewer say nothing about what is usual. */
const FEWEST = 2;
/** A sibling heard within this time is heard now, ms. */
const LATELY_MS = 900_000;

/** Tells that a tracker is of the same model as another. */
export function isSibling(a: Tracker, b: Tracker): boolean {
  if (a.oid === b.oid || a.provider !== b.provider || a.type !== b.type || a.companyId !== b.companyId) return false;
  return (['make', 'model'] as const).every((key) => named(a, key) === named(b, key));
}

function named({ objectId }: Tracker, key: string): string {
  const value = objectId[key];
  return typeof value === 'string' ? value.toLowerCase() : '';
}

const TRAITS = [
  { of: ({ listener }: Liveness) => `"${listener}"`, says: 'come in on listener' },
  { of: ({ protocol }: Liveness) => protocol, says: 'speak' },
  { of: ({ transport }: Liveness) => transport, says: 'come over' },
  { of: ({ dialect }: Liveness) => dialect ?? 'the default dialect', says: 'speak the dialect' },
] as const;

/** Says line by line in what a tracker differs from its siblings, and how they are. Empty where there are too few. */
export function differencesFrom(siblings: readonly Sibling[], heard: Liveness | null, at: EpochMs): string[] {
  const spoken = siblings.flatMap((sibling) => sibling.heard ?? []);
  if (siblings.length < FEWEST) return [];
  const lately = spoken.filter(({ lastFrameAt }) => at - lastFrameAt <= LATELY_MS).length;
  const lines = [`${lately} of ${counted(siblings.length, 'sibling')} of the same model were heard in the last 15 min`];
  if (heard === null || spoken.length < FEWEST) return lines;
  for (const { of, says } of TRAITS) {
    const own = of(heard);
    const [usual, count] = mostFrequent(spoken.map(of));
    if (usual !== own && count * 2 > spoken.length)
      lines.push(`${count} of ${spoken.length} siblings ${says} ${usual}, this one ${own}`);
  }
  return lines;
}

function mostFrequent(values: readonly string[]): [value: string, count: number] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<[string, number]>((most, each) => (each[1] > most[1] ? each : most), ['', 0]);
}
