import { z } from 'zod';
import { ROLES, type ApiKey } from '../../registry/api-keys.ts';
import { requireOwn, runsGateway, type Caller } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';
import type { ApiServices } from '../services.ts';
import { cutPage, pageOf, pageQuery, time, timeOf, timeOrNull } from '../shapes.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const keyShape = z
  .object({
    id: z.string().meta({ description: 'Stands in the key itself, behind `odo_`' }),
    name: z.string(),
    role: z.enum(ROLES),
    created_at: time,
    expires_at: time.nullable(),
    revoked_at: time.nullable(),
    last_used_at: time.nullable().meta({ description: 'To the minute' }),
    replaced_by: z.string().nullable().meta({ description: 'Id of the key that took its place' }),
  })
  .meta({ id: 'ApiKey' });

const madeShape = z
  .object({ key: keyShape, secret: z.string().meta({ description: 'The key itself, shown this once' }) })
  .meta({ id: 'MadeApiKey' });
const params = z.object({ id: z.string().regex(/^[0-9a-f]{12}$/) });

function shown({ id, name, role, createdAt, expiresAt, revokedAt, lastUsedAt, replacedBy }: ApiKey) {
  return {
    id,
    name,
    role,
    created_at: timeOf(createdAt),
    expires_at: timeOrNull(expiresAt),
    revoked_at: timeOrNull(revokedAt),
    last_used_at: timeOrNull(lastUsedAt),
    replaced_by: replacedBy,
  };
}

const company = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .meta({ description: 'The company whose keys it is about. An operator names it; otherwise it is the own company' });

/** `/v1/api-keys`: the keys of a company, its own or, for an operator, any. */
export const apiKeyRoutes: Routes = (app, services) => {
  const { keys, now } = services;
  const tags = ['keys'];
  app.route({
    method: 'GET',
    url: '/v1/api-keys',
    config: { access: 'keys', errors: ['CompanyNotFound'] },
    schema: {
      tags,
      summary: 'Lists the keys of a company, without their secrets',
      querystring: z.strictObject({ company_oid: company, ...pageQuery }),
      response: { 200: pageOf(keyShape) },
    },
    handler: async ({ caller, query: { company_oid: named, cursor, limit } }) => {
      const companyId = await companyOf(services, caller, named);
      const found = await keys.list(companyId, { afterId: cursor, most: limit + 1 });
      const { items, next_cursor } = cutPage(found, limit, ({ id }) => id);
      return { items: items.map(shown), next_cursor };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/api-keys',
    config: { access: 'keys', errors: ['CompanyNotFound'] },
    schema: {
      tags,
      summary: 'Makes a key, which is shown this once',
      body: z.strictObject({
        company_oid: company,
        name: z.string().trim().min(1).max(100).default('key'),
        role: z.enum(['read', 'admin']).default('read').meta({ description: 'May it only read, or change things too' }),
        expires_in_days: z.int().min(1).max(3_650).optional(),
      }),
      response: { 201: madeShape },
    },
    handler: async ({ caller, body: { company_oid: named, name, role, expires_in_days: days } }, reply) => {
      const companyId = await companyOf(services, caller, named);
      const expiresAt = days === undefined ? null : now() + days * DAY_MS;
      const { key, secret } = await keys.create({ companyId, name, role, expiresAt });
      return reply.code(201).send({ key: shown(key), secret });
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/api-keys/:id/rotate',
    config: { access: 'keys', errors: ['ApiKeyNotFound', 'CompanyNotFound'] },
    schema: {
      tags,
      summary: 'Makes a key in the place of another, which stays good for the grace time',
      params,
      body: z.strictObject({ company_oid: company, grace_hours: z.int().min(0).max(720).default(24) }).prefault({}),
      response: { 201: madeShape },
    },
    handler: async ({ caller, params: { id }, body: { company_oid: named, grace_hours: grace } }, reply) => {
      const companyId = await companyOf(services, caller, named);
      await requireRank(services, caller, companyId, id);
      const { key, secret } = await keys.rotate(companyId, id, grace * HOUR_MS);
      return reply.code(201).send({ key: shown(key), secret });
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/api-keys/:id',
    config: { access: 'keys', errors: ['ApiKeyNotFound', 'CompanyNotFound'] },
    schema: {
      tags,
      summary: 'Revokes a key at once',
      params,
      querystring: z.strictObject({ company_oid: company }),
      response: { 200: keyShape },
    },
    handler: async ({ caller, params: { id }, query }) => {
      const companyId = await companyOf(services, caller, query.company_oid);
      await requireRank(services, caller, companyId, id);
      return shown(await keys.revoke(companyId, id));
    },
  });
};

/** Refuses to touch a key that may do more than the caller: whoever rotates a key holds it. */
async function requireRank({ keys }: ApiServices, { role }: Caller, companyId: string, id: string): Promise<void> {
  if (runsGateway(role) || !runsGateway((await keys.get(companyId, id)).role)) return;
  throw new ApiError('ApiForbidden', 'this is the key of whoever runs the gateway: it takes such a key to change it');
}

/** The company a request is about. */
async function companyOf({ companies }: ApiServices, { role, companyId }: Caller, named: string | undefined): Promise<string> {
  if (!runsGateway(role)) requireOwn(companyId, named);
  if (companyId !== '' && (named === undefined || named === companyId)) return companyId;
  if (named === undefined) throw new ApiError('ApiAttributeMissing', 'company_oid: an operator says which company it is about');
  return (await companies.get(named)).id;
}
