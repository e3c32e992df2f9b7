/** Makes deliveries of what happened to trackers. */
import type { Awaitable } from '#model/awaitable';
import type { EpochMs } from '#model/clocks';
import type { Document, DocumentStore, NewDocument } from '../store/document-store.ts';
import type { Notice } from '../store/tracker-store.ts';
import { logTransitions } from '../store/transition-log.ts';
import { addDeliveries } from './backlog.ts';
import { pendingDelivery, settled, webhookIdOf, type Delivery } from './delivery.ts';
import { wants, type EndpointBody } from './endpoint.ts';
import { WEBHOOKS } from './endpoints.ts';
import { callLane } from './lanes.ts';
import { eventTypeOf, transitionPayload, type PayloadShapes } from './payload.ts';

/** Where changes of trackers wait to be told. */
export interface NoticeSource {
  notices(most: number): Awaitable<readonly Notice[]>;
  settleNotices(ids: readonly number[]): Awaitable<void>;
}

export interface AnnounceOptions {
  /** Notices at a time. */
  most: number;
  /** How long ended deliveries are kept, ms. */
  keepMs: number;
  shapes: PayloadShapes;
  now: EpochMs;
}

/** More endpoints than a company can have. */
const MOST_ENDPOINTS = 1_000;

/**
 * Makes a delivery of each notice for each endpoint of its company that wants it, logs it for those who follow what happens, and
 * only then forgets the notices: a crash in
 * between, or another gateway that does the same, leaves one delivery of each. For a disabled endpoint the delivery has failed
 * already, and can be asked for when it is enabled again. Gives how many notices there were.
 */
export async function announce(source: NoticeSource, documents: DocumentStore, options: AnnounceOptions): Promise<number> {
  const { most, now } = options;
  const notices = await source.notices(most);
  if (notices.length === 0) return 0;
  const companies = new Set(notices.map(({ tracker }) => tracker.companyId));
  const endpoints = new Map<string, readonly Document<EndpointBody>[]>();
  for (const companyId of companies) {
    endpoints.set(companyId, await documents.documents(WEBHOOKS, { companyId, most: MOST_ENDPOINTS }));
  }
  const deliveries = notices.flatMap((notice) =>
    (endpoints.get(notice.tracker.companyId) ?? []).flatMap((endpoint) => deliveryOf(notice, endpoint, options)),
  );
  if (deliveries.length > 0) {
    await addDeliveries(documents, deliveries, now);
    const called = new Map(deliveries.map(({ body, companyId }) => [body.endpointId, companyId]));
    for (const [endpointId, companyId] of called) await callLane(documents, { endpointId, companyId }, now);
  }
  await logTransitions(documents, notices, now);
  await source.settleNotices(notices.map(({ id }) => id));
  return notices.length;
}

function deliveryOf(
  { tracker, transition }: Notice,
  endpoint: Document<EndpointBody>,
  { keepMs, shapes, now }: AnnounceOptions,
): NewDocument<Delivery>[] {
  const { filter, disabled } = endpoint.body;
  const type = eventTypeOf(transition);
  if (!wants(filter, { type, status: transition.to, provider: tracker.provider })) return [];
  const { companyId } = endpoint;
  const delivery = pendingDelivery(
    companyId,
    {
      webhookId: webhookIdOf(transition, endpoint.id),
      endpointId: endpoint.id,
      eventType: type,
      subject: tracker.oid,
      number: transition.number,
      at: transition.at,
      payload: transitionPayload(tracker, transition, shapes),
      once: false,
    },
    now,
  );
  if (disabled === null) return [delivery];
  return [settled(delivery, 'failed', `the webhook is disabled: ${disabled.reason}`, now, keepMs)];
}
