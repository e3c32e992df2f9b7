import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { VALIDATION_STATUSES } from '#model/tracker';
import { spend } from '../authentication.ts';
import type { ApiApp, Routes } from '../routing.ts';
import type { ApiServices } from '../services.ts';

/** Links that one address may try in vain in a minute: a token cannot be guessed, and nobody has so many that are no good. */
const FAILURES_PER_MINUTE = 30;

const secret = z
  .string()
  .regex(/^[\w-]{43,100}$/)
  .meta({ description: '32 random bytes or more, in base64url' });

const openedShape = z
  .object({
    address: z.string().meta({ description: 'Where to push, behind `/push/`, and where to ask how the tracker stands' }),
    tracker_id: z.string(),
  })
  .meta({ id: 'OpenedTrackerPage' });

const standingShape = z
  .object({
    tracker_id: z.string(),
    validation_status: z.enum(VALIDATION_STATUSES),
    metres: z.number().meta({ description: 'Metres that were seen driven' }),
    needed_metres: z.number().meta({ description: 'Metres that make it `connected`' }),
  })
  .meta({ id: 'TrackerPageStanding' });

/** What the tracker page asks for: it has no key, but a link, and then a secret of its own. */
export const trackerPageRoutes: Routes = (app, services) => {
  addOpening(app, services);
  addStanding(app, services);
};

function addOpening(app: ApiApp, { pageLinks }: ApiServices): void {
  const failures = app.createRateLimit({
    max: FAILURES_PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: ({ ip }) => `failed openings ${ip}`,
  });
  app.route({
    method: 'POST',
    url: '/v1/html5/open',
    config: { access: 'public', errors: ['PageLinkNotFound', 'PageLinkUsed', 'PageLinkExpired'] },
    schema: {
      tags: ['html5'],
      summary: 'Opens a link of the tracker page, once; asked again with the same secret it answers the same',
      body: z.strictObject({ link: z.string().min(1).max(200), secret }),
      response: { 200: openedShape },
    },
    onRequest: (request) => spend(failures, request, 'too many links that are no good came from this address', false),
    handler: async (request) => {
      const { link, secret: ofPage } = request.body;
      try {
        const { address, tracker } = await pageLinks.open(link, ofPage);
        return { address, tracker_id: tracker.trackerId };
      } catch (error) {
        await failures(request, { increment: true });
        throw error;
      }
    },
  });
}

function addStanding(app: ApiApp, { pageLinks, trackers }: ApiServices): void {
  app.route({
    method: 'GET',
    url: '/v1/html5/pages/:address',
    config: { access: 'public', errors: ['PageEnded'] },
    schema: {
      tags: ['html5'],
      summary: 'Tells a tracker page how its tracker stands; `Authorization: Bearer` brings its secret',
      params: z.object({ address: z.string().min(1).max(200) }),
      response: { 200: standingShape },
    },
    handler: async (request) => {
      const tracker = await pageLinks.trackerOf(request.params.address, headerOf(request));
      const { metres, neededM } = await trackers.progress(tracker.oid);
      return {
        tracker_id: tracker.trackerId,
        validation_status: tracker.status,
        metres: Math.floor(metres),
        needed_metres: neededM,
      };
    },
  });
}

function headerOf({ headers }: Pick<FastifyRequest, 'headers'>) {
  return (name: string): string | undefined => [headers[name]].flat()[0];
}
