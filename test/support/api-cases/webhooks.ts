import { expectRejection, hasNothingOf } from './lists.ts';
import type { RouteCases, World } from './route-case.ts';
import { made } from './things.ts';

/** As configured if nothing else is. */
const MOST_WEBHOOKS = 10;
const URL = 'https://hooks.example.com/odograph';
const nowhere = { params: { id: 'wh_00000000000000000000', delivery: 'none' } };

async function aWebhook(world: World): Promise<{ params: { id: string } }> {
  const { webhook } = (await made(world, 'POST', '/v1/webhooks', { url: URL })) as { webhook: { id: string } };
  return { params: { id: webhook.id } };
}

/** A delivery: a ping that waits for its turn. */
async function aDelivery(world: World): Promise<{ params: { id: string; delivery: string } }> {
  const { params } = await aWebhook(world);
  const { id: delivery } = await made(world, 'POST', `/v1/webhooks/${params.id}/ping`, undefined);
  return { params: { ...params, delivery: delivery as string } };
}

async function disabled<Request extends { params: { id: string } }>(world: World, request: Request): Promise<Request> {
  await made(world, 'POST', `/v1/webhooks/${request.params.id}/disable`, {});
  return request;
}

const SINCE = { since: '2026-01-01T00:00:00.000Z' };
const plain = (status: number): RouteCases[string] => ({
  request: aWebhook,
  status,
  tenancy: 'WebhookNotFound',
  errors: { WebhookNotFound: () => nowhere },
});
const withBody = (status: number, body: object): RouteCases[string] => ({
  request: async (world) => ({ ...(await aWebhook(world)), body }),
  status,
  tenancy: 'WebhookNotFound',
  errors: { WebhookNotFound: () => ({ ...nowhere, body }) },
});

export const WEBHOOK_CASES: RouteCases = {
  'GET /v1/webhooks': {
    request: async (world) => {
      await aWebhook(world);
      return {};
    },
    status: 200,
    tenancy: hasNothingOf(({ api, companyId }) => api.services.webhooks.desk.list(companyId)),
  },
  'POST /v1/webhooks': {
    request: () => ({ body: { url: URL } }),
    status: 201,
    tenancy: ({ body }, { api, companyId }) => {
      const { id } = body['webhook'] as { id: string };
      return expectRejection(api.services.webhooks.desk.get(companyId, id), 'webhook_unknown');
    },
    errors: {
      WebhookMaxNumber: async (world) => {
        for (let i = 0; i < MOST_WEBHOOKS; i++) await aWebhook(world);
        return { body: { url: URL } };
      },
    },
  },
  'GET /v1/webhooks/:id': plain(200),
  'PATCH /v1/webhooks/:id': withBody(200, { description: 'ours' }),
  'DELETE /v1/webhooks/:id': plain(200),
  'POST /v1/webhooks/:id/rotate-secret': withBody(201, {}),
  'POST /v1/webhooks/:id/enable': plain(200),
  'POST /v1/webhooks/:id/disable': withBody(200, {}),
  'GET /v1/webhooks/:id/deliveries': plain(200),
  'GET /v1/webhooks/:id/deliveries/:delivery': { ...plain(200), request: aDelivery },
  'POST /v1/webhooks/:id/deliveries/:delivery/replay': {
    request: aDelivery,
    status: 202,
    tenancy: 'WebhookNotFound',
    errors: {
      WebhookNotFound: () => nowhere,
      WebhookDisabled: async (world) => disabled(world, await aDelivery(world)),
    },
  },
  'POST /v1/webhooks/:id/replay': {
    request: async (world) => ({ ...(await aWebhook(world)), body: SINCE }),
    status: 202,
    tenancy: 'WebhookNotFound',
    errors: {
      WebhookNotFound: () => ({ ...nowhere, body: SINCE }),
      WebhookDisabled: async (world) => ({ ...(await disabled(world, await aWebhook(world))), body: SINCE }),
    },
  },
  'POST /v1/webhooks/:id/ping': {
    request: aWebhook,
    status: 202,
    tenancy: 'WebhookNotFound',
    errors: {
      WebhookNotFound: () => nowhere,
      WebhookDisabled: async (world) => disabled(world, await aWebhook(world)),
    },
  },
};
