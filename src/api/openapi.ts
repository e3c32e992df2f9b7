/** The OpenAPI 3.1 document, made from the schemas of the routes. */
import swagger from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { ApiApp } from './routing.ts';
import { API_ERRORS, type ApiErrorName } from './errors.ts';
import { errorBody } from './replies.ts';

const ABOUT = `Registers trackers, shows where each stands between registration and \`connected\` and why, and keeps what belongs to a
company: keys, credentials, groups. Every error has the form of the schema \`Error\`.`;

const SECURITY = {
  key: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key of the company' },
  bearer: { type: 'http', scheme: 'bearer', description: 'The same key' },
  legacy: {
    type: 'apiKey',
    in: 'header',
    name: 'X-BOTON-APIKEY',
    description: 'The same key, as clients of Astara Connect send it',
  },
} as const;

/** Errors that every route may answer with, and those of routes that take a body or a key. */
const COMMON: readonly ApiErrorName[] = ['ApiRateExceeded', 'ApiInternal', 'ApiStoreAway'];
const WITH_KEY: readonly ApiErrorName[] = ['ApiKeyMissing', 'ApiKeyInvalid', 'ApiForbidden'];
const WITH_INPUT: readonly ApiErrorName[] = ['ApiAttributeException', 'ApiAttributeMissing'];
const WITH_BODY: readonly ApiErrorName[] = ['ApiBodyTooLarge', 'ApiMediaTypeUnsupported'];

/** Every error a route can answer with. */
export function errorsOf({ config, schema }: Pick<RouteOptions, 'config' | 'schema'>): readonly ApiErrorName[] {
  const hasInput = [schema?.body, schema?.querystring, schema?.params].some((part) => part !== undefined);
  return [
    ...(config?.errors ?? []),
    ...(config?.access === 'public' ? [] : WITH_KEY),
    ...(hasInput ? WITH_INPUT : []),
    ...(schema?.body === undefined ? [] : WITH_BODY),
    ...COMMON,
  ];
}

/** Has the document made of all routes that are added from now on. `app.swagger()` gives it once the server is ready. */
export async function describeRoutes(app: ApiApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Odograph', version, description: ABOUT, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      components: { securitySchemes: SECURITY },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withOperationIds(inOrder(jsonSchemaTransformObject(document))),
  });
  app.addHook('onRoute', (route) => {
    const { config, schema } = route;
    if (schema === undefined || schema.hide === true) return;
    if (config?.access !== 'public') schema.security = Object.keys(SECURITY).map((name) => ({ [name]: [] }));
    Object.assign(schema, { 'x-access': config?.access });
    const response = schema.response as Record<string, unknown>;
    for (const [status, names] of Map.groupBy(errorsOf(route), (name) => API_ERRORS[name].httpCode)) {
      response[status] = { description: descriptionOf(names), content: { 'application/json': { schema: errorBody } } };
    }
  });
}

/** Has the schemas in the order of their names: else it would be that in which modules were loaded. */
function inOrder<Description extends object>(document: Description): Description {
  const { components } = document as { components?: { schemas?: object } };
  const schemas = Object.entries(components?.schemas ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...document, components: { ...components, schemas: Object.fromEntries(schemas) } };
}

/** Names every operation by its method and address: `post_v1_trackers_oid_cancel`. */
function withOperationIds<Description extends { paths?: object }>(document: Description): Description {
  for (const [url, item] of Object.entries(document.paths ?? {}) as [string, Record<string, object>][]) {
    for (const [method, operation] of Object.entries(item)) {
      // A copy: a route with several methods is one operation to its description.
      item[method] = { ...operation, operationId: `${method}${url.replaceAll(/\W+/g, '_').replace(/_$/, '')}` };
    }
  }
  return document;
}

function descriptionOf(names: readonly ApiErrorName[]): string {
  return names.map((name) => `\`${name}\` (${API_ERRORS[name].errCode}): ${API_ERRORS[name].means}`).join(' ');
}
