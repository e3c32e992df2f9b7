/** Gathers from the registry what `why` explains. */
import type { Clock } from '#model/clocks';
import { identsOf } from '#model/tracker';
import type { Liveness } from '../lifecycle/liveness.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import { why, type Why } from '../lifecycle/why.ts';
import type { ProviderTable } from '../providers/table.ts';
import { trackerUnknown } from './refusals.ts';
import type { TrackerRegistry } from './tracker-store.ts';

/** Explains a tracker, named by its oid. Fails with `tracker_unknown`. */
export async function explainTracker(
  registry: TrackerRegistry,
  providers: ProviderTable,
  rules: EvidenceRules,
  oid: string,
  clock: Clock,
): Promise<Why> {
  const tracker = await registry.trackerByOid(oid);
  if (tracker === null) throw trackerUnknown(oid);
  const heard: Liveness[] = [];
  for (const { ident } of identsOf(tracker)) {
    const liveness = await registry.livenessOf(ident);
    if (liveness !== null) heard.push(liveness);
  }
  return why({
    tracker,
    transitions: await registry.transitionsOf(oid),
    evidence: await registry.evidenceOf(oid),
    heard,
    protocols: providers[tracker.provider].protocols,
    rules,
    at: clock(),
  });
}
