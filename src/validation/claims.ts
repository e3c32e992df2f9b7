import { identKey, identsOf, isActive, type Tracker } from '#model/tracker';
import type { ProviderTable } from '../providers/table.ts';
import { comesBefore } from '../store/tracker-index.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';

/**
 * Says whether an older tracker has one of a tracker's idents, in words: the frames of that ident would go there for ever, and the
 * younger one wait in vain. `null` where all are free. Of another company's tracker nothing is told but that it is there.
 */
export async function claimedIdent(
  registry: TrackerRegistry,
  providers: ProviderTable,
  tracker: Tracker,
): Promise<string | null> {
  const spoken = new Set(providers[tracker.provider].protocols);
  for (const { ident, source } of identsOf(tracker)) {
    const holders = await registry.trackersCalled(ident);
    const holder = holders.find((other) => {
      const isHeardTheSame = providers[other.provider].protocols.some((protocol) => spoken.has(protocol));
      return other.oid !== tracker.oid && isActive(other) && isHeardTheSame && comesBefore(other, tracker, identKey(ident));
    });
    if (holder === undefined) continue;
    const whose =
      holder.companyId === tracker.companyId
        ? `the tracker ${holder.trackerId} of ${holder.provider}, ${holder.oid}`
        : 'another tracker';
    return `${whose} has the ${source} "${ident}" and gets its data: cancel that one or correct this one, then validate again`;
  }
  return null;
}
