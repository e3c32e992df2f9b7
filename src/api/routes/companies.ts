import { z } from 'zod';
import { COMPANY_ID, type Company } from '../../registry/companies.ts';
import type { Routes } from '../routing.ts';
import { cutPage, pageOf, pageQuery, time, timeOf } from '../shapes.ts';

const companyShape = z
  .object({ oid: z.string(), name: z.string(), max_trackers: z.int().nullable(), created_at: time })
  .meta({ id: 'Company' });

const name = z.string().trim().min(1).max(100);
const maxTrackers = z
  .int()
  .min(0)
  .max(100_000_000)
  .nullable()
  .meta({ description: 'Active trackers it may have; null for no limit' });
const params = z.object({ oid: z.string().min(1).max(64).meta({ description: 'Oid of the company' }) });

function shown({ id, name: called, maxTrackers: most, createdAt }: Company) {
  return { oid: id, name: called, max_trackers: most, created_at: timeOf(createdAt) };
}

/** `/v1/company`: the caller's own. `/v1/companies`: all of them, for whoever runs the gateway. */
export const companyRoutes: Routes = (app, { companies }) => {
  app.route({
    method: 'GET',
    url: '/v1/company',
    config: { access: 'read' },
    schema: { tags: ['companies'], summary: 'Shows the company of the key', response: { 200: companyShape } },
    handler: async ({ caller: { companyId } }) => shown(await companies.get(companyId)),
  });

  app.route({
    method: 'GET',
    url: '/v1/companies',
    config: { access: 'operator' },
    schema: {
      tags: ['companies'],
      summary: 'Lists the companies',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(companyShape) },
    },
    handler: async ({ query: { cursor, limit } }) => {
      const { items, next_cursor } = cutPage(await companies.list({ afterId: cursor, most: limit + 1 }), limit, ({ id }) => id);
      return { items: items.map(shown), next_cursor };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/companies',
    config: { access: 'operator', errors: ['CompanyAlreadyExists'] },
    schema: {
      tags: ['companies'],
      summary: 'Makes a company',
      body: z.strictObject({
        oid: z
          .string()
          .regex(COMPANY_ID, { error: 'has 1 to 32 lower-case letters, digits and hyphens, and begins with a letter' }),
        name,
        max_trackers: maxTrackers.default(null),
      }),
      response: { 201: companyShape },
    },
    handler: async ({ body }, reply) => {
      const made = await companies.create({ id: body.oid, name: body.name, maxTrackers: body.max_trackers });
      return reply.code(201).send(shown(made));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/v1/companies/:oid',
    config: { access: 'operator', errors: ['CompanyNotFound'] },
    schema: {
      tags: ['companies'],
      summary: 'Changes name or limit of a company',
      params,
      body: z.strictObject({ name: name.optional(), max_trackers: maxTrackers.optional() }),
      response: { 200: companyShape },
    },
    handler: async ({ params: { oid }, body }) =>
      shown(await companies.update(oid, { name: body.name, maxTrackers: body.max_trackers })),
  });
};
