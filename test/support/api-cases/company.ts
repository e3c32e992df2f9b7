import { expect } from 'vitest';
import { expectRejection, hasNothingOf } from './lists.ts';
import type { RouteCases, World } from './route-case.ts';
import { aCredential, aKey, SECRET } from './things.ts';

const nowhere = { params: { id: 'nowhere' } };
const credential = async (world: World) => ({ params: { id: await aCredential(world) } });
const key = async (world: World) => ({ params: { id: (await aKey(world)).id } });
const noKey = { params: { id: '0123456789ab' } };

const foreignCompany = (world: World) => ({ query: '?company_oid=nowhere', key: world.operatorKey });

const FROM_CONSOLE = { 'x-odograph-console': '1' };

export const COMPANY_CASES: RouteCases = {
  'GET /openapi.json': { request: () => ({}), status: 200, tenancy: "nobody's" },
  'GET /v1/gateway': { request: () => ({}), status: 200, tenancy: "nobody's" },
  'GET /v1/caller': {
    request: () => ({}),
    status: 200,
    tenancy: ({ body }, { otherId }) => expect(body).toMatchObject({ role: 'admin', company: { oid: otherId } }),
  },
  'GET /console/session': { request: () => ({}), status: 200, tenancy: "nobody's" },
  'POST /console/session': {
    request: ({ readKey }) => ({ body: { key: readKey }, headers: FROM_CONSOLE }),
    status: 201,
    tenancy: "nobody's",
  },
  'DELETE /console/session': { request: () => ({ headers: FROM_CONSOLE }), status: 204, tenancy: "nobody's" },
  'GET /v1/company': {
    request: () => ({}),
    status: 200,
    tenancy: ({ body }, { otherId }) => expect(body['oid']).toBe(otherId),
  },
  'GET /v1/companies': { request: () => ({}), status: 200, tenancy: "nobody's" },
  'POST /v1/companies': {
    request: (world) => ({ body: { oid: `c${world.fresh()}`, name: 'New' } }),
    status: 201,
    tenancy: "nobody's",
    errors: { CompanyAlreadyExists: (world) => ({ body: { oid: world.companyId, name: 'New' }, key: world.operatorKey }) },
  },
  'PATCH /v1/companies/:oid': {
    request: (world) => ({ params: { oid: world.companyId }, body: { name: 'Acme' } }),
    status: 200,
    tenancy: "nobody's",
    errors: {
      CompanyNotFound: (world) => ({ params: { oid: 'nowhere' }, body: { name: 'Acme' }, key: world.operatorKey }),
    },
  },
  'GET /v1/api-keys': {
    request: () => ({}),
    status: 200,
    tenancy: hasNothingOf(({ api, companyId }) => api.services.keys.list(companyId, { most: 500 })),
    errors: { CompanyNotFound: foreignCompany },
  },
  'POST /v1/api-keys': {
    request: () => ({ body: { name: 'console' } }),
    status: 201,
    tenancy: async ({ body }, { api, companyId, otherId }) => {
      const { id } = body['key'] as { id: string };
      await expect(api.services.keys.get(otherId, id)).resolves.toMatchObject({ companyId: otherId });
      await expectRejection(api.services.keys.get(companyId, id), 'key_unknown');
    },
    errors: { CompanyNotFound: (world) => ({ body: { company_oid: 'nowhere' }, key: world.operatorKey }) },
  },
  'POST /v1/api-keys/:id/rotate': {
    request: async (world) => ({ ...(await key(world)), body: {} }),
    status: 201,
    tenancy: 'ApiKeyNotFound',
    errors: {
      ApiKeyNotFound: () => ({ ...noKey, body: {} }),
      CompanyNotFound: (world) => ({ ...noKey, body: { company_oid: 'nowhere' }, key: world.operatorKey }),
    },
  },
  'DELETE /v1/api-keys/:id': {
    request: key,
    status: 200,
    tenancy: 'ApiKeyNotFound',
    errors: { ApiKeyNotFound: () => noKey, CompanyNotFound: (world) => ({ ...noKey, ...foreignCompany(world) }) },
  },
  'POST /v1/credentials/register': {
    request: () => ({ body: { provider: 'cartrack', credentials: { username: 'FLEET00123', token: SECRET } } }),
    status: 201,
    tenancy: async ({ body }, { api, companyId }) => {
      await expectRejection(api.services.credentials.get(companyId, body['id'] as string), 'credential_unknown');
    },
    errors: {
      ProviderNotFound: () => ({ body: { provider: 'acme', credentials: {} } }),
      CredentialIncomplete: () => ({ body: { provider: 'cartrack', credentials: { username: 'FLEET00123' } } }),
      CredentialMaxNumber: async (world) => {
        for (let i = 0; i < 100; i++) await aCredential(world);
        return { body: { provider: 'cartrack', credentials: { username: 'a', token: 'b' } } };
      },
      ApiIdempotencyKeyReused: async ({ api, key: own, fresh }) => {
        const headers = { 'idempotency-key': `k${fresh()}` };
        const credentials = { username: 'a', token: 'b' };
        await api.ask('POST', '/v1/credentials/register', { key: own, body: { provider: 'cartrack', credentials }, headers });
        return { body: { provider: 'cartrack', name: 'other', credentials }, headers };
      },
    },
  },
  'GET /v1/credentials': {
    request: async (world) => {
      await aCredential(world);
      return {};
    },
    status: 200,
    tenancy: hasNothingOf(({ api, companyId }) => api.services.credentials.list(companyId, { most: 500 })),
  },
  'GET /v1/credentials/:id': {
    request: credential,
    status: 200,
    tenancy: 'CredentialNotFound',
    errors: { CredentialNotFound: () => nowhere },
  },
  'PATCH /v1/credentials/:id': {
    request: async (world) => ({ ...(await credential(world)), body: { credentials: { username: 'a', token: 'b' } } }),
    status: 200,
    tenancy: 'CredentialNotFound',
    errors: {
      CredentialNotFound: () => ({ ...nowhere, body: { name: 'a' } }),
      CredentialCouldNotBeUpdated: async (world) => ({ ...(await credential(world)), body: { credentials: { user: 'a' } } }),
    },
  },
  'POST /v1/credentials/:id/test': {
    request: credential,
    status: 200,
    tenancy: 'CredentialNotFound',
    errors: {
      CredentialNotFound: () => nowhere,
      CredentialNotWorking: async (world) => ({ params: { id: await aCredential(world, 'refused') } }),
      ApiProviderAway: async (world) => ({ params: { id: await aCredential(world, 'away') } }),
    },
  },
  'DELETE /v1/credentials/:id': {
    request: credential,
    status: 200,
    tenancy: 'CredentialNotFound',
    errors: { CredentialNotFound: () => nowhere },
  },
};
