import type { RouteCases, World } from './route-case.ts';
import { aTracker, made } from './things.ts';

const SECRET = 'p'.repeat(43);
const NOWHERE = { params: { oid: 'nowhere', id: '00000000-0000-4000-8000-000000000000' } };

/** A tracker of the page, waiting for data. */
async function aPageTracker(world: World): Promise<{ oid: string }> {
  return { oid: await aTracker(world, { tracker_id: `driver ${world.fresh()}`, provider: 'html5', type: 'oem' }) };
}

async function aLink(world: World, params?: { oid: string }): Promise<{ oid: string; id: string; token: string }> {
  const { oid } = params ?? (await aPageTracker(world));
  const { link, url } = await made(world, 'POST', `/v1/trackers/${oid}/html5-links`, {});
  return { oid, id: (link as { id: string }).id, token: String(url).split('#')[1] ?? '' };
}

async function aPage(world: World): Promise<{ oid: string; address: string }> {
  const { oid, token } = await aLink(world);
  const { address } = await made(world, 'POST', '/v1/html5/open', { link: token, secret: SECRET });
  return { oid, address: address as string };
}

export const HTML5_CASES: RouteCases = {
  'GET /v1/trackers/:oid/html5-links': {
    request: async (world) => {
      const { oid } = await aLink(world);
      return { params: { oid } };
    },
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: { TrackerNotFound: () => NOWHERE },
  },
  'POST /v1/trackers/:oid/html5-links': {
    request: async (world) => ({ params: await aPageTracker(world), body: {} }),
    status: 201,
    tenancy: 'TrackerNotFound',
    errors: { TrackerNotFound: () => ({ ...NOWHERE, body: {} }) },
  },
  'DELETE /v1/trackers/:oid/html5-links': {
    request: async (world) => {
      const { oid } = await aLink(world);
      return { params: { oid } };
    },
    status: 204,
    tenancy: 'TrackerNotFound',
    errors: { TrackerNotFound: () => NOWHERE },
  },
  'DELETE /v1/trackers/:oid/html5-links/:id': {
    request: async (world) => {
      const { oid, id } = await aLink(world);
      return { params: { oid, id } };
    },
    status: 204,
    tenancy: 'TrackerNotFound',
    errors: {
      TrackerNotFound: () => NOWHERE,
      PageLinkNotFound: async (world) => ({ params: { ...NOWHERE.params, ...(await aPageTracker(world)) } }),
    },
  },
  'POST /v1/html5/open': {
    request: async (world) => ({ body: { link: (await aLink(world)).token, secret: SECRET } }),
    status: 200,
    tenancy: "nobody's",
    errors: {
      PageLinkNotFound: () => ({ body: { link: 'none', secret: SECRET } }),
      PageLinkUsed: async (world) => {
        const { token } = await aLink(world);
        await made(world, 'POST', '/v1/html5/open', { link: token, secret: SECRET });
        return { body: { link: token, secret: 'q'.repeat(43) } };
      },
      PageLinkExpired: async (world) => {
        const { token } = await aLink(world);
        world.api.laterMs += 86_400_000;
        return { body: { link: token, secret: SECRET } };
      },
    },
  },
  'GET /v1/html5/pages/:address': {
    request: async (world) => {
      const { address } = await aPage(world);
      return { params: { address }, headers: { authorization: `Bearer ${SECRET}` } };
    },
    status: 200,
    tenancy: "nobody's",
    errors: { PageEnded: async (world) => ({ params: { address: (await aPage(world)).address } }) },
  },
};
