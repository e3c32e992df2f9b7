/** The HTTP API: puts routes, authentication, limits and the OpenAPI document together, and opens the port. */
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyServerOptions, type preValidationHookHandler } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { GatewayError } from '#errors/gateway-error';
import { authenticate, type RateLimits } from './authentication.ts';
import type { ApiApp } from './routing.ts';
import { describeRoutes } from './openapi.ts';
import { answerErrors, answerRouterError, type Report } from './replies.ts';
import { keepRouteTable, refuseOtherMethods } from './route-table.ts';
import { ROUTES } from './routes.ts';
import type { ApiServices } from './services.ts';

/** How the API is opened. */
export interface ApiSettings extends RateLimits {
  host: string;
  port: number;
  /** Both given, the API speaks TLS. */
  certFile?: string | undefined;
  keyFile?: string | undefined;
  /** Authorities whose client certificates are believed. */
  clientCaFile?: string | undefined;
  allowedOrigins: readonly string[];
  trustedProxies: readonly string[];
  bodyBytes: number;
}

/** What the server is made of. */
export interface ApiParts {
  settings: ApiSettings;
  services: ApiServices;
  /** Version of the gateway, for the document. */
  version: string;
  report: Report;
}

/** The running API. */
export interface Api {
  /** The port bound, also where the configuration said 0. */
  port: number;
  /** Takes no more requests and waits for those under way. */
  close: () => Promise<void>;
}

/** Makes the server with all its routes, without a port. Tests inject requests; the OpenAPI document is made of it. */
export async function makeServer({ settings, services, version, report }: ApiParts): Promise<ApiApp> {
  const { allowedOrigins, trustedProxies, bodyBytes } = settings;
  const options: FastifyServerOptions = {
    logger: false,
    forceCloseConnections: 'idle',
    bodyLimit: bodyBytes,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // Longer ones than any schema allows, so that the schema says so.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_024 },
    frameworkErrors: (error, _request, reply) => void answerRouterError(error, reply),
    ...tlsOf(settings),
  };
  const app = Fastify(options) as unknown as ApiApp;
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  takeNoBodyForEmpty(app);
  answerErrors(app, report);
  if (allowedOrigins.length > 0) await app.register(cors, { origin: allowedOrigins.includes('*') ? '*' : [...allowedOrigins] });
  await app.register(rateLimit, { global: false });
  await describeRoutes(app, version);
  const table = keepRouteTable(app);
  authenticate(app, services, settings);
  for (const addRoutes of ROUTES) addRoutes(app, services);
  // Routes that stand in scopes of their own come now.
  await app.after();
  refuseOtherMethods(app, table);
  await app.ready();
  return app;
}

/** Where a body is an object, none is one without attributes: a request whose attributes all have defaults need not have any. */
function takeNoBodyForEmpty(app: ApiApp): void {
  app.addHook('onRoute', (route) => {
    const body = route.schema?.body;
    if (!(body instanceof z.ZodType)) return;
    if (z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }).type !== 'object') return;
    route.preValidation = [takeNothingForEmpty, ...[route.preValidation ?? []].flat()];
  });
}

const takeNothingForEmpty: preValidationHookHandler = (request, _reply, done) => {
  if (request.headers['content-type'] === undefined) request.body ??= {};
  done();
};

/** Opens the API. Rejects with `listener_bind`, or `config_invalid` where the certificate is of no use. */
export async function openApi(parts: ApiParts): Promise<Api> {
  const { host, port } = parts.settings;
  const app = await makeServer(parts);
  try {
    await app.listen({ host, port });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('listener_bind', `API port ${host}:${port}: ${why}`, { cause: error });
  }
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}

function tlsOf({ certFile, keyFile, clientCaFile }: ApiSettings): object {
  if (certFile === undefined || keyFile === undefined) return {};
  try {
    // A certificate is asked for and none is needed: which endpoint wants one is not known before the request is read.
    const clients =
      clientCaFile === undefined ? {} : { ca: readFileSync(clientCaFile), requestCert: true, rejectUnauthorized: false };
    return { https: { cert: readFileSync(certFile), key: readFileSync(keyFile), ...clients } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('config_invalid', `the certificate of the API is of no use: ${why}`, { cause: error });
  }
}
