import { z } from 'zod';
import { GatewayError } from '#errors/gateway-error';
import { PROVIDERS } from '#model/tracker';
import type { Credential } from '../../registry/credentials.ts';
import { ApiError } from '../errors.ts';
import { ONCE_ERRORS, answerOnce, onceHeaders } from '../once.ts';
import type { ApiApp, Routes } from '../routing.ts';
import type { ApiServices } from '../services.ts';
import { cutPage, pageOf, pageQuery, time, timeOf } from '../shapes.ts';
import { trackerFields } from '../tracker-shapes.ts';

const credentialShape = z
  .object({
    id: z.string(),
    provider: z.enum(PROVIDERS),
    name: z.string(),
    fields: z.array(z.string()).meta({ description: 'Names of the values that are kept; the values are never shown' }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Credential' });

const name = z.string().trim().min(1).max(100).optional();
const values = z.record(z.string(), z.string()).meta({
  description: 'Texts by name; which ones there are depends on the provider',
  example: { username: 'FLEET00123', token: 'secret' },
});
const params = z.object({ id: z.string().min(1).max(64).meta({ description: 'Id of the credentials' }) });

function shown({ id, provider, name: called, fields, createdAt, updatedAt }: Credential) {
  return { id, provider, name: called, fields: [...fields], created_at: timeOf(createdAt), updated_at: timeOf(updatedAt) };
}

/** `/v1/credentials`: accounts of the company at providers. */
export const credentialRoutes: Routes = (app, services) => {
  addRegister(app, services);
  addReads(app, services);
  addChanges(app, services);
  addTest(app, services);
};

function addRegister(app: ApiApp, services: ApiServices): void {
  const { credentials } = services;
  app.route({
    method: 'POST',
    url: '/v1/credentials/register',
    config: { access: 'admin', errors: ['ProviderNotFound', 'CredentialIncomplete', 'CredentialMaxNumber', ...ONCE_ERRORS] },
    schema: {
      tags: ['credentials'],
      summary: 'Keeps the account of the company at a provider, encrypted',
      headers: onceHeaders,
      body: z.strictObject({ provider: trackerFields.provider, name, credentials: values }),
      response: { 201: credentialShape },
    },
    handler: async (request, reply) => {
      const { provider, name: called, credentials: given } = request.body;
      const made = await answerOnce(services, request, reply, async () =>
        shown(await credentials.register(request.caller.companyId, { provider, name: called, values: given })),
      );
      return reply.code(201).send(made);
    },
  });
}

function addReads(app: ApiApp, { credentials }: ApiServices): void {
  app.route({
    method: 'GET',
    url: '/v1/credentials',
    config: { access: 'admin' },
    schema: {
      tags: ['credentials'],
      summary: 'Lists the accounts, without their values',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(credentialShape) },
    },
    handler: async ({ caller: { companyId }, query: { cursor, limit } }) => {
      const found = await credentials.list(companyId, { afterId: cursor, most: limit + 1 });
      const { items, next_cursor } = cutPage(found, limit, ({ id }) => id);
      return { items: items.map(shown), next_cursor };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/credentials/:id',
    config: { access: 'admin', errors: ['CredentialNotFound'] },
    schema: {
      tags: ['credentials'],
      summary: 'Shows an account, without its values',
      params,
      response: { 200: credentialShape },
    },
    handler: async ({ caller: { companyId }, params: { id } }) => shown(await credentials.get(companyId, id)),
  });
}

function addChanges(app: ApiApp, { credentials }: ApiServices): void {
  app.route({
    method: 'PATCH',
    url: '/v1/credentials/:id',
    config: { access: 'admin', errors: ['CredentialNotFound', 'CredentialCouldNotBeUpdated'] },
    schema: {
      tags: ['credentials'],
      summary: 'Changes the name of an account, or all of its values',
      params,
      body: z.strictObject({ name, credentials: values.optional() }),
      response: { 200: credentialShape },
    },
    handler: async ({ caller: { companyId }, params: { id }, body }) => {
      try {
        return shown(await credentials.update(companyId, id, { name: body.name, values: body.credentials }));
      } catch (error) {
        const isRule = error instanceof GatewayError && /^credential_(incomplete|invalid)$/.test(error.code);
        throw isRule ? new ApiError('CredentialCouldNotBeUpdated', error.detail, { cause: error }) : error;
      }
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/credentials/:id',
    config: { access: 'admin', errors: ['CredentialNotFound'] },
    schema: {
      tags: ['credentials'],
      summary: 'Forgets an account; trackers that were validated with it stay as they are',
      params,
      response: { 200: credentialShape },
    },
    handler: async ({ caller: { companyId }, params: { id } }) => shown(await credentials.remove(companyId, id)),
  });
}

function addTest(app: ApiApp, { credentials }: ApiServices): void {
  app.route({
    method: 'POST',
    url: '/v1/credentials/:id/test',
    config: { access: 'admin', errors: ['CredentialNotFound', 'CredentialNotWorking', 'ApiProviderAway'] },
    schema: {
      tags: ['credentials'],
      summary: 'Has the provider asked whether it accepts an account; nothing is changed there or here',
      params,
      response: { 200: z.object({ id: z.string(), provider: z.enum(PROVIDERS), works: z.literal(true) }) },
    },
    handler: async ({ caller: { companyId }, params: { id } }) => {
      const { provider } = await credentials.test(companyId, id);
      return { id, provider, works: true as const };
    },
  });
}
