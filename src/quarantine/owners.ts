/** Whose frames are, asked of the registry for the idents at hand. */
import { identKey, type Tracker } from '#model/tracker';
import type { ProviderTable } from '../providers/table.ts';
import { PastOwners } from '../store/past-owners.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';

/** Reads all trackers that some idents ever found. */
export async function ownersOf(
  registry: Pick<TrackerRegistry, 'trackersCalled'>,
  providers: ProviderTable,
  idents: Iterable<string>,
): Promise<PastOwners> {
  const trackers = new Map<string, Tracker>();
  for (const ident of new Set([...idents].map(identKey))) {
    if (ident === '') continue;
    for (const tracker of await registry.trackersCalled(ident)) trackers.set(tracker.oid, tracker);
  }
  return new PastOwners([...trackers.values()], providers);
}
