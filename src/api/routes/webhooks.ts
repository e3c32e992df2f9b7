import { z } from 'zod';
import { PROVIDERS, VALIDATION_STATUSES } from '#model/tracker';
import { EVENT_TYPES, type Endpoint, type EventType } from '../../webhooks/endpoint.ts';
import type { WithSecret } from '../../webhooks/desk.ts';
import type { Routes } from '../routing.ts';
import { cutPage, pageOf, pageQuery, time, timeOf, timeOrNull } from '../shapes.ts';

const HOUR_MS = 3_600_000;
const TYPES = Object.keys(EVENT_TYPES) as [EventType, ...EventType[]];

const filterFields = {
  types: z.array(z.enum(TYPES)),
  statuses: z.array(z.enum(VALIDATION_STATUSES)).meta({ description: 'Statuses after the change' }),
  providers: z.array(z.enum(PROVIDERS)),
};

const webhookShape = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    events: z.object(filterFields).meta({ description: 'What is sent; an empty list means all' }),
    enabled: z.boolean(),
    disabled_at: time.nullable(),
    disabled_reason: z.string().nullable(),
    old_secret_until: time.nullable().meta({ description: 'Until then the secret before the last rotation signs as well' }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Webhook' });

const madeShape = z
  .object({
    webhook: webhookShape,
    secret: z.string().meta({ description: 'Deliveries are signed with it; shown this once' }),
  })
  .meta({ id: 'MadeWebhook' });

const described = z.string().trim().max(500).meta({ description: 'For people' });
const address = z
  .string()
  .trim()
  .min(1)
  .max(2_048)
  .meta({ description: 'Where deliveries are posted to: https, and a public host' });

const params = z.object({ id: z.string().regex(/^wh_[0-9a-f]{20}$/) });

function shown({ id, url, description, filter, disabled, oldSecretUntil, createdAt, updatedAt }: Endpoint) {
  const { types, statuses, providers } = filter;
  return {
    id,
    url,
    description,
    events: { types: [...types], statuses: [...statuses], providers: [...providers] },
    enabled: disabled === null,
    disabled_at: timeOrNull(disabled?.at ?? null),
    disabled_reason: disabled?.reason ?? null,
    old_secret_until: timeOrNull(oldSecretUntil),
    created_at: timeOf(createdAt),
    updated_at: timeOf(updatedAt),
  };
}

const shownMade = ({ endpoint, secret }: WithSecret) => ({ webhook: shown(endpoint), secret });

/** What was given, without what was not. */
function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** `/v1/webhooks`: where a company wants to be told what happens to its trackers. */
export const webhookRoutes: Routes = (app, services) => {
  const { desk } = services.webhooks;
  app.route({
    method: 'GET',
    url: '/v1/webhooks',
    config: { access: 'read' },
    schema: {
      tags: ['webhooks'],
      summary: 'Lists the webhooks of the company',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(webhookShape) },
    },
    handler: async ({ caller, query: { cursor = '', limit } }) => {
      const behind = (await desk.list(caller.companyId)).filter(({ id }) => id > cursor);
      const { items, next_cursor } = cutPage(behind, limit, ({ id }) => id);
      return { items: items.map(shown), next_cursor };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks',
    config: { access: 'admin', errors: ['WebhookMaxNumber'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Makes a webhook; its secret is shown this once',
      body: z.strictObject({
        url: address,
        description: described.default(''),
        events: z.strictObject(filterFields).partial().default({}),
      }),
      response: { 201: madeShape },
    },
    handler: async ({ caller, body: { url, description, events } }, reply) => {
      const made = await desk.create(caller.companyId, { url, description, filter: given(events) });
      return reply.code(201).send(shownMade(made));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id',
    config: { access: 'read', errors: ['WebhookNotFound'] },
    schema: { tags: ['webhooks'], summary: 'Shows a webhook', params, response: { 200: webhookShape } },
    handler: async ({ caller, params: { id } }) => shown(await desk.get(caller.companyId, id)),
  });

  app.route({
    method: 'PATCH',
    url: '/v1/webhooks/:id',
    config: { access: 'admin', errors: ['WebhookNotFound'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Changes what is given of a webhook; the lists of `events` one by one',
      params,
      body: z.strictObject({ url: address, description: described, events: z.strictObject(filterFields).partial() }).partial(),
      response: { 200: webhookShape },
    },
    handler: async ({ caller, params: { id }, body: { events = {}, ...fields } }) =>
      shown(await desk.update(caller.companyId, id, { ...given(fields), filter: given(events) })),
  });

  app.route({
    method: 'DELETE',
    url: '/v1/webhooks/:id',
    config: { access: 'admin', errors: ['WebhookNotFound'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Deletes a webhook with all its deliveries',
      params,
      response: { 200: webhookShape },
    },
    handler: async ({ caller, params: { id } }) => shown(await desk.remove(caller.companyId, id)),
  });

  addSwitches(app, services);
};

/** What turns a webhook on and off, and renews its secret. */
const addSwitches: Routes = (app, { webhooks: { desk } }) => {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/rotate-secret',
    config: { access: 'admin', errors: ['WebhookNotFound'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Gives a webhook a new secret, which is shown this once; the old one signs as well for a while',
      params,
      body: z.strictObject({
        overlap_hours: z.int().min(0).max(720).optional().meta({ description: 'As configured if left out' }),
      }),
      response: { 201: madeShape },
    },
    handler: async ({ caller, params: { id }, body: { overlap_hours: hours } }, reply) => {
      const overlapMs = hours === undefined ? undefined : hours * HOUR_MS;
      return reply.code(201).send(shownMade(await desk.rotateSecret(caller.companyId, id, overlapMs)));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/enable',
    config: { access: 'admin', errors: ['WebhookNotFound'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Lets a webhook get what happens from now on; what it missed can be replayed',
      params,
      response: { 200: webhookShape },
    },
    handler: async ({ caller, params: { id } }) => shown(await desk.enable(caller.companyId, id)),
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/disable',
    config: { access: 'admin', errors: ['WebhookNotFound'] },
    schema: {
      tags: ['webhooks'],
      summary: 'Sends a webhook nothing more; what waits for it has failed',
      params,
      body: z.strictObject({ reason: z.string().trim().min(1).max(200).default('disabled by its owner') }),
      response: { 200: webhookShape },
    },
    handler: async ({ caller, params: { id }, body: { reason } }) => shown(await desk.disable(caller.companyId, id, reason)),
  });
};
