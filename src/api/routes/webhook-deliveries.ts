import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '#errors/codes';
import { DELIVERY_STATUSES, type Delivery } from '../../webhooks/delivery.ts';
import { EVENT_TYPES, PING } from '../../webhooks/endpoint.ts';
import type { Routes } from '../routing.ts';
import { pageOf, pageQuery, time, timeOf, timeOrNull } from '../shapes.ts';

const CODES = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];
const TYPES = [PING, ...(Object.keys(EVENT_TYPES) as (keyof typeof EVENT_TYPES)[])] as const;

const deliveryProperties = {
  id: z.string().meta({ description: 'Header `webhook-id` of every try' }),
  event_type: z.enum(TYPES),
  tracker_oid: z.string().nullable().meta({ description: 'Null for a ping' }),
  event_at: time,
  status: z.enum(DELIVERY_STATUSES),
  outcome: z.string().meta({ description: 'How it ended, in words; empty while it is pending' }),
  tries: z.int().meta({ description: 'Since it was made, or last replayed' }),
  created_at: time,
  settled_at: time.nullable(),
  next_try_at: time.nullable().meta({
    description: 'Not before then, nor before the delivery before it of the same tracker has ended',
  }),
};

const deliveryShape = z.object(deliveryProperties).meta({ id: 'WebhookDelivery' });

const detailShape = z
  .object({
    ...deliveryProperties,
    payload: z.string().meta({ description: 'Body of every try, as it is signed' }),
    attempts: z
      .array(
        z.object({
          at: time,
          duration_ms: z.int(),
          http_status: z.int().nullable().meta({ description: 'Null where no answer came' }),
          code: z.enum(CODES).nullable().meta({ description: 'What failed; null where it was delivered' }),
          detail: z.string(),
          response: z.string().nullable().meta({ description: 'The beginning of the answer' }),
        }),
      )
      .meta({ description: 'The last tries, the oldest first' }),
  })
  .meta({ id: 'WebhookDeliveryDetail' });

const params = z.object({ id: z.string().regex(/^wh_[0-9a-f]{20}$/) });
const deliveryParams = z.object({ ...params.shape, delivery: z.string().min(1).max(200) });

function shown({ webhookId, eventType, subject, at, status, outcome, tries, createdAt, settledAt, nextTryAt }: Delivery) {
  return {
    id: webhookId,
    event_type: eventType,
    tracker_oid: eventType === PING ? null : subject,
    event_at: timeOf(at),
    status,
    outcome,
    tries,
    created_at: timeOf(createdAt),
    settled_at: timeOrNull(settledAt),
    next_try_at: timeOrNull(nextTryAt),
  };
}

function shownDetail(delivery: Delivery) {
  const attempts = delivery.attempts.map(({ at, durationMs, httpStatus, code, detail, response }) => {
    return { at: timeOf(at), duration_ms: durationMs, http_status: httpStatus, code, detail, response };
  });
  return { ...shown(delivery), payload: delivery.payload, attempts };
}

/** `/v1/webhooks/{id}/deliveries`: what was sent to a webhook, and sending it again. */
export const webhookDeliveryRoutes: Routes = (app, { webhooks: { log } }) => {
  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id/deliveries',
    config: { access: 'read', errors: ['WebhookNotFound'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Lists the deliveries of a webhook, the newest event first',
      params,
      querystring: z.strictObject({ ...pageQuery, status: z.enum(DELIVERY_STATUSES).optional() }),
      response: { 200: pageOf(deliveryShape) },
    },
    handler: async ({ caller, params: { id }, query: { cursor, limit, status } }) => {
      const { deliveries, next } = await log.list(caller.companyId, id, { status, after: cursor, most: limit });
      return { items: deliveries.map(shown), next_cursor: next };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id/deliveries/:delivery',
    config: { access: 'read', errors: ['WebhookNotFound'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Shows a delivery with its payload and its tries',
      params: deliveryParams,
      response: { 200: detailShape },
    },
    handler: async ({ caller, params: { id, delivery } }) => shownDetail(await log.get(caller.companyId, id, delivery)),
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/deliveries/:delivery/replay',
    config: { access: 'admin', errors: ['WebhookNotFound', 'WebhookDisabled'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Sends a delivery once more, under the same id; at once where it waits for its next try',
      params: deliveryParams,
      response: { 202: deliveryShape },
    },
    handler: async ({ caller, params: { id, delivery } }, reply) =>
      reply.code(202).send(shown(await log.replay(caller.companyId, id, delivery))),
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/replay',
    config: { access: 'admin', errors: ['WebhookNotFound', 'WebhookDisabled'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Sends everything once more that failed of the events since a time',
      params,
      body: z.strictObject({ since: time }),
      response: {
        202: z.object({
          deliveries: z.int().meta({ description: 'How many are sent once more' }),
          more: z.boolean().meta({ description: 'There are more than one request takes: make it again' }),
        }),
      },
    },
    handler: async ({ caller, params: { id }, body: { since } }, reply) =>
      reply.code(202).send(await log.replayFailed(caller.companyId, id, Date.parse(since))),
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/ping',
    config: { access: 'admin', errors: ['WebhookNotFound', 'WebhookDisabled'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Sends an event that says nothing, once, to try the webhook out',
      params,
      response: { 202: deliveryShape },
    },
    handler: async ({ caller, params: { id } }, reply) => reply.code(202).send(shown(await log.ping(caller.companyId, id))),
  });
};
