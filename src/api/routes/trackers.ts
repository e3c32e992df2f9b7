import { z } from 'zod';
import { PROVIDERS, VALIDATION_STATUSES } from '#model/tracker';
import { CATEGORIES } from '../../lifecycle/categories.ts';
import type { TrackerEdit } from '../../registry/trackers.ts';
import type { ApiErrorName } from '../errors.ts';
import type { ApiApp, Routes } from '../routing.ts';
import type { ApiServices } from '../services.ts';
import { pageOf, pageQuery } from '../shapes.ts';
import {
  detailShape,
  metadataOf,
  oidParams,
  shownDetail,
  shownTracker,
  shownTransition,
  trackerFields,
  trackerShape,
  transitionShape,
} from '../tracker-shapes.ts';
import { shownWhy, whyShape } from '../why-shape.ts';

const listQuery = z.strictObject({
  provider: z.enum(PROVIDERS).optional(),
  status: z.enum(VALIDATION_STATUSES).optional(),
  category: z.enum(CATEGORIES).optional().meta({ description: 'All statuses of a kind' }),
  group: z.string().min(1).max(64).optional().meta({ description: 'Id of a group of the company' }),
  text: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Found in an id, plate, make, model or other metadata, whatever the case' }),
  ...pageQuery,
});

const { tracker_id, type, vehicle_type, foreign_tracker_id, object_id } = trackerFields;

const updateBody = z
  .strictObject({
    tracker_id: tracker_id.optional(),
    type: type.optional(),
    vehicle_type: vehicle_type.optional(),
    foreign_tracker_id: foreign_tracker_id.optional(),
    object_id: object_id.optional().meta({ description: 'Takes the place of all metadata' }),
  })
  .refine((body) => Object.keys(body).length > 0, { error: 'says nothing to change' })
  .meta({
    id: 'TrackerUpdate',
    minProperties: 1,
    description:
      'What is absent stays; `tracker_id` and `type` can be changed only before the validation, and while the id is wrong',
  });

const NOT_FOUND: readonly ApiErrorName[] = ['TrackerNotFound'];

/** `/v1/trackers`: what is known of registered trackers, and what their owner does with them. */
export const trackerRoutes: Routes = (app, services) => {
  addReads(app, services);
  addChanges(app, services);
};

function addReads(app: ApiApp, { trackers }: ApiServices): void {
  app.route({
    method: 'GET',
    url: '/v1/trackers',
    config: { access: 'read', errors: ['GroupNotFound'] },
    schema: {
      tags: ['trackers'],
      summary:
        'Lists the trackers of the company in the order of their oids; a page may hold fewer than asked for, or none, before the last',
      querystring: listQuery,
      response: { 200: pageOf(trackerShape) },
    },
    handler: async ({ caller: { companyId }, query: { cursor, limit, group, ...filter } }) => {
      const found = await trackers.list(companyId, { ...filter, groupId: group, afterOid: cursor, most: limit });
      return { items: found.trackers.map(shownTracker), next_cursor: found.next };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/trackers/:oid',
    config: { access: 'read', errors: NOT_FOUND },
    schema: {
      tags: ['trackers'],
      summary: 'Shows a tracker and what to do next',
      params: oidParams,
      response: { 200: detailShape },
    },
    handler: async ({ caller: { companyId }, params: { oid } }) => shownDetail(await trackers.get(companyId, oid)),
  });

  app.route({
    method: 'GET',
    url: '/v1/trackers/:oid/transitions',
    config: { access: 'read', errors: NOT_FOUND },
    schema: {
      tags: ['trackers'],
      summary: 'Shows every change of status with its cause, the oldest first',
      params: oidParams,
      response: { 200: z.object({ items: z.array(transitionShape) }) },
    },
    handler: async ({ caller: { companyId }, params: { oid } }) => ({
      items: (await trackers.transitions(companyId, oid)).map(shownTransition),
    }),
  });

  app.route({
    method: 'GET',
    url: '/v1/trackers/:oid/why',
    config: { access: 'read', errors: NOT_FOUND },
    schema: {
      tags: ['trackers'],
      summary: 'Says why a tracker stands where it stands, what was heard of it and what was refused, in words and in numbers',
      params: oidParams,
      response: { 200: whyShape },
    },
    handler: async ({ caller: { companyId }, params: { oid } }) => shownWhy(await trackers.why(companyId, oid)),
  });
}

function addChanges(app: ApiApp, { trackers }: ApiServices): void {
  for (const method of ['POST', 'PATCH'] as const) {
    app.route({
      method,
      url: '/v1/trackers/:oid/update',
      config: { access: 'admin', errors: ['TrackerNotFound', 'TrackerAlreadyRegistered'] },
      schema: {
        tags: ['trackers'],
        summary: 'Changes what is said of a tracker; a corrected tracker id can be validated again',
        params: oidParams,
        body: updateBody,
        response: { 200: detailShape },
      },
      handler: async ({ caller: { companyId }, params: { oid }, body }) =>
        shownDetail(await trackers.update(companyId, oid, editOf(body))),
    });
  }

  app.route({
    method: 'POST',
    url: '/v1/trackers/:oid/cancel',
    config: { access: 'admin', errors: ['TrackerNotFound', 'TrackerMoveRefused'] },
    schema: {
      tags: ['trackers'],
      summary: 'Disconnects a tracker: its data is taken in no more, and its id can be registered again',
      params: oidParams,
      response: { 200: detailShape },
    },
    handler: async ({ caller: { companyId, by }, params: { oid } }) => shownDetail(await trackers.cancel(companyId, oid, by)),
  });

  app.route({
    method: 'DELETE',
    url: '/v1/trackers/:oid',
    config: { access: 'admin', errors: NOT_FOUND },
    schema: {
      tags: ['trackers'],
      summary: 'Disconnects a tracker and deletes it, with all that was said and uploaded of it',
      params: oidParams,
      response: { 200: trackerShape },
    },
    handler: async ({ caller: { companyId, by }, params: { oid } }) => shownTracker(await trackers.remove(companyId, oid, by)),
  });
}

function editOf(body: z.output<typeof updateBody>): TrackerEdit {
  const edit: TrackerEdit = {};
  if (body.tracker_id !== undefined) edit.trackerId = body.tracker_id;
  if (body.type !== undefined) edit.type = body.type;
  if (body.vehicle_type !== undefined) edit.vehicleType = body.vehicle_type;
  if (body.foreign_tracker_id !== undefined) edit.foreignTrackerId = body.foreign_tracker_id;
  if (body.object_id !== undefined) edit.objectId = metadataOf(body.object_id);
  return edit;
}
