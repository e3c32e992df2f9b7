/** Forgets what companies were told of their trackers, where it may not be kept. */
import type { EpochMs } from '#model/clocks';
import type { DocumentStore } from '../store/document-store.ts';
import { deliveriesOf } from './backlog.ts';
import type { Delivery } from './delivery.ts';
import { WEBHOOKS } from './endpoints.ts';

const PAGE = 500;

/**
 * Removes the deliveries of a company that have ended and tell of one of these trackers something that happened up to a time. What is
 * still to be sent stays in its queue: that the right has ended may be among it. Gives how many were removed.
 */
export async function forgetDeliveries(
  documents: DocumentStore,
  companyId: string,
  oids: readonly string[],
  through: EpochMs,
): Promise<number> {
  let removed = 0;
  for (const endpoint of await documents.documents(WEBHOOKS, { companyId, most: 10_000 })) {
    const collection = deliveriesOf(endpoint.id);
    for (let afterId = ''; ;) {
      const page = await documents.documents<Delivery>(collection, { companyId, afterId, most: PAGE });
      for (const { id, revision, body } of page) {
        if (!oids.includes(body.subject) || body.at > through || body.status === 'pending') continue;
        if (await documents.remove(collection, id, revision)) removed++;
      }
      if (page.length < PAGE) break;
      afterId = page.at(-1)?.id ?? '';
    }
  }
  return removed;
}
