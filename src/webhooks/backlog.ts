/** What is to be sent, in the store: deliveries, and for each subject of an endpoint the queue that keeps them in order. */
import type { EpochMs } from '#model/clocks';
import type { Document, DocumentStore, DocumentWrite, NewDocument } from '../store/document-store.ts';
import type { Delivery, DeliveryDocument } from './delivery.ts';

/** The collection of deliveries of an endpoint. One each: what piles up at one endpoint is in nobody's way. */
export const deliveriesOf = (endpointId: string): string => `webhook_deliveries:${endpointId}`;
/** The collection of its queues, one a subject; due when the first of a queue is to be tried. */
export const queuesOf = (endpointId: string): string => `webhook_queues:${endpointId}`;

/** Pending deliveries of one subject in their order. Only the first is ever tried, so that none overtakes another. */
export interface Queue {
  pending: readonly { number: number; id: string }[];
}
export type QueueDocument = Document<Queue>;

/** Later than everything. */
export const FAR: EpochMs = Number.MAX_SAFE_INTEGER;

/** Deliveries that are to be queued together. */
interface Arrivals {
  endpointId: string;
  companyId: string;
  subject: string;
  pending: Queue['pending'];
}

/**
 * Stores deliveries, each once, and queues those that are pending. Done twice, or by two gateways at once, it is done once; a
 * crash in between is mended by doing it again.
 */
export async function addDeliveries(
  documents: DocumentStore,
  deliveries: readonly NewDocument<Delivery>[],
  now: EpochMs,
): Promise<void> {
  const made = await documents.writeAll(
    deliveries.map((delivery) => ({ collection: deliveriesOf(delivery.body.endpointId), insert: delivery })),
  );
  const pending: NewDocument<Delivery>[] = [];
  for (const [index, delivery] of deliveries.entries()) {
    const stored = made[index] === true ? delivery : await storedDelivery(documents, delivery.body.endpointId, delivery.id);
    if (stored?.body.status === 'pending') pending.push(stored);
  }
  await enqueue(documents, pending, now);
}

export async function storedDelivery(
  documents: DocumentStore,
  endpointId: string,
  id: string,
): Promise<DeliveryDocument | null> {
  return documents.document<Delivery>(deliveriesOf(endpointId), id);
}

/**
 * Queues deliveries that are stored; those that are queued already stay where they are. `at once` ends the wait of queues that
 * begin with one of them.
 */
export async function enqueue(
  documents: DocumentStore,
  deliveries: readonly NewDocument<Delivery>[],
  now: EpochMs,
  when: 'in turn' | 'at once' = 'in turn',
): Promise<void> {
  const groups = Map.groupBy(deliveries, ({ body }) => `${body.endpointId}/${body.subject}`);
  let waiting: Arrivals[] = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { endpointId, subject } = first.body;
    const pending = group.map(({ id, body }) => ({ number: body.number, id }));
    return [{ endpointId, companyId: first.companyId, subject, pending }];
  });
  while (waiting.length > 0) {
    const writes = await Promise.all(waiting.map((arrivals) => arrivalWrite(documents, arrivals, now, when)));
    const made = await documents.writeAll(writes.filter((write) => write !== null));
    const outcomes = made[Symbol.iterator]();
    // Somebody else may have changed a queue meanwhile: it is read again.
    waiting = waiting.filter((_, index) => writes[index] !== null && outcomes.next().value === false);
  }
}

/** What puts deliveries into their queue; `null` where nothing is to be done. */
async function arrivalWrite(
  documents: DocumentStore,
  arrivals: Arrivals,
  now: EpochMs,
  when: 'in turn' | 'at once',
): Promise<DocumentWrite | null> {
  const { endpointId, companyId, subject, pending: arrived } = arrivals;
  const collection = queuesOf(endpointId);
  const queue = await documents.document<Queue>(collection, subject);
  const before = queue?.body.pending ?? [];
  const fresh = arrived.filter(({ id }) => !before.some((entry) => entry.id === id));
  const hastens = when === 'at once' && arrived.some(({ id }) => id === before[0]?.id);
  if (fresh.length === 0 && !hastens) return null;
  const pending = [...before, ...fresh].sort((a, b) => a.number - b.number);
  if (queue === null) {
    return { collection, insert: { id: subject, companyId, uniqueKey: null, dueAt: now, body: { pending } } };
  }
  // What stands behind a delivery that waits for its next try waits with it.
  const dueAt = pending[0]?.id === before[0]?.id && !hastens ? queue.dueAt : now;
  return { collection, replace: { ...queue, dueAt, body: { pending } } };
}

/** What takes a delivery out of its queue, or, with `retryAt`, lets the queue wait until then. */
export function queueWrite(
  endpointId: string,
  queue: QueueDocument,
  deliveryId: string,
  retryAt: EpochMs | null,
  now: EpochMs,
): DocumentWrite {
  const collection = queuesOf(endpointId);
  const pending = retryAt === null ? queue.body.pending.filter(({ id }) => id !== deliveryId) : queue.body.pending;
  if (pending.length === 0) return { collection, remove: { id: queue.id, ifRevision: queue.revision } };
  const isFirst = queue.body.pending[0]?.id === deliveryId;
  const dueAt = isFirst ? (retryAt ?? now) : queue.dueAt;
  return { collection, replace: { ...queue, dueAt, body: { pending } } };
}
