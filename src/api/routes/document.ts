import { z } from 'zod';
import type { Routes } from '../routing.ts';

/** `GET /openapi.json`: the document that describes all the others. */
export const documentRoutes: Routes = (app) => {
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { access: 'public' },
    schema: {
      tags: ['about'],
      summary: 'Describes this API as an OpenAPI 3.1 document',
      response: { 200: z.record(z.string(), z.unknown()).meta({ description: 'The document' }) },
    },
    handler: () => app.swagger() as unknown as Record<string, unknown>,
  });
};
