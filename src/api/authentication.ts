/** Finds out who makes a request, before anything of it but its headers is read. */
import type { FastifyRequest } from 'fastify';
import { cookieOf, SESSION_COOKIE } from '../sign-in/cookies.ts';
import type { SignedIn } from '../sign-in/sessions.ts';
import type { ApiApp } from './routing.ts';
import { mayCall, rolesFor, type Caller } from './access.ts';
import { ApiError } from './errors.ts';
import type { ApiServices } from './services.ts';

/** Bounds against guessing and against flooding, per minute. */
export interface RateLimits {
  requestsPerMinute: number;
  failedKeysPerMinute: number;
}

const MINUTE_MS = 60_000;
const CHALLENGE = { 'www-authenticate': 'Bearer' };

/** Has every request to a route that is not public prove who makes it. The plugin `@fastify/rate-limit` must be there. */
export function authenticate(app: ApiApp, services: ApiServices, limits: RateLimits): void {
  const requests = app.createRateLimit({
    max: limits.requestsPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ caller, ip }) => (caller.proof === '' ? `address ${ip}` : `caller ${caller.proof}`),
  });
  const failures = app.createRateLimit({
    max: limits.failedKeysPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ ip }) => `failures ${ip}`,
  });
  const nobody: Caller = { companyId: '', keyId: '', role: 'read', by: '', proof: '' };
  app.decorateRequest('caller', null as unknown as Caller);
  app.addHook('onRequest', async (request) => {
    request.caller = nobody;
    const { access, ownLimits } = request.routeOptions.config;
    if (request.is404 || access === undefined || access === 'public') {
      if (ownLimits !== true) await spend(requests, request, 'too many requests from this address', true);
      return;
    }
    await spend(failures, request, 'too many requests without a valid key from this address', false);
    try {
      request.caller = await callerOf(request, services);
    } catch (error) {
      if (error instanceof ApiError) await spend(failures, request, 'too many requests without a valid key', true);
      throw error;
    }
    await spend(requests, request, 'too many requests with this key', true);
    const { role } = request.caller;
    if (!mayCall(role, access)) {
      throw new ApiError('ApiForbidden', `this takes a key with the role ${rolesFor(access)}, yours has ${role}`);
    }
  });
}

/** Counts a request against a limit, or only asks whether it is spent. Throws `ApiRateExceeded` where it is. */
export async function spend(
  limit: ReturnType<ApiApp['createRateLimit']>,
  request: FastifyRequest,
  what: string,
  increment: boolean,
): Promise<void> {
  const left = await limit(request, { increment });
  if (left.isAllowed || !left.isExceeded) return;
  throw new ApiError('ApiRateExceeded', `${what}: go on in ${left.ttlInSeconds} s`, {
    headers: { 'retry-after': String(left.ttlInSeconds) },
  });
}

async function callerOf(request: FastifyRequest, { keys, sessions }: ApiServices): Promise<Caller> {
  const given = keysIn(request);
  const [text] = given;
  const cookie = cookieOf(request.headers.cookie, SESSION_COOKIE);
  if (text === undefined && cookie !== undefined) return sessionCaller(request, cookie, sessions);
  if (text === undefined) {
    const hint = 'give your key in the header X-API-Key, or as Authorization: Bearer';
    throw new ApiError('ApiKeyMissing', hint, { headers: CHALLENGE });
  }
  if (given.size > 1) throw new ApiError('ApiKeyInvalid', 'the headers name different keys', { headers: CHALLENGE });
  const { key, refusal } = await keys.check(text);
  if (key === null) throw new ApiError('ApiKeyInvalid', refusal, { headers: CHALLENGE });
  return { companyId: key.companyId, keyId: key.id, role: key.role, by: `key ${key.id}`, proof: key.id };
}

/** Who has a session of the console. A request that changes something must come from the console itself. */
async function sessionCaller(request: FastifyRequest, token: string, sessions: ApiServices['sessions']): Promise<Caller> {
  const found = await sessions.find(token);
  if (found === null) throw new ApiError('ApiKeyInvalid', 'the session has ended: sign in again', { headers: CHALLENGE });
  requireConsole(request);
  return callerIn(found);
}

/** Who makes a request with a session. */
export function callerIn({ sessionId, keyId, companyId, role, name }: SignedIn): Caller {
  return { companyId, keyId: keyId ?? '', role, by: keyId === null ? name : `key ${keyId}`, proof: `session:${sessionId}` };
}

/** Header that pages of other sites cannot send along. */
export const CONSOLE_HEADER = 'x-odograph-console';
const HARMLESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another page has a browser do with the cookie of the console: browsers say where a request comes from, and only the
 * console's own script sends its header.
 */
export function requireConsole({ method, headers, host }: Pick<FastifyRequest, 'method' | 'headers' | 'host'>): void {
  if (HARMLESS.has(method)) return;
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOwn = site === undefined ? origin === undefined || hostOf(origin) === host : site === 'same-origin';
  if (headers[CONSOLE_HEADER] !== undefined && isOwn) return;
  throw new ApiError(
    'ApiForbidden',
    `with a session of the console, only the console changes things: it sends ${CONSOLE_HEADER}`,
  );
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

/** The keys that a request names, each once. */
function keysIn({ headers }: FastifyRequest): ReadonlySet<string> {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const all = [headers['x-api-key'], headers['x-boton-apikey'], bearer];
  return new Set(all.filter((text) => typeof text === 'string' && text !== '') as string[]);
}
