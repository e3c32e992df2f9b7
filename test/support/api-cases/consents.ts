import { expectRejection, hasNothingOf } from './lists.ts';
import type { RouteCases, World } from './route-case.ts';
import { made } from './things.ts';

const nowhere = { params: { id: 'nowhere' } };
const NEW = { vehicle: 'WBA00000000000001', cause: 'the customer asked' };

async function one(world: World): Promise<{ params: { id: string } }> {
  const { id } = (await made(world, 'POST', '/v1/consents/withdraw', NEW)) as { id: string };
  return { params: { id } };
}

const single: RouteCases[string] = {
  request: one,
  status: 200,
  tenancy: 'ConsentNotFound',
  errors: { ConsentNotFound: () => nowhere },
};

export const CONSENT_CASES: RouteCases = {
  'GET /v1/consents': {
    request: async (world) => {
      await one(world);
      return {};
    },
    status: 200,
    tenancy: hasNothingOf(({ api, companyId }) => api.services.consents.list(companyId, { most: 500 })),
  },
  'GET /v1/consents/:id': single,
  'POST /v1/consents/:id/grant': single,
  'POST /v1/consents/withdraw': {
    request: () => ({ body: NEW }),
    status: 202,
    tenancy: ({ body }, { api, companyId }) =>
      expectRejection(api.services.consents.get(companyId, body['id'] as string), 'consent_unknown'),
    errors: { ConsentInvalid: () => ({ body: { ...NEW, protocol: 'telepathy' } }) },
  },
};
