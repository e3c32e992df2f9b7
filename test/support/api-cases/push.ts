import { expectRejection, hasNothingOf } from './lists.ts';
import type { RouteCases, World } from './route-case.ts';
import { made } from './things.ts';

const nowhere = { params: { id: '00000000-0000-4000-8000-000000000000' } };
const NEW = { name: 'the cloud', protocol: 'bmw' };

async function anEndpoint(world: World): Promise<{ params: { id: string }; token: string }> {
  const answer = await made(world, 'POST', '/v1/push-endpoints', NEW);
  const { endpoint, path } = answer as { endpoint: { id: string }; path: string };
  return { params: { id: endpoint.id }, token: path.replace('/push/', '') };
}

const one = async (world: World) => ({ params: (await anEndpoint(world)).params });
const plain = (status: number, body?: object): RouteCases[string] => ({
  request: async (world) => ({ ...(await one(world)), ...(body === undefined ? {} : { body }) }),
  status,
  tenancy: 'PushEndpointNotFound',
  errors: { PushEndpointNotFound: () => ({ ...nowhere, ...(body === undefined ? {} : { body }) }) },
});

/** A message as the stream of BMW has them. */
const push: RouteCases[string] = {
  request: async (world) => {
    const { token } = await anEndpoint(world);
    const timestamp = new Date(world.api.now - 60_000).toISOString();
    const data = { 'vehicle.vehicle.travelledDistance': { value: 1, unit: 'km', timestamp } };
    return { params: { token }, body: { vin: 'WBA00000000000001', entityId: 'e', topic: 't', timestamp, data } };
  },
  status: 200,
  tenancy: "nobody's",
};

export const PUSH_CASES: RouteCases = {
  'GET /v1/push-endpoints': {
    request: async (world) => {
      await anEndpoint(world);
      return {};
    },
    status: 200,
    tenancy: hasNothingOf(({ api, companyId }) => api.services.push.endpoints.list(companyId, { most: 500 })),
  },
  'POST /v1/push-endpoints': {
    request: () => ({ body: NEW }),
    status: 201,
    tenancy: ({ body }, { api, companyId }) => {
      const { id } = body['endpoint'] as { id: string };
      return expectRejection(api.services.push.endpoints.get(companyId, id), 'push_unknown');
    },
  },
  'GET /v1/push-endpoints/:id': plain(200),
  'PATCH /v1/push-endpoints/:id': plain(200, { name: 'other' }),
  'POST /v1/push-endpoints/:id/rotate': plain(201, {}),
  'DELETE /v1/push-endpoints/:id': plain(204),
  // Where the query is the body; BMW's cloud never asks like this, and it is taken all the same.
  'GET /push/:token': {
    ...push,
    request: async (world) => ({ params: { token: (await anEndpoint(world)).token }, query: '?a=1' }),
  },
  'POST /push/:token': push,
  'PUT /push/:token': push,
};
