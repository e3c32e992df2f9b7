/** The log of an endpoint's deliveries, and what can be asked for again. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { DocumentStore } from '../store/document-store.ts';
import { addDeliveries, deliveriesOf, enqueue } from './backlog.ts';
import {
  lastDocumentIdSince,
  pendingDelivery,
  revived,
  type Delivery,
  type DeliveryDocument,
  type DeliveryStatus,
} from './delivery.ts';
import type { WebhookDesk } from './desk.ts';
import { PING } from './endpoint.ts';
import { callLane } from './lanes.ts';
import { pingPayload } from './payload.ts';

export interface LogOptions {
  documents: DocumentStore;
  /** Knows whose an endpoint is. */
  desk: Pick<WebhookDesk, 'get'>;
  now: Clock;
  /** Gives bytes nobody can guess. */
  randomBytes: (length: number) => Uint8Array;
}

/** Which deliveries to list, the newest event first. */
export interface LogPage {
  status?: DeliveryStatus | undefined;
  /** What the page before gave as `next`. */
  after?: string | undefined;
  most: number;
}

/** What a replay has begun. */
export interface Replayed {
  deliveries: number;
  /** Whether there are more than one call replays: the same call goes on. */
  more: boolean;
}

const READ_AT_ONCE = 200;
/** Deliveries a list looks at for those of one status, and a replay in one call. */
const LOOK_AT_MOST = 5_000;
const ID_BYTES = 8;

export class DeliveryLog {
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** Lists deliveries; `next` is `null` behind the last. A page may have fewer than were asked for. Fails with `webhook_unknown`. */
  async list(
    companyId: string,
    endpointId: string,
    { status, after, most }: LogPage,
  ): Promise<{ deliveries: readonly Delivery[]; next: string | null }> {
    await this.#options.desk.get(companyId, endpointId);
    const found: Delivery[] = [];
    let next = after ?? '';
    for (let looked = 0; looked < LOOK_AT_MOST;) {
      const page = await this.#page(companyId, endpointId, next, status === undefined ? most - found.length : READ_AT_ONCE);
      for (const { id, body } of page) {
        next = id;
        if (status === undefined || body.status === status) found.push(body);
        if (found.length === most) return { deliveries: found, next };
      }
      looked += page.length;
      if (page.length === 0) return { deliveries: found, next: null };
    }
    return { deliveries: found, next };
  }

  /** Fails with `webhook_unknown`. */
  async get(companyId: string, endpointId: string, webhookId: string): Promise<Delivery> {
    return (await this.#stored(companyId, endpointId, webhookId)).body;
  }

  /** Sends a delivery once more, or at once where it waits for its next try. Fails with `webhook_unknown` or `webhook_disabled`. */
  async replay(companyId: string, endpointId: string, webhookId: string): Promise<Delivery> {
    await this.#enabled(companyId, endpointId);
    const stored = await this.#stored(companyId, endpointId, webhookId);
    await this.#revive(companyId, endpointId, [stored]);
    return this.get(companyId, endpointId, webhookId);
  }

  /** Sends what failed of the events since then once more. Fails with `webhook_unknown` or `webhook_disabled`. */
  async replayFailed(companyId: string, endpointId: string, since: EpochMs): Promise<Replayed> {
    await this.#enabled(companyId, endpointId);
    const last = lastDocumentIdSince(since);
    let deliveries = 0;
    let after = '';
    for (;;) {
      const page = await this.#page(companyId, endpointId, after, READ_AT_ONCE);
      const failed = page.filter(({ id, body }) => id <= last && body.status === 'failed' && body.eventType !== PING);
      deliveries += await this.#revive(companyId, endpointId, failed);
      after = page.at(-1)?.id ?? '';
      if (page.length < READ_AT_ONCE || after > last) return { deliveries, more: false };
      if (deliveries >= LOOK_AT_MOST) return { deliveries, more: true };
    }
  }

  /** Sends an event that says nothing, to try the endpoint out: once. Fails with `webhook_unknown` or `webhook_disabled`. */
  async ping(companyId: string, endpointId: string): Promise<Delivery> {
    const { documents, now, randomBytes } = this.#options;
    await this.#enabled(companyId, endpointId);
    const at = now();
    const subject = `ping-${Buffer.from(randomBytes(ID_BYTES)).toString('hex')}`;
    const delivery = pendingDelivery(
      companyId,
      {
        webhookId: `${subject}_${endpointId}`,
        endpointId,
        eventType: PING,
        subject,
        number: 1,
        at,
        payload: pingPayload(endpointId, at),
        once: true,
      },
      at,
    );
    await addDeliveries(documents, [delivery], at);
    await callLane(documents, { endpointId, companyId }, at);
    return delivery.body;
  }

  async #page(companyId: string, endpointId: string, afterId: string, most: number): Promise<readonly DeliveryDocument[]> {
    return this.#options.documents.documents<Delivery>(deliveriesOf(endpointId), { companyId, afterId, most });
  }

  async #stored(companyId: string, endpointId: string, webhookId: string): Promise<DeliveryDocument> {
    const { documents, desk } = this.#options;
    await desk.get(companyId, endpointId);
    const stored = await documents.documentByKey<Delivery>(deliveriesOf(endpointId), webhookId);
    if (stored === null) throw new GatewayError('webhook_unknown', `the webhook ${endpointId} has no delivery "${webhookId}"`);
    return stored;
  }

  async #enabled(companyId: string, endpointId: string): Promise<void> {
    const { disabled } = await this.#options.desk.get(companyId, endpointId);
    if (disabled === null) return;
    throw new GatewayError('webhook_disabled', `the webhook is disabled: ${disabled.reason}; enable it first`);
  }

  /** Gives how many were revived: another one may have been faster. */
  async #revive(companyId: string, endpointId: string, stored: readonly DeliveryDocument[]): Promise<number> {
    const { documents, now } = this.#options;
    if (stored.length === 0) return 0;
    const again = stored.map((delivery) => revived(delivery, now()));
    const collection = deliveriesOf(endpointId);
    const made = await documents.writeAll(again.map((delivery) => ({ collection, replace: delivery })));
    const begun = again.filter((_, index) => made[index] === true);
    await enqueue(documents, begun, now(), 'at once');
    await callLane(documents, { endpointId, companyId }, now(), { restsUntil: 0 });
    return begun.length;
  }
}
