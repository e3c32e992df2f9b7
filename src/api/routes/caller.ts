import { z } from 'zod';
import { ROLES } from '../../registry/api-keys.ts';
import type { Routes } from '../routing.ts';

const callerShape = z
  .object({
    key_id: z.string(),
    role: z.enum(ROLES),
    company: z
      .object({ oid: z.string(), name: z.string() })
      .nullable()
      .meta({ description: 'Null for the key of whoever runs the gateway' }),
  })
  .meta({ id: 'Caller' });

/** `/v1/caller`: whose the key is, which a console asks first. */
export const callerRoutes: Routes = (app, { companies }) => {
  app.route({
    method: 'GET',
    url: '/v1/caller',
    config: { access: 'any' },
    schema: { tags: ['keys'], summary: 'Shows whose the key is, and what it may do', response: { 200: callerShape } },
    handler: async ({ caller: { companyId, keyId, role } }) => {
      if (companyId === '') return { key_id: keyId, role, company: null };
      const { id, name } = await companies.get(companyId);
      return { key_id: keyId, role, company: { oid: id, name } };
    },
  });
};
