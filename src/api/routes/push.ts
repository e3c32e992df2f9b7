import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { TLSSocket } from 'node:tls';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerTo } from '../../push/answers.ts';
import { spend } from '../authentication.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';

const unzip = promisify(gunzip);
const NO_BYTES = new Uint8Array();
const MINUTE_MS = 60_000;
const TOO_MANY = 'too many requests from this address that lead nowhere or prove nothing';

/**
 * `/push/{token}`: where clouds and senders push. The address is a secret of its endpoint, which may ask for more proof. Bodies of
 * every type are read raw; where a GET or an empty POST brings a query, that is the body.
 */
export const pushRoutes: Routes = (app, { push: { intake, bodyBytes, failuresPerMinute } }) => {
  const failures = app.createRateLimit({
    max: failuresPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ ip }) => `push ${ip}`,
  });
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
      onRequest: async (request) => {
        await spend(failures, request, TOO_MANY, false);
      },
      handler: async (request, reply) => {
        const body = await bodyOf(request, bodyBytes);
        const { token } = request.params as { token: string };
        const { headers, ip, socket } = request;
        const outcome = await intake.take({
          token,
          peer: `${ip}:${socket.remotePort ?? 0}`,
          body,
          header: (name) => oneOf(headers[name.toLowerCase()]),
          certificate: certificateOf(request),
        });
        if (outcome.kind === 'unknown' || outcome.kind === 'forged') await spend(failures, request, TOO_MANY, true);
        return send(reply, answerTo(outcome));
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

/** The client certificate, where the TLS of the API has verified one. */
function certificateOf({ socket }: FastifyRequest): { commonName: string; fingerprint256: string } | null {
  const tls = socket as Partial<TLSSocket>;
  if (tls.authorized !== true || tls.getPeerCertificate === undefined) return null;
  const { subject, fingerprint256 } = tls.getPeerCertificate();
  const name: unknown = subject?.CN;
  return { commonName: typeof name === 'string' ? name : '', fingerprint256: fingerprint256 ?? '' };
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function send(reply: FastifyReply, { status, headers, body }: ReturnType<typeof answerTo>): FastifyReply {
  return reply.code(status).headers(headers).send(Buffer.from(body));
}
