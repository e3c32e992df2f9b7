import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PushAnswer } from '../../push/answers.ts';
import { ApiError } from '../errors.ts';
import { oneOf, refuseFailing, takePush } from '../push-request.ts';
import type { Routes } from '../routing.ts';

const unzip = promisify(gunzip);
const NO_BYTES = new Uint8Array();

/**
 * `/push/{token}`: where clouds and senders push. The address is a secret of its endpoint, which may ask for more proof. Bodies of
 * every type are read raw; where a GET or an empty POST brings a query, that is the body. Most never come here: `push-door.ts`.
 */
export const pushRoutes: Routes = (app, { push }) => {
  const { bodyBytes, failures } = push;
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_request, body, done) => done(null, body));
    scope.route({
      method: ['GET', 'POST', 'PUT'],
      url: '/push/:token',
      bodyLimit: bodyBytes,
      config: { access: 'public', ownLimits: true },
      schema: {
        tags: ['push'],
        summary: 'Takes what a cloud or a sender pushes',
        description: 'The form of the body, the proof and the answers are those of the endpoint: see docs/push.md.',
        params: z.object({ token: z.string().max(200) }),
        response: {
          200: z.unknown().meta({ description: 'It is durable; the body is the protocol’s own' }),
          202: z.unknown().meta({ description: 'The same, to senders of CloudEvents' }),
        },
      },
      onRequest: (request, _reply, done) => {
        refuseFailing(failures, request.ip);
        done();
      },
      handler: async (request, reply) => {
        const body = await bodyOf(request, bodyBytes);
        const { token } = request.params as { token: string };
        const { headers, ip, socket } = request;
        return send(reply, await takePush(push, { token, address: ip, headers, socket, body }));
      },
    });
    // CloudEvents 1.0.2, HTTP webhook, 4: a sender asks beforehand whether it may deliver here.
    scope.route({
      method: 'OPTIONS',
      url: '/push/:token',
      config: { access: 'public', ownLimits: true },
      schema: { hide: true, params: z.object({ token: z.string().max(200) }), response: { 204: z.null() } },
      handler: async (request, reply) => {
        const origin = oneOf(request.headers['webhook-request-origin']);
        const allowed = origin === undefined ? {} : { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' };
        return reply
          .code(204)
          .headers({ allow: 'GET, POST, PUT, OPTIONS', ...allowed })
          .send(null);
      },
    });
  });
};

async function bodyOf(request: FastifyRequest, mostBytes: number): Promise<Uint8Array> {
  const body = request.body instanceof Uint8Array ? request.body : NO_BYTES;
  if (body.length === 0) return Buffer.from(new URL(request.url, 'http://push').search.slice(1));
  const encoding = oneOf(request.headers['content-encoding']) ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip')
    throw new ApiError('ApiMediaTypeUnsupported', `bodies in the encoding "${encoding}" are not read here`);
  try {
    return await unzip(body, { maxOutputLength: mostBytes });
  } catch (cause) {
    const isTooLong = cause instanceof RangeError;
    if (isTooLong) throw new ApiError('ApiBodyTooLarge', `a body has at most ${mostBytes} bytes, unzipped`, { cause });
    throw new ApiError('ApiAttributeException', 'the body is not gzip, as its header says', { cause });
  }
}

function send(reply: FastifyReply, { status, headers, body }: PushAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(Buffer.from(body));
}
