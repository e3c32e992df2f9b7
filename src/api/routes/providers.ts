import { z } from 'zod';
import { CONNECTION_TYPES, PROVIDERS } from '#model/tracker';
import { ID_KINDS, PROVIDER_FAMILIES } from '../../registry/provider-rules.ts';
import type { Routes } from '../routing.ts';

const providerShape = z
  .object({
    name: z.enum(PROVIDERS),
    family: z
      .enum(PROVIDER_FAMILIES)
      .meta({ description: '`hardware` fits a box, `oem` is the cloud of the maker, `browser` is the tracker page' }),
    types: z.array(z.enum(CONNECTION_TYPES)),
    tracker_id: z.array(z.enum(ID_KINDS)).meta({ description: 'A tracker id is right when it is right as one of these' }),
    protocols: z.array(z.string()),
    credentials: z
      .object({ required: z.array(z.string()), optional: z.array(z.string()) })
      .nullable()
      .meta({ description: 'What an account consists of; null where there is none' }),
    odometer: z.boolean().meta({ description: '`odo_value` must be given before it can be validated' }),
  })
  .meta({ id: 'Provider' });

/** `/v1/providers`: what each provider asks of a registration, as this gateway is configured. */
export const providerRoutes: Routes = (app, { providers }) => {
  app.route({
    method: 'GET',
    url: '/v1/providers',
    config: { access: 'read' },
    schema: {
      tags: ['trackers'],
      summary: 'Lists the providers with what each asks of a registration',
      response: { 200: z.object({ items: z.array(providerShape) }) },
    },
    handler: async () => ({
      items: providers.map(({ name, family, types, trackerId, protocols, credentials, odometer }) => ({
        name,
        family,
        types: [...types],
        tracker_id: [...trackerId],
        protocols: [...protocols],
        credentials: credentials === null ? null : { required: [...credentials.required], optional: [...credentials.optional] },
        odometer,
      })),
    }),
  });
};
