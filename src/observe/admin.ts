import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import { boundConnections, serverOptions, type HttpBounds } from '../http-port/bounds.ts';
import { INSTANCE_HEADER } from './admin-address.ts';
import type { Logger } from './logger.ts';
import { reasonsAgainst, type ReadinessCheck } from './readiness.ts';

/** A stream of bytes that goes on until one side ends it, or why there is none. */
export type FeedAnswer = { type: string; stream: Readable } | { status: number; error: string };

/** Opens a stream for whoever asks. `host` is what the request calls this gateway. */
export type Feed = (query: URLSearchParams, host: string) => FeedAnswer;

/** What the admin port shows. */
export interface AdminSources {
  readiness: readonly ReadinessCheck[];
  metrics: { text: () => Promise<string>; readonly contentType: string };
  /** Questions of the command line, by name: what comes as JSON to `POST /ask/<name>` is answered as JSON. */
  answers?: Readonly<Record<string, (question: unknown) => unknown>>;
  logger: Logger;
  /** Streams by their path. */
  feeds?: Readonly<Record<string, Feed>>;
  /** Hears of what was not taken, and why. */
  refused?: (code: ErrorCode) => void;
}

/** Where the admin port is, and what its callers may cost. */
export interface AdminSettings {
  host: string;
  port: number;
  connections?: number;
  /** Of one address. */
  requestsPerMinute?: number;
}

const CONNECTIONS = 100;
const REQUESTS_PER_MINUTE = 6_000;
const MINUTE_MS = 60_000;
const HEADER_BYTES = 16 * 1024;
const TIMEOUT_MS = 10_000;

/** The running admin port. */
export interface Admin {
  /** The port bound, also where the configuration said 0. */
  port: number;
  /** Names this gateway to commands that ask it. */
  instance: string;
  close: () => Promise<void>;
}

/** Tells that a question is to blame rather than the gateway: it is no JSON, or not of the form that is asked for. */
function isOfTheAsker(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  return error.name === 'ZodError' || error.name === '$ZodError' || (status >= 400 && status < 500);
}

/**
 * Opens the admin port: `/livez` answers as long as the event loop turns, `/readyz` says with reasons whether devices should
 * be sent here, `/metrics` is for Prometheus, `/ask/<name>` and the feeds for the command line. Throws `listener_bind`.
 */
export async function openAdmin(at: AdminSettings, sources: AdminSources): Promise<Admin> {
  const { connections = CONNECTIONS, requestsPerMinute = REQUESTS_PER_MINUTE } = at;
  const bounds: HttpBounds = {
    connections,
    connectionsPerAddress: connections,
    headerBytes: HEADER_BYTES,
    headersTimeoutMs: TIMEOUT_MS,
    requestTimeoutMs: TIMEOUT_MS,
  };
  const app = Fastify({ logger: false, forceCloseConnections: true, requestTimeout: TIMEOUT_MS, http: serverOptions(bounds) });
  const refused = sources.refused ?? (() => undefined);
  boundConnections(app.server, bounds, refused);
  await app.register(rateLimit, { max: requestsPerMinute, timeWindow: MINUTE_MS });
  app.get('/livez', () => ({ live: true }));
  app.get('/readyz', (_request, reply) => {
    const reasons = reasonsAgainst(sources.readiness);
    const ready = reasons.length === 0;
    return reply.code(ready ? 200 : 503).send({ ready, reasons });
  });
  app.get('/metrics', async (_request, reply) => reply.type(sources.metrics.contentType).send(await sources.metrics.text()));
  const instance = randomBytes(8).toString('hex');
  for (const [name, answer] of Object.entries(sources.answers ?? {})) {
    app.post(`/ask/${name}`, async (request, reply) => {
      if (request.headers[INSTANCE_HEADER] !== instance) return reply.code(409).send({ error: 'another gateway is meant' });
      return await answer(request.body);
    });
  }
  for (const [path, feed] of Object.entries(sources.feeds ?? {})) {
    app.get(path, (request, reply) => {
      const answer = feed(new URL(request.url, 'http://admin').searchParams, request.hostname);
      if ('error' in answer) return reply.code(answer.status).send({ error: answer.error });
      return reply.type(answer.type).send(answer.stream);
    });
  }
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 429) {
      refused('session_rate');
      return reply.code(429).send({ error: error.message });
    }
    if (isOfTheAsker(error)) return reply.code(400).send({ error: error.message });
    sources.logger.error({ err: error }, 'the admin port failed to answer');
    return reply.code(500).send({ error: 'internal' });
  });
  try {
    await app.listen({ host: at.host, port: at.port });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('listener_bind', `admin port ${at.host}:${at.port}: ${why}`, { cause: error });
  }
  return { port: (app.server.address() as AddressInfo).port, instance, close: () => app.close() };
}
