import { z } from 'zod';
import { ROLES } from '../../registry/api-keys.ts';
import type { Caller } from '../access.ts';
import type { Routes } from '../routing.ts';
import type { ApiServices } from '../services.ts';

export const callerShape = z
  .object({
    key_id: z.string().meta({ description: 'Empty where an identity provider has proven who it is' }),
    name: z.string().meta({ description: 'Who it is: a person, or `key` and its id' }),
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
    handler: async ({ caller }) => shownCaller(caller, companies),
  });
};

/** Shows whose a key or a session is. */
export async function shownCaller(
  { companyId, keyId, role, by }: Caller,
  companies: ApiServices['companies'],
): Promise<z.output<typeof callerShape>> {
  const who = { key_id: keyId, name: by, role };
  if (companyId === '') return { ...who, company: null };
  const { id, name } = await companies.get(companyId);
  return { ...who, company: { oid: id, name } };
}
