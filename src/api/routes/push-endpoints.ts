import { z } from 'zod';
import type { PushEndpoint } from '../../push/endpoints.ts';
import type { ProofRule } from '../../push/proof.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';
import { cutPage, pageOf, pageQuery, time, timeOf, timeOrNull } from '../shapes.ts';

const secrets = z
  .array(z.string().min(16).max(500))
  .min(1)
  .max(4)
  .meta({ description: 'Each is accepted, so that one can take the place of another' });
const header = z.string().regex(/^[A-Za-z0-9-]{1,100}$/);

/** What requests must prove, as it comes in the API. */
const proofShape = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('path') }),
    z.strictObject({ kind: z.literal('header'), header, secrets }),
    z.strictObject({ kind: z.literal('basic'), secrets: secrets.meta({ description: '`user:password`' }) }),
    z.strictObject({ kind: z.literal('bearer'), secrets }),
    z.strictObject({
      kind: z.literal('hmac'),
      header,
      prefix: z.string().max(40).default(''),
      timestamp_header: header.nullable().default(null),
      secrets,
    }),
    z.strictObject({ kind: z.literal('standard-webhooks'), secrets }),
    z.strictObject({ kind: z.literal('mtls'), names: z.array(z.string().min(1).max(200)).min(1).max(20) }),
  ])
  .meta({ id: 'PushProof' });

const endpointShape = z
  .object({
    id: z.string(),
    name: z.string(),
    protocol: z.string(),
    ident: z.string().nullable().meta({ description: 'Device that everything here is of; null where the bodies name theirs' }),
    proof: z.string().meta({ description: 'Kind of the proof; its secrets are never shown' }),
    created_at: time,
    expires_at: time.nullable(),
  })
  .meta({ id: 'PushEndpoint' });

const madeShape = z
  .object({
    endpoint: endpointShape,
    path: z.string().meta({ description: 'Where to push, on this host: shown this once, and a secret' }),
  })
  .meta({ id: 'MadePushEndpoint' });
const params = z.object({ id: z.uuid() });
const name = z.string().trim().min(1).max(100);

function shown({ id, name: called, protocol, ident, proof, createdAt, expiresAt }: PushEndpoint) {
  return { id, name: called, protocol, ident, proof, created_at: timeOf(createdAt), expires_at: timeOrNull(expiresAt) };
}

const pathOf = (token: string): string => `/push/${token}`;

function ruleOf(proof: z.output<typeof proofShape>): ProofRule {
  if (proof.kind !== 'hmac') return proof;
  const { timestamp_header: timestampHeader, ...rest } = proof;
  return { ...rest, timestampHeader };
}

/** `/v1/push-endpoints`: where the clouds of the caller's company push. */
export const pushEndpointRoutes: Routes = (app, services) => {
  addCollection(app, services);
  addSingle(app, services);
  addEnds(app, services);
};

const addCollection: Routes = (app, { push: { endpoints, protocols } }) => {
  app.route({
    method: 'GET',
    url: '/v1/push-endpoints',
    config: { access: 'read' },
    schema: {
      tags: ['push'],
      summary: 'Lists the push endpoints of the company',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(endpointShape) },
    },
    handler: async ({ caller, query: { cursor, limit } }) => {
      const page = { most: limit + 1, ...(cursor === undefined ? {} : { afterId: cursor }) };
      const { items, next_cursor } = cutPage(await endpoints.list(caller.companyId, page), limit, ({ id }) => id);
      return { items: items.map(shown), next_cursor };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/push-endpoints',
    config: { access: 'admin' },
    schema: {
      tags: ['push'],
      summary: 'Makes an endpoint, whose address is shown this once',
      body: z.strictObject({
        name,
        protocol: z.string().max(40),
        ident: z.string().trim().min(1).max(128).nullable().default(null),
        proof: proofShape.default({ kind: 'path' }),
      }),
      response: { 201: madeShape },
    },
    handler: async ({ caller: { companyId }, body }, reply) => {
      if (!protocols.includes(body.protocol)) {
        throw new ApiError(
          'ApiAttributeException',
          `protocol "${body.protocol}" is not pushed; there are ${protocols.join(', ')}`,
        );
      }
      const { proof, ...facts } = body;
      const { endpoint, token } = await endpoints.create({ ...facts, companyId, rule: ruleOf(proof) });
      return reply.code(201).send({ endpoint: shown(endpoint), path: pathOf(token) });
    },
  });
};

const addSingle: Routes = (app, { push: { endpoints } }) => {
  app.route({
    method: 'GET',
    url: '/v1/push-endpoints/:id',
    config: { access: 'read', errors: ['PushEndpointNotFound'] },
    schema: { tags: ['push'], summary: 'Gives a push endpoint', params, response: { 200: endpointShape } },
    handler: async ({ caller, params: { id } }) => shown(await endpoints.get(caller.companyId, id)),
  });

  app.route({
    method: 'PATCH',
    url: '/v1/push-endpoints/:id',
    config: { access: 'admin', errors: ['PushEndpointNotFound'] },
    schema: {
      tags: ['push'],
      summary: 'Changes the name of an endpoint, or what requests must prove',
      params,
      body: z.strictObject({ name: name.optional(), proof: proofShape.optional() }),
      response: { 200: endpointShape },
    },
    handler: async ({ caller, params: { id }, body }) => {
      const changes = {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.proof === undefined ? {} : { rule: ruleOf(body.proof) }),
      };
      return shown(await endpoints.update(caller.companyId, id, changes));
    },
  });
};

const addEnds: Routes = (app, { push: { endpoints } }) => {
  app.route({
    method: 'POST',
    url: '/v1/push-endpoints/:id/rotate',
    config: { access: 'admin', errors: ['PushEndpointNotFound'] },
    schema: {
      tags: ['push'],
      summary: 'Gives an endpoint a new address; the one before stays good for the grace time',
      params,
      body: z.strictObject({ grace_hours: z.int().min(0).max(720).default(24) }),
      response: { 201: madeShape },
    },
    handler: async ({ caller, params: { id }, body }, reply) => {
      const { endpoint, token } = await endpoints.rotate(caller.companyId, id, body.grace_hours * 3_600_000);
      return reply.code(201).send({ endpoint: shown(endpoint), path: pathOf(token) });
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/push-endpoints/:id',
    config: { access: 'admin', errors: ['PushEndpointNotFound'] },
    schema: { tags: ['push'], summary: 'Ends an endpoint at once', params, response: { 204: z.null() } },
    handler: async ({ caller, params: { id } }, reply) => {
      await endpoints.remove(caller.companyId, id);
      return reply.code(204).send(null);
    },
  });
};
