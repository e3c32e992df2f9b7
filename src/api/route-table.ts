/** Which routes there are, as they say it themselves. */
import type { HTTPMethods } from 'fastify';
import { GatewayError } from '#errors/gateway-error';
import type { Access } from './access.ts';
import { API_ERRORS, ApiError, type ApiErrorName } from './errors.ts';
import { errorsOf } from './openapi.ts';
import type { ApiApp } from './routing.ts';

/** A route, without what it does. */
export interface RouteFacts {
  method: HTTPMethods;
  /** With `:name` where a parameter stands. */
  url: string;
  access: Access;
  /** What it answers with besides its own answer. */
  errors: readonly ApiErrorName[];
  takesBody: boolean;
}

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY'];

/** Keeps a table of all routes that are added from now on, and refuses one that does not say who may call it. */
export function keepRouteTable(app: ApiApp): readonly RouteFacts[] {
  const table: RouteFacts[] = [];
  app.addHook('onRoute', (route) => {
    const { url, config, schema } = route;
    for (const method of [route.method].flat()) {
      if (method === 'OPTIONS' || method === 'HEAD' || schema?.hide === true) continue;
      if (config?.access === undefined)
        throw new GatewayError('bug_invariant', `${method} ${url} does not say who may call it`);
      const { access } = config;
      table.push({ method, url, access, errors: errorsOf(route), takesBody: schema?.body !== undefined });
    }
  });
  app.decorate('routeTable', table);
  return table;
}

/** Has every address say which methods it has, to whoever comes with another. */
export function refuseOtherMethods(app: ApiApp, table: readonly RouteFacts[]): void {
  for (const [url, routes] of Map.groupBy(table, (route) => route.url)) {
    const has = routes.map(({ method }) => method);
    const allow = [...has, ...(has.includes('GET') ? ['HEAD'] : [])].sort().join(', ');
    app.route({
      method: METHODS.filter((method) => !has.includes(method)),
      url,
      config: { access: 'public' },
      schema: { hide: true },
      // Before anything of the request is read: what its body would have to be does not matter.
      onRequest: () => {
        const text = `${API_ERRORS.ApiMethodNotAllowed.means} Here: ${allow}`;
        return Promise.reject(new ApiError('ApiMethodNotAllowed', text, { headers: { allow } }));
      },
      handler: (_request, reply) => reply,
    });
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    routeTable: readonly RouteFacts[];
  }
}
