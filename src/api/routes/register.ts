import { z } from 'zod';
import { GatewayError } from '#errors/gateway-error';
import type { Registration } from '../../registry/trackers.ts';
import { ApiError } from '../errors.ts';
import { ONCE_ERRORS, answerOnce, onceHeaders } from '../once.ts';
import type { Routes } from '../routing.ts';
import { detailShape, metadataOf, shownDetail, trackerFields } from '../tracker-shapes.ts';

const { tracker_id, provider, type, vehicle_type, foreign_tracker_id, object_id, odo_value } = trackerFields;

const registerBody = z
  .strictObject({
    tracker_id,
    provider,
    type,
    vehicle_type: vehicle_type.optional(),
    foreign_tracker_id: foreign_tracker_id.optional(),
    object_id: object_id.optional(),
    odo_value: odo_value.optional(),
  })
  .meta({ id: 'TrackerRegistration' });

const validateBody = z
  .strictObject({
    tracker_id,
    provider,
    odo_value: odo_value.optional(),
    type: type.optional(),
    vehicle_type: vehicle_type.optional(),
    foreign_tracker_id: foreign_tracker_id.optional(),
    object_id: object_id.optional(),
  })
  .meta({
    id: 'TrackerValidation',
    description: 'What registered the tracker may be given again; the tracker id and the provider name it',
  });

function requestOf(body: z.output<typeof registerBody>): Registration {
  return {
    trackerId: body.tracker_id,
    provider: body.provider,
    type: body.type,
    vehicleType: body.vehicle_type ?? null,
    foreignTrackerId: body.foreign_tracker_id ?? null,
    objectId: metadataOf(body.object_id ?? {}),
    odoKm: body.odo_value ?? null,
  };
}

/** Makes a tracker known, and has its provider asked. */
export const registerRoutes: Routes = (app, services) => {
  const { trackers } = services;
  app.route({
    method: 'POST',
    url: '/v1/trackers/register',
    config: {
      access: 'admin',
      errors: ['ProviderNotFound', 'TrackerAlreadyRegistered', 'TrackerCouldNotBeCreatedMaxNumber', ...ONCE_ERRORS],
    },
    schema: {
      tags: ['trackers'],
      summary: 'Registers a tracker, which is pending then',
      headers: onceHeaders,
      body: registerBody,
      response: { 201: detailShape },
    },
    handler: async (request, reply) => {
      const detail = await answerOnce(services, request, reply, async (oid) =>
        shownDetail(await trackers.register(request.caller.companyId, requestOf(request.body), oid)),
      );
      return reply.code(201).header('location', `/v1/trackers/${detail.oid}`).send(detail);
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/trackers/validate',
    config: { access: 'admin', errors: ['ProviderNotFound', 'TrackerNotFound', 'TrackerValidationException'] },
    schema: {
      tags: ['trackers'],
      summary:
        'Has the provider asked whether the data of a registered tracker may be had; its answer shows in the status later',
      body: validateBody,
      response: { 200: detailShape },
    },
    handler: async ({ body, caller: { companyId, by } }) => {
      const found = await trackers.called(companyId, { trackerId: body.tracker_id, provider: body.provider });
      if (body.type !== undefined && body.type !== found.type) {
        throw new ApiError('TrackerValidationException', `the tracker is registered as ${found.type}, not as ${body.type}`);
      }
      try {
        return shownDetail(await trackers.validate(companyId, found.oid, { odoKm: body.odo_value ?? null, by }));
      } catch (error) {
        throw asValidationError(error);
      }
    },
  });
};

/** A tracker that cannot be validated has an error of its own, whatever rule says so. */
function asValidationError(error: unknown): unknown {
  const isRule = error instanceof GatewayError && ['lifecycle_illegal_transition', 'tracker_invalid'].includes(error.code);
  return isRule ? new ApiError('TrackerValidationException', error.detail, { problems: error.reasons, cause: error }) : error;
}
