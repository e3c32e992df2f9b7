import { z } from 'zod';
import { ROLES, type ApiKey } from '../../registry/api-keys.ts';
import type { Routes } from '../routing.ts';
import { cutPage, pageOf, pageQuery, time, timeOf, timeOrNull } from '../shapes.ts';

const DAY_MS = 86_400_000;

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

/** `/v1/api-keys`: the keys of the caller's own company. */
export const apiKeyRoutes: Routes = (app, { keys, now }) => {
  app.route({
    method: 'GET',
    url: '/v1/api-keys',
    config: { access: 'admin' },
    schema: {
      tags: ['keys'],
      summary: 'Lists the keys of the company',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(keyShape) },
    },
    handler: async ({ caller, query: { cursor, limit } }) => {
      const page = { most: limit + 1, ...(cursor === undefined ? {} : { afterId: cursor }) };
      const { items, next_cursor } = cutPage(await keys.list(caller.companyId, page), limit, ({ id }) => id);
      return { items: items.map(shown), next_cursor };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/api-keys',
    config: { access: 'admin' },
    schema: {
      tags: ['keys'],
      summary: 'Makes a key, which is shown this once',
      body: z.strictObject({
        name: z.string().trim().min(1).max(100),
        role: z.enum(['read', 'admin']).default('read'),
        expires_in_days: z.int().min(1).max(3_650).optional(),
      }),
      response: { 201: madeShape },
    },
    handler: async ({ caller: { companyId }, body: { name, role, expires_in_days: days } }, reply) => {
      const { key, secret } = await keys.create({
        companyId,
        name,
        role,
        expiresAt: days === undefined ? null : now() + days * DAY_MS,
      });
      return reply.code(201).send({ key: shown(key), secret });
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/api-keys/:id/rotate',
    config: { access: 'admin', errors: ['ApiKeyNotFound'] },
    schema: {
      tags: ['keys'],
      summary: 'Makes a key in the place of another, which stays good for the grace time',
      params,
      body: z.strictObject({ grace_hours: z.int().min(0).max(720).default(24) }),
      response: { 201: madeShape },
    },
    handler: async ({ caller, params: { id }, body }, reply) => {
      const { key, secret } = await keys.rotate(caller.companyId, id, body.grace_hours * 3_600_000);
      return reply.code(201).send({ key: shown(key), secret });
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/api-keys/:id',
    config: { access: 'admin', errors: ['ApiKeyNotFound'] },
    schema: { tags: ['keys'], summary: 'Revokes a key at once', params, response: { 200: keyShape } },
    handler: async ({ caller, params: { id } }) => shown(await keys.revoke(caller.companyId, id)),
  });
};
