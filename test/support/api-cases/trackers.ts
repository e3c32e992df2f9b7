import { expect } from 'vitest';
import type { Answer } from '../api.ts';
import type { RouteCases, World } from './route-case.ts';
import { aCredential, aPaper, aRegistration, aTracker, newImei, newVin, PDF } from './things.ts';

const tracker = async (world: World) => ({ params: { oid: await aTracker(world) } });
const nowhere = { params: { oid: 'nowhere' } };
const unknownProvider = (world: World) => ({ body: { ...aRegistration(world), provider: 'acme' } });

/** The list of another company has none of this one. */
function isForeign({ body }: Answer, { otherId }: World): void {
  const items = body['items'] as { company_oid?: string }[];
  expect(items.filter(({ company_oid: of }) => of !== otherId)).toEqual([]);
}

/** A registration of the same id as the company has; whoever makes it. */
async function twice(world: World) {
  const body = aRegistration(world);
  await aTracker(world, body);
  return { body };
}

async function withKey(world: World, body: unknown, other: unknown, isOver: boolean) {
  const headers = { 'idempotency-key': `k${world.fresh()}` };
  const url = '/v1/trackers/register';
  if (isOver) await world.api.ask('POST', url, { key: world.key, body, headers });
  return { body: other, headers };
}

async function beyondLimit(world: World) {
  await world.api.services.companies.update(world.companyId, { maxTrackers: 0 });
  return { body: aRegistration(world) };
}

export const TRACKER_CASES: RouteCases = {
  'POST /v1/trackers/register': {
    request: (world) => ({ body: aRegistration(world) }),
    status: 201,
    tenancy: ({ status, body }, { otherId, companyId }) => {
      // The id is the first company's by now: the other is told that it is in use, and nothing of whose it is.
      expect(status).toBe(403);
      expect(JSON.stringify(body)).not.toMatch(new RegExp(`${companyId}|${otherId}|[0-9a-f]{8}-[0-9a-f]{4}`));
    },
    errors: {
      ProviderNotFound: unknownProvider,
      TrackerAlreadyRegistered: twice,
      TrackerCouldNotBeCreatedMaxNumber: beyondLimit,
      ApiIdempotencyKeyReused: (world) => withKey(world, aRegistration(world), aRegistration(world), true),
    },
  },
  'POST /v1/trackers/validate': {
    request: async (world) => {
      const body = aRegistration(world);
      await aTracker(world, body);
      return { body: { tracker_id: body['tracker_id'], provider: 'targa', type: 'canbus' } };
    },
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: {
      ProviderNotFound: () => ({ body: { tracker_id: '1', provider: 'acme' } }),
      TrackerNotFound: (world) => ({ body: { tracker_id: newImei(world), provider: 'targa' } }),
      TrackerValidationException: async (world) => {
        const body = aRegistration(world);
        const oid = await aTracker(world, body);
        await world.api.ask('POST', `/v1/trackers/${oid}/cancel`, { key: world.key });
        return { body: { tracker_id: body['tracker_id'], provider: 'targa' } };
      },
    },
  },
  'GET /v1/trackers': {
    request: async (world) => {
      await aTracker(world);
      return {};
    },
    status: 200,
    tenancy: isForeign,
    errors: { GroupNotFound: () => ({ query: '?group=nowhere' }) },
  },
  'GET /v1/providers': { request: () => ({}), status: 200, tenancy: "nobody's" },
  'GET /v1/trackers/directory': {
    request: async (world) => {
      await aTracker(world);
      return { query: '?order=name&silent_for=0s' };
    },
    status: 200,
    tenancy: ({ body }, { companyId }) => expect(JSON.stringify(body)).not.toContain(companyId),
  },
  'GET /v1/trackers/silent': {
    request: async (world) => {
      await aTracker(world);
      return { query: '?for=0s&cause=never_came' };
    },
    status: 200,
    tenancy: ({ body }, { companyId }) => expect(JSON.stringify(body)).not.toContain(companyId),
  },
  'GET /v1/trackers/:oid': {
    request: tracker,
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: { TrackerNotFound: () => nowhere },
  },
  'GET /v1/trackers/:oid/transitions': {
    request: tracker,
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: { TrackerNotFound: () => nowhere },
  },
  'GET /v1/trackers/:oid/why': {
    request: tracker,
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: { TrackerNotFound: () => nowhere },
  },
  ...Object.fromEntries(
    ['POST', 'PATCH'].map((method) => [
      `${method} /v1/trackers/:oid/update`,
      {
        request: async (world: World) => ({ ...(await tracker(world)), body: { vehicle_type: 'van' } }),
        status: 200,
        tenancy: 'TrackerNotFound' as const,
        errors: {
          TrackerNotFound: () => ({ ...nowhere, body: { vehicle_type: 'van' } }),
          TrackerAlreadyRegistered: async (world: World) => {
            const taken = aRegistration(world);
            await aTracker(world, taken);
            return { ...(await tracker(world)), body: { tracker_id: taken['tracker_id'] } };
          },
        },
      },
    ]),
  ),
  'POST /v1/trackers/:oid/cancel': {
    request: tracker,
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: {
      TrackerNotFound: () => nowhere,
      TrackerMoveRefused: async (world) => {
        const request = await tracker(world);
        await world.api.ask('POST', `/v1/trackers/${request.params.oid}/cancel`, { key: world.key });
        return request;
      },
    },
  },
  'POST /v1/trackers/:oid/clearance': {
    request: async (world) => ({ ...(await tracker(world)), body: { answer: 'approved', reason: 'by telephone' } }),
    status: 200,
    tenancy: "nobody's",
    errors: {
      TrackerNotFound: ({ operatorKey }) => ({ ...nowhere, body: { answer: 'approved' }, key: operatorKey }),
      TrackerMoveRefused: async (world) => ({
        ...(await tracker(world)),
        body: { answer: 'revoked' },
        key: world.operatorKey,
      }),
    },
  },
  'DELETE /v1/trackers/:oid': {
    request: tracker,
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: { TrackerNotFound: () => nowhere },
  },
  ...Object.fromEntries(
    [
      ['GET', 200],
      ['DELETE', 204],
    ].map(([method, status]) => [
      `${method} /v1/trackers/:oid/registration-document`,
      {
        request: async (world: World) => {
          const request = await tracker(world);
          await aPaper(world, request.params.oid);
          return request;
        },
        status: status as number,
        tenancy: 'TrackerNotFound' as const,
        errors: { TrackerNotFound: () => nowhere, RegistrationDocumentNotFound: tracker },
      },
    ]),
  ),
  'PUT /v1/trackers/:oid/registration-document': {
    request: async (world) => ({ ...(await tracker(world)), body: PDF, headers: { 'content-type': 'application/pdf' } }),
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: {
      TrackerNotFound: () => ({ ...nowhere, body: PDF, headers: { 'content-type': 'application/pdf' } }),
      RegistrationDocumentInvalid: async (world) => ({
        ...(await tracker(world)),
        body: 'no picture',
        headers: { 'content-type': 'image/png' },
      }),
    },
  },
  'POST /v2/assets/register': {
    request: (world) => ({ body: anAsset(world) }),
    status: 201,
    tenancy: 'TrackerAlreadyRegistered',
    errors: {
      ProviderNotFound: (world) => ({ body: { ...anAsset(world), provider: 'ulu' } }),
      TrackerAlreadyRegistered: async (world) => {
        const body = anAsset(world);
        await aTracker(world, { tracker_id: body.id });
        return { body };
      },
      TrackerCouldNotBeCreatedMaxNumber: async (world) => {
        await beyondLimit(world);
        return { body: anAsset(world) };
      },
      CredentialIncomplete: (world) => ({
        body: { ...anAsset(world), provider: 'cartrack', credentials: { username: 'FLEET00123' } },
      }),
      CredentialMaxNumber: async (world) => {
        for (let i = 0; i < 100; i++) await aCredential(world);
        return { body: { ...anAsset(world), provider: 'cartrack', credentials: { username: 'b', token: 'c' } } };
      },
      ApiIdempotencyKeyReused: (world) => withKey(world, aRegistration(world), anAsset(world), true),
    },
  },
  'GET /v2/trackers/list': {
    request: async (world) => {
      await aTracker(world);
      return {};
    },
    status: 200,
    tenancy: async ({ body }, { api, key }) => {
      const own = await api.ask('GET', '/v1/trackers', { key });
      const oids = (own.body['items'] as { oid: string }[]).map(({ oid }) => oid);
      expect(oids.length).toBeGreaterThan(0);
      expect((body['items'] as { oid: string }[]).filter(({ oid }) => oids.includes(oid))).toEqual([]);
    },
  },
};

/** A registration of an asset that nothing is wrong with. */
function anAsset(world: World) {
  return {
    provider: 'targa',
    installation_order: false,
    registration_country: 'ESP',
    id: newVin(world),
    type: 'CANbus',
    packages: ['basic'],
    model_year: 2024,
  };
}
