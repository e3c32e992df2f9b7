import { z } from 'zod';
import type { Group, GroupFacts } from '../../registry/groups.ts';
import type { ApiApp, Routes } from '../routing.ts';
import type { ApiServices } from '../services.ts';
import { cutPage, pageOf, pageQuery, time, timeOf } from '../shapes.ts';
import { shownTracker, trackerShape } from '../tracker-shapes.ts';

const groupShape = z
  .object({ id: z.string(), slug: z.string(), name: z.string(), email: z.string().nullable(), created_at: time })
  .meta({ id: 'Group' });

const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, { error: 'has 1 to 64 lower-case letters, digits and hyphens' })
  .meta({ description: 'Unique among the groups of the company' });
const name = z.string().trim().min(1).max(100);
const email = z.email().max(254).nullable().meta({ description: 'Where notifications about the group go' });

const params = z.object({ id: z.string().min(1).max(64).meta({ description: 'Id of the group' }) });
const memberParams = params.extend({ oid: z.string().min(1).max(64).meta({ description: 'Oid of the tracker' }) });
const nothing = z.null().meta({ description: 'Done' });

function shown({ id, slug: of, name: called, email: to, createdAt }: Group) {
  return { id, slug: of, name: called, email: to, created_at: timeOf(createdAt) };
}

/** `/v1/groups`: trackers gathered for a purpose. */
export const groupRoutes: Routes = (app, services) => {
  addGroups(app, services);
  addMembers(app, services);
};

function addGroups(app: ApiApp, { groups }: ApiServices): void {
  app.route({
    method: 'GET',
    url: '/v1/groups',
    config: { access: 'read' },
    schema: {
      tags: ['groups'],
      summary: 'Lists the groups of the company',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(groupShape) },
    },
    handler: async ({ caller: { companyId }, query: { cursor, limit } }) => {
      const found = await groups.list(companyId, { afterId: cursor, most: limit + 1 });
      const { items, next_cursor } = cutPage(found, limit, ({ id }) => id);
      return { items: items.map(shown), next_cursor };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/groups',
    config: { access: 'admin', errors: ['GroupSlugNotUnique', 'GroupMaxNumber'] },
    schema: {
      tags: ['groups'],
      summary: 'Makes a group',
      body: z.strictObject({ slug, name, email: email.default(null) }),
      response: { 201: groupShape },
    },
    handler: async ({ caller: { companyId }, body }, reply) =>
      reply.code(201).send(shown(await groups.create(companyId, body))),
  });

  app.route({
    method: 'GET',
    url: '/v1/groups/:id',
    config: { access: 'read', errors: ['GroupNotFound'] },
    schema: { tags: ['groups'], summary: 'Shows a group', params, response: { 200: groupShape } },
    handler: async ({ caller: { companyId }, params: { id } }) => shown(await groups.get(companyId, id)),
  });

  app.route({
    method: 'PATCH',
    url: '/v1/groups/:id',
    config: { access: 'admin', errors: ['GroupNotFound', 'GroupSlugNotUnique'] },
    schema: {
      tags: ['groups'],
      summary: 'Changes what is said of a group',
      params,
      body: z.strictObject({ slug: slug.optional(), name: name.optional(), email: email.optional() }),
      response: { 200: groupShape },
    },
    handler: async ({ caller: { companyId }, params: { id }, body }) => {
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<GroupFacts>;
      return shown(await groups.update(companyId, id, given));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/groups/:id',
    config: { access: 'admin', errors: ['GroupNotFound'] },
    schema: { tags: ['groups'], summary: 'Removes a group; its trackers stay', params, response: { 200: groupShape } },
    handler: async ({ caller: { companyId }, params: { id } }) => shown(await groups.remove(companyId, id)),
  });
}

function addMembers(app: ApiApp, { groups, trackers }: ApiServices): void {
  app.route({
    method: 'GET',
    url: '/v1/groups/:id/trackers',
    config: { access: 'read', errors: ['GroupNotFound'] },
    schema: {
      tags: ['groups'],
      summary: 'Lists the trackers of a group',
      params,
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(trackerShape) },
    },
    handler: async ({ caller: { companyId }, params: { id }, query: { cursor, limit } }) => {
      const found = await trackers.list(companyId, { groupId: id, afterOid: cursor, most: limit });
      return { items: found.trackers.map(shownTracker), next_cursor: found.next };
    },
  });

  app.route({
    method: 'PUT',
    url: '/v1/groups/:id/trackers/:oid',
    config: { access: 'admin', errors: ['GroupNotFound', 'TrackerNotFound'] },
    schema: {
      tags: ['groups'],
      summary: 'Puts a tracker into a group, where it may be already',
      params: memberParams,
      response: { 204: nothing },
    },
    handler: async ({ caller: { companyId }, params: { id, oid } }, reply) => {
      await trackers.get(companyId, oid);
      await groups.addMember(companyId, id, oid);
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/groups/:id/trackers/:oid',
    config: { access: 'admin', errors: ['GroupNotFound'] },
    schema: {
      tags: ['groups'],
      summary: 'Takes a tracker out of a group, where it may not be',
      params: memberParams,
      response: { 204: nothing },
    },
    handler: async ({ caller: { companyId }, params: { id, oid } }, reply) => {
      await groups.removeMember(companyId, id, oid);
      return reply.code(204).send(null);
    },
  });
}
