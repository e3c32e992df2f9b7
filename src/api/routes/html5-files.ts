import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PAGE_HEADERS, pageFiles } from '../../html5/files.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';

/** `/track/`: the tracker page, and the files it is made of. */
export const trackerPageFileRoutes: Routes = (app) => {
  app.route({
    method: 'GET',
    url: '/track',
    config: { access: 'public' },
    schema: { hide: true },
    handler: async (request, reply) => {
      const [path = ''] = request.url.split('?');
      // Its files stand beside it: without the slash, browsers would look for them beside the folder.
      return path.endsWith('/') ? sendFile('', request, reply) : reply.redirect('track/', 308);
    },
  });

  app.route({
    method: 'GET',
    url: '/track/:file',
    config: { access: 'public' },
    schema: { hide: true, params: z.object({ file: z.string().max(100) }) },
    handler: async (request, reply) => sendFile(request.params.file, request, reply),
  });
};

function sendFile(name: string, { headers }: Pick<FastifyRequest, 'headers'>, reply: FastifyReply): FastifyReply {
  const file = pageFiles().get(name);
  if (file === undefined) throw new ApiError('ApiEntityNotFound', `the tracker page has no file "${name}"`);
  void reply.headers(PAGE_HEADERS).header('etag', file.etag);
  if (headers['if-none-match'] === file.etag) return reply.code(304).send();
  return reply.type(file.type).send(file.bytes);
}
