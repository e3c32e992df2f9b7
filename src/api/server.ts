/** The HTTP API: puts routes, authentication, limits and the OpenAPI document together, and opens the port. */
import type { AddressInfo } from 'node:net';
import type { Server as HttpsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyServerOptions, type preValidationHookHandler } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import { boundConnections, serverOptions, type HttpBounds } from '../http-port/bounds.ts';
import { AddressRanges } from '../listen/addresses.ts';
import { authenticate, type RateLimits } from './authentication.ts';
import type { ApiApp } from './routing.ts';
import { describeRoutes } from './openapi.ts';
import { openPushDoor, type PushDoorParts } from './push-door.ts';
import { answerErrors, answerRouterError, type Report } from './replies.ts';
import { keepRouteTable, refuseOtherMethods } from './route-table.ts';
import { ROUTES } from './routes.ts';
import type { ApiServices } from './services.ts';

/** Connections that the kernel keeps waiting while the gateway is busy. */
const QUEUE = 4_096;

/** How the API is opened. */
export interface ApiSettings extends RateLimits {
  host: string;
  port: number;
  allowedOrigins: readonly string[];
  trustedProxies: readonly string[];
  bodyBytes: number;
  bounds: HttpBounds;
}

/** The certificate of the API, which may change while it runs. */
export interface CertificateSource {
  readonly options: TlsOptions;
  onChange: (listener: (options: TlsOptions) => void) => void;
  close: () => void;
}

/** The part of the port that a request, a connection or what was none of both came to. */
export type RefusedAt = 'api' | 'push';

/** What the server is made of. */
export interface ApiParts {
  settings: ApiSettings;
  services: ApiServices;
  /** Version of the gateway, for the document. */
  version: string;
  report: Report;
  /** `null` speaks in the clear. */
  certificates?: CertificateSource | null;
  /** Hears of what was not taken, and why. */
  refused?: (at: RefusedAt, code: ErrorCode) => void;
}

/** The running API. */
export interface Api {
  /** The port bound, also where the configuration said 0. */
  port: number;
  /** Takes no more requests and waits for those under way. */
  close: () => Promise<void>;
}

/** Makes the server with all its routes, without a port. Tests inject requests; the OpenAPI document is made of it. */
export async function makeServer({
  settings,
  services,
  version,
  report,
  certificates = null,
  refused,
}: ApiParts): Promise<ApiApp> {
  const { allowedOrigins, trustedProxies, bodyBytes, bounds } = settings;
  const options: FastifyServerOptions = {
    logger: false,
    forceCloseConnections: 'idle',
    bodyLimit: bodyBytes,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // Longer ones than any schema allows, so that the schema says so.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_024 },
    frameworkErrors: (error, _request, reply) => void answerRouterError(error, reply),
    requestTimeout: bounds.requestTimeoutMs,
    ...(certificates === null
      ? { http: serverOptions(bounds) }
      : { https: { ...serverOptions(bounds), ...certificates.options } }),
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
  const proxies = trustedProxies.length === 0 ? null : new AddressRanges(trustedProxies);
  if (refused !== undefined) tellRefusals(app, settings, proxies, refused);
  const table = keepRouteTable(app);
  authenticate(app, services, settings);
  for (const addRoutes of ROUTES) addRoutes(app, services);
  // Routes that stand in scopes of their own come now.
  await app.after();
  refuseOtherMethods(app, table);
  // Whose pages may call is for the router to say, with each answer.
  if (allowedOrigins.length === 0) takePlainPushes(app, { push: services.push, report, proxies }, refused);
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

/** What an answer says of why a request was not taken. */
const REFUSALS: Readonly<Record<number, ErrorCode>> = { 401: 'session_credentials', 413: 'wire_length', 429: 'session_rate' };

function tellRefusals(
  app: ApiApp,
  { bounds }: ApiSettings,
  proxies: AddressRanges | null,
  refused: NonNullable<ApiParts['refused']>,
): void {
  boundConnections(app.server, bounds, (code) => refused('api', code), proxies);
  app.addHook('onResponse', (request, reply, done) => {
    const code = REFUSALS[reply.statusCode];
    if (code !== undefined) refused(request.url.startsWith('/push/') ? 'push' : 'api', code);
    done();
  });
}

function takePlainPushes(app: ApiApp, parts: Omit<PushDoorParts, 'answered'>, refused: ApiParts['refused']): void {
  const answered = (status: number): void => {
    const code = REFUSALS[status];
    if (code !== undefined) refused?.('push', code);
  };
  const door = openPushDoor(app.server, { ...parts, answered });
  // From then on the router answers that it closes.
  app.addHook('preClose', (done) => {
    door.close();
    done();
  });
}

/** Opens the API. Rejects with `listener_bind`. */
export async function openApi(parts: ApiParts): Promise<Api> {
  const { host, port } = parts.settings;
  const app = await makeServer(parts);
  try {
    await app.listen({ host, port, backlog: QUEUE });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('listener_bind', `API port ${host}:${port}: ${why}`, { cause: error });
  }
  // Connections there are stay as they are.
  parts.certificates?.onChange((options) => (app.server as unknown as HttpsServer).setSecureContext(options));
  return {
    port: (app.server.address() as AddressInfo).port,
    close: async () => {
      parts.certificates?.close();
      await app.close();
    },
  };
}
