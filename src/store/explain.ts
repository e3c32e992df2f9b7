/** Gathers from the registry, and from a running gateway, what `why` explains. */
import type { Awaitable } from '#model/awaitable';
import type { Clock } from '#model/clocks';
import { identsOf, type Tracker } from '#model/tracker';
import type { GatewaySigns } from '../lifecycle/diagnosis.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import { differencesBetween } from '../lifecycle/lookalike.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import { isSibling, type Sibling } from '../lifecycle/siblings.ts';
import type { ValidationProgress } from '../lifecycle/why-facts.ts';
import { newestOf, SILENT_AFTER_MS, why, type Why } from '../lifecycle/why.ts';
import { whyStranger } from '../lifecycle/why-stranger.ts';
import type { ProviderTable } from '../providers/table.ts';
import { trackerUnknown } from './refusals.ts';
import { pagesOf } from './tracker-pages.ts';
import type { TrackerRegistry } from './tracker-store.ts';

/** Somebody who has seen the connections: a running gateway. */
export interface Witness {
  /** What was seen under each of several lists of idents, in their order; `null` where no gateway answers. */
  signsOf(idents: readonly (readonly string[])[]): Awaitable<readonly GatewaySigns[] | null>;
}

/** Unregistered idents that are looked through for one that is nearly the tracker's. */
export const LOOKALIKES_MOST = 1_000;
/** Trackers of the provider that are looked through for siblings. */
const SIBLINGS_MOST = 500;

/**
 * Explains a tracker, named by its oid. Without a witness, nothing is known of connections; `validationOf` tells how its validation
 * stands. Fails with `tracker_unknown`.
 */
export async function explainTracker(
  registry: TrackerRegistry,
  providers: ProviderTable,
  rules: EvidenceRules,
  oid: string,
  clock: Clock,
  witness: Witness | null = null,
  validationOf: (oid: string) => Promise<ValidationProgress | null> = () => Promise.resolve(null),
): Promise<Why> {
  const tracker = await registry.trackerByOid(oid);
  if (tracker === null) throw trackerUnknown(oid);
  const signs = (await witness?.signsOf([namesOf(tracker)])) ?? null;
  return why({
    tracker,
    transitions: await registry.transitionsOf(oid),
    evidence: await registry.evidenceOf(oid),
    validation: await validationOf(oid),
    heard: await heardOf(registry, tracker),
    protocols: providers[tracker.provider].protocols,
    unregistered: await registry.unregistered(LOOKALIKES_MOST),
    siblings: await siblingsOf(registry, tracker),
    gateway: signs?.[0] ?? null,
    rules,
    silentAfterMs: SILENT_AFTER_MS,
    at: clock(),
  });
}

/** Explains an ident that no tracker goes by, line by line; `null` where it was never heard either. */
export async function explainStranger(
  registry: TrackerRegistry,
  ident: string,
  clock: Clock,
  witness: Witness | null = null,
): Promise<string[] | null> {
  const signs = (await witness?.signsOf([[ident]])) ?? null;
  const nearly: Tracker[] = [];
  for await (const page of pagesOf(registry, {})) {
    nearly.push(...page.filter((tracker) => namesOf(tracker).some((name) => differencesBetween(name, ident) !== null)));
  }
  const heard = await registry.livenessOf(ident);
  return whyStranger({ ident, heard, contacts: signs?.[0]?.contacts ?? [], nearly, at: clock() });
}

/** What was heard under the idents of a tracker. */
export async function heardOf(registry: TrackerRegistry, tracker: Tracker): Promise<Liveness[]> {
  const heard: Liveness[] = [];
  for (const ident of namesOf(tracker)) {
    const liveness = await registry.livenessOf(ident);
    if (liveness !== null) heard.push(liveness);
  }
  return heard;
}

async function siblingsOf(registry: TrackerRegistry, tracker: Tracker): Promise<Sibling[]> {
  const { companyId, provider } = tracker;
  const others = (await registry.trackers({ companyId, provider, most: SIBLINGS_MOST })).filter((other) =>
    isSibling(tracker, other),
  );
  const siblings: Sibling[] = [];
  for (const other of others) siblings.push({ tracker: other, heard: newestOf(await heardOf(registry, other)) });
  return siblings;
}

/** The idents a tracker goes by. */
export function namesOf(tracker: Tracker): string[] {
  return identsOf(tracker).map(({ ident }) => ident);
}
