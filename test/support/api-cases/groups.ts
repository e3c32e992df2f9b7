import { expect } from 'vitest';
import { hasNothingOf } from './lists.ts';
import type { RouteCases, World } from './route-case.ts';
import { aGroup, aTracker } from './things.ts';

const nowhere = { params: { id: 'nowhere' } };
const group = async (world: World) => ({ params: { id: await aGroup(world) } });
const member = async (world: World) => {
  const params = { id: await aGroup(world), oid: await aTracker(world) };
  await world.api.ask('PUT', `/v1/groups/${params.id}/trackers/${params.oid}`, { key: world.key });
  return { params };
};
const missing = (world: World) => aTracker(world).then((oid) => ({ params: { id: 'nowhere', oid } }));

async function slugTwice(world: World) {
  const slug = `g${world.fresh()}`;
  await world.api.ask('POST', '/v1/groups', { key: world.key, body: { slug, name: 'a' } });
  return { body: { slug, name: 'b' } };
}

export const GROUP_CASES: RouteCases = {
  'GET /v1/groups': {
    request: async (world) => {
      await aGroup(world);
      return {};
    },
    status: 200,
    tenancy: hasNothingOf(({ api, companyId }) => api.services.groups.list(companyId, { most: 500 })),
  },
  'POST /v1/groups': {
    request: (world) => ({ body: { slug: `g${world.fresh()}`, name: 'North' } }),
    status: 201,
    // Two companies may have a group of the same slug: neither hears of the other's.
    tenancy: ({ status }) => expect(status).toBe(201),
    errors: {
      GroupSlugNotUnique: slugTwice,
      GroupMaxNumber: (world) => {
        const body = { slug: '', name: 'N', email: null, createdAt: 0 };
        const filed = { companyId: world.companyId, uniqueKey: null, dueAt: null, body };
        const insert = Array.from({ length: 1_000 }, () => ({ ...filed, id: `n${world.fresh()}` }));
        world.api.store.documents.writeAll(insert.map((each) => ({ collection: 'groups', insert: each })));
        return { body: { slug: `g${world.fresh()}`, name: 'North' } };
      },
    },
  },
  'GET /v1/groups/:id': {
    request: group,
    status: 200,
    tenancy: 'GroupNotFound',
    errors: { GroupNotFound: () => nowhere },
  },
  'PATCH /v1/groups/:id': {
    request: async (world) => ({ ...(await group(world)), body: { name: 'South' } }),
    status: 200,
    tenancy: 'GroupNotFound',
    errors: {
      GroupNotFound: () => ({ ...nowhere, body: { name: 'South' } }),
      GroupSlugNotUnique: async (world) => {
        const { body } = await slugTwice(world);
        return { ...(await group(world)), body: { slug: body.slug } };
      },
    },
  },
  'DELETE /v1/groups/:id': {
    request: group,
    status: 200,
    tenancy: 'GroupNotFound',
    errors: { GroupNotFound: () => nowhere },
  },
  'GET /v1/groups/:id/trackers': {
    request: member,
    status: 200,
    tenancy: 'GroupNotFound',
    errors: { GroupNotFound: () => nowhere },
  },
  'PUT /v1/groups/:id/trackers/:oid': {
    request: member,
    status: 204,
    tenancy: 'TrackerNotFound',
    errors: {
      GroupNotFound: missing,
      TrackerNotFound: async (world) => ({ params: { id: await aGroup(world), oid: 'nowhere' } }),
    },
  },
  'DELETE /v1/groups/:id/trackers/:oid': {
    request: member,
    status: 204,
    tenancy: 'GroupNotFound',
    errors: { GroupNotFound: missing },
  },
};
