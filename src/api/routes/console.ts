import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { consoleFiles } from '../../console/files.ts';
import { consoleHeaders } from '../../console/headers.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';
import type { ConsoleSettings } from '../services.ts';

/** A year, as servers say "for ever". */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** `/console/`: the web console, the files it is made of, and what it must know before anybody has signed in. */
export const consoleRoutes: Routes = (app, { console: settings }) => {
  const headers = consoleHeaders(settings.tileUrl);
  const open = { config: { access: 'public' }, schema: { hide: true } } as const;

  app.route({ method: 'GET', url: '/', ...open, handler: async (_request, reply) => reply.redirect('console/', 302) });

  app.route({
    method: 'GET',
    url: '/console',
    ...open,
    handler: async (request, reply) => {
      const [path = ''] = request.url.split('?');
      // Its files stand beside it: without the slash, browsers would look for them beside the folder.
      return path.endsWith('/') ? sendFile('', headers, request, reply) : reply.redirect('console/', 308);
    },
  });

  app.route({
    method: 'GET',
    url: '/console/settings.json',
    ...open,
    handler: async (_request, reply) => reply.headers(headers).header('cache-control', 'no-cache').send(shown(settings)),
  });

  app.route({
    method: 'GET',
    url: '/console/*',
    config: { access: 'public' },
    schema: { hide: true, params: z.object({ '*': z.string().max(200) }) },
    handler: async (request, reply) => sendFile(request.params['*'], headers, request, reply),
  });
};

function shown({ tileUrl, tileAttribution }: ConsoleSettings) {
  return { tile_url: tileUrl ?? null, tile_attribution: tileAttribution ?? null };
}

function sendFile(
  name: string,
  policy: Readonly<Record<string, string>>,
  { headers }: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
): FastifyReply {
  const file = consoleFiles().get(name);
  if (file === undefined) throw new ApiError('ApiEntityNotFound', `the console has no file "${name}"`);
  void reply.headers(policy).headers({
    etag: file.etag,
    vary: 'accept-encoding',
    'cache-control': file.immutable ? FOR_EVER : 'no-cache',
  });
  if (headers['if-none-match'] === file.etag) return reply.code(304).send();
  const packed = /\bgzip\b/.test(headers['accept-encoding'] ?? '') ? file.gzip : null;
  if (packed !== null) void reply.header('content-encoding', 'gzip');
  return reply.type(file.type).send(packed ?? file.bytes);
}
