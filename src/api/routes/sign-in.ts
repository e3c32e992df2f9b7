import { z } from 'zod';
import type { Clock } from '#model/clocks';
import { cookieOf, SESSION_COOKIE, setCookie, SIGN_IN_COOKIE } from '../../sign-in/cookies.ts';
import { SIGN_IN_MS, type OidcSignIn } from '../../sign-in/oidc.ts';
import type { OpenedSession } from '../../sign-in/sessions.ts';
import { callerIn, CONSOLE_HEADER, requireConsole } from '../authentication.ts';
import { ApiError } from '../errors.ts';
import type { ApiApp, Routes } from '../routing.ts';
import type { ApiServices } from '../services.ts';
import { callerShape, shownCaller } from './caller.ts';

/** Folder of all that the sign-in at a provider needs the browser to remember. */
const SIGN_IN_PATH = '/';

/**
 * `/console/session`: signing in to the console and out. The session is a cookie that no script can read; with it the console calls
 * the API as with a key.
 */
export const signInRoutes: Routes = (app, { companies, keys, sessions, oidc, now }) => {
  const tags = ['console'];
  app.route({
    method: 'GET',
    url: '/console/session',
    config: { access: 'public' },
    schema: {
      tags,
      summary: 'Tells who is signed in to the console, and how one can sign in',
      response: {
        200: z.object({
          caller: callerShape.nullable().meta({ description: 'Null where nobody is signed in' }),
          provider: z
            .string()
            .nullable()
            .meta({ description: 'Name of the identity provider at `/console/oidc`; null for none' }),
        }),
      },
    },
    handler: async (request) => {
      const found = await sessions.find(cookieOf(request.headers.cookie, SESSION_COOKIE) ?? '');
      return {
        caller: found === null ? null : await shownCaller(callerIn(found), companies),
        provider: oidc?.name ?? null,
      };
    },
  });

  app.route({
    method: 'POST',
    url: '/console/session',
    config: { access: 'public', errors: ['ApiKeyInvalid', 'ApiForbidden'] },
    schema: {
      tags,
      summary: 'Signs in to the console with a key: the answer sets a cookie, which no script can read',
      description: `Asked for with the header \`${CONSOLE_HEADER}\`, which pages of other sites cannot send.`,
      body: z.strictObject({ key: z.string().min(1).max(200) }),
      response: { 201: callerShape },
    },
    handler: async (request, reply) => {
      requireConsole(request);
      const { key, refusal } = await keys.check(request.body.key);
      if (key === null) throw new ApiError('ApiKeyInvalid', refusal);
      const opened = await sessions.openForKey(key);
      void reply.header('set-cookie', sessionCookie(opened, request.protocol));
      const { companyId, id, role } = key;
      const caller = await shownCaller({ companyId, keyId: id, role, by: `key ${id}`, proof: id }, companies);
      return reply.code(201).send(caller);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/console/session',
    config: { access: 'public', errors: ['ApiForbidden'] },
    schema: { tags, summary: 'Signs out of the console', response: { 204: z.null() } },
    handler: async (request, reply) => {
      requireConsole(request);
      const token = cookieOf(request.headers.cookie, SESSION_COOKIE);
      if (token !== undefined) await sessions.end(token);
      void reply.header('set-cookie', sessionCookie({ token: '', expiresAt: 0 }, request.protocol));
      return reply.code(204).send(null);
    },
  });

  if (oidc !== null) providerRoutes(app, sessions, oidc.signIn, now);
};

/** `/console/oidc`: to the identity provider, and back from it. */
function providerRoutes(app: ApiApp, sessions: ApiServices['sessions'], signIn: OidcSignIn, now: Clock): void {
  const open = { config: { access: 'public' }, schema: { hide: true } } as const;

  app.route({
    method: 'GET',
    url: '/console/oidc',
    ...open,
    handler: async (request, reply) => {
      const begun = await signIn.begin();
      if (begun === null) return reply.redirect(backWith('away'), 303);
      const cookie = { name: SIGN_IN_COOKIE, value: begun.binding, expiresAt: now() + SIGN_IN_MS, path: SIGN_IN_PATH };
      // Lax: the provider sends the browser back, which is another site.
      void reply.header('set-cookie', setCookie({ ...cookie, secure: request.protocol === 'https', sameSite: 'Lax' }));
      return reply.header('cache-control', 'no-store').redirect(begun.url, 303);
    },
  });

  app.route({
    method: 'GET',
    url: '/console/oidc/callback',
    ...open,
    handler: async (request, reply) => {
      const secure = request.protocol === 'https';
      const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
      const ended = await signIn.end(cookieOf(request.headers.cookie, SIGN_IN_COOKIE), query);
      const used = setCookie({ name: SIGN_IN_COOKIE, value: '', expiresAt: 0, path: SIGN_IN_PATH, secure, sameSite: 'Lax' });
      void reply.header('cache-control', 'no-store');
      if ('problem' in ended) return reply.header('set-cookie', used).redirect(`../${backWith(ended.problem)}`, 303);
      const opened = await sessions.openFor(ended.person);
      return reply.header('set-cookie', [used, sessionCookie(opened, request.protocol)]).redirect('../', 303);
    },
  });
}

/** Where the browser goes to be told why nobody is signed in: the console has the words. */
function backWith(problem: string): string {
  return `./#/?sign_in=${problem}`;
}

function sessionCookie({ token, expiresAt }: OpenedSession, protocol: string): string {
  const secure = protocol === 'https';
  return setCookie({ name: SESSION_COOKIE, value: token, expiresAt, secure, sameSite: 'Strict', path: '/' });
}
