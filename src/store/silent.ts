/** Finds the trackers of which nothing was heard for long, and why. */
import type { Clock, EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import type { Cause, Finding } from '../lifecycle/causes.ts';
import { diagnose } from '../lifecycle/diagnosis.ts';
import { newEvidence } from '../lifecycle/evidence.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import { newestOf } from '../lifecycle/why.ts';
import type { ProviderTable } from '../providers/table.ts';
import { heardOf, LOOKALIKES_MOST, namesOf, type Witness } from './explain.ts';
import { pagesOf } from './tracker-pages.ts';
import type { TrackerFilter, TrackerRegistry } from './tracker-store.ts';

/** A tracker of which nothing was heard for long, with why. */
export interface SilentTracker {
  tracker: Tracker;
  /** What was heard last; `null` where nothing ever was. */
  heard: Liveness | null;
  /** The surest first, at least one. */
  findings: readonly Finding[];
}

/** Which trackers to look at, and from when on they are silent. */
export interface SilenceQuery extends Omit<TrackerFilter, 'most' | 'status' | 'afterOid'> {
  forMs: number;
  /** Only those of which this is the likeliest cause. */
  cause?: Cause;
  /** Only those behind this one, for the next page. */
  after?: SilencePlace;
  /** Most trackers in the answer. */
  most: number;
}

/** Where a tracker stands in the list: by when it was heard last, 0 for never, then by oid. */
export interface SilencePlace {
  heardAt: EpochMs;
  oid: string;
}

type Quiet = Omit<SilentTracker, 'findings'>;

/** Trackers diagnosed at a time. */
const CHUNK = 200;

export function placeOf({ tracker, heard }: Quiet): SilencePlace {
  return { heardAt: heard?.lastFrameAt ?? 0, oid: tracker.oid };
}

/** Lists active trackers of which nothing was heard for so long, the longest silent first, each with its likely causes. */
export async function silentTrackers(
  registry: TrackerRegistry,
  providers: ProviderTable,
  rules: EvidenceRules,
  { forMs, most, cause, after, ...filter }: SilenceQuery,
  clock: Clock,
  witness: Witness | null = null,
): Promise<SilentTracker[]> {
  const at = clock();
  const quiet = await quietTrackers(registry, filter, at - forMs);
  const first = after === undefined ? 0 : quiet.findIndex((one) => compare(placeOf(one), after) > 0);
  const unregistered = await registry.unregistered(LOOKALIKES_MOST);
  const found: SilentTracker[] = [];
  for (let from = first < 0 ? quiet.length : first; from < quiet.length && found.length < most; from += CHUNK) {
    const chunk = quiet.slice(from, from + (cause === undefined ? Math.min(CHUNK, most - found.length) : CHUNK));
    const signs = (await witness?.signsOf(chunk.map(({ tracker }) => namesOf(tracker)))) ?? null;
    for (const [i, { tracker, heard }] of chunk.entries()) {
      const transitions = await registry.transitionsOf(tracker.oid);
      const findings = diagnose({
        tracker,
        lastCause: transitions.at(-1)?.cause ?? null,
        evidence: (await registry.evidenceOf(tracker.oid)) ?? newEvidence(null),
        heard,
        unregistered,
        protocols: providers[tracker.provider].protocols,
        gateway: signs?.[i] ?? null,
        rules,
        silentAfterMs: forMs,
        at,
      });
      if (cause === undefined || findings[0]?.cause === cause) found.push({ tracker, heard, findings });
    }
  }
  return found.slice(0, most);
}

/** Active trackers that were not heard since a time, the longest silent first. */
async function quietTrackers(
  registry: TrackerRegistry,
  filter: Omit<TrackerFilter, 'most' | 'afterOid'>,
  since: EpochMs,
): Promise<Quiet[]> {
  const quiet: Quiet[] = [];
  for await (const page of pagesOf(registry, filter)) {
    for (const tracker of page) {
      if (tracker.status === 'disconnected') continue;
      const heard = newestOf(await heardOf(registry, tracker));
      if (heard === null || heard.lastFrameAt < since) quiet.push({ tracker, heard });
    }
  }
  return quiet.sort((a, b) => compare(placeOf(a), placeOf(b)));
}

function compare(a: SilencePlace, b: SilencePlace): number {
  return a.heardAt - b.heardAt || (a.oid < b.oid ? -1 : a.oid > b.oid ? 1 : 0);
}
