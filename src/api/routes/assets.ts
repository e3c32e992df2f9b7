import { z } from 'zod';
import { PROVIDERS, VALIDATION_STATUSES, type Tracker } from '#model/tracker';
import { requireOwn } from '../access.ts';
import { ONCE_ERRORS, answerOnce, onceHeaders } from '../once.ts';
import type { Routes } from '../routing.ts';
import { pageOf, pageQuery, time, timeOf } from '../shapes.ts';
import { detailShape, shownDetail, trackerFields } from '../tracker-shapes.ts';

const text = z.string().trim().min(1).max(128);

const assetBody = z
  .strictObject({
    provider: trackerFields.provider,
    installation_order: z.boolean().meta({ description: 'Has a box fitted; only with targa' }),
    company_address_oid: text.optional().meta({ description: 'Where the box is fitted' }),
    contact_person: text.optional().meta({ description: 'Whom to contact for the fitting' }),
    odo_value: trackerFields.odo_value.optional(),
    registration_country: z.string().length(3).toUpperCase().meta({ description: 'ISO 3166-1 alpha-3', example: 'ESP' }),
    id: trackerFields.tracker_id.meta({ description: 'Identity of the asset, the VIN of a vehicle; its tracker has the same' }),
    type: z
      .string()
      .max(64)
      .meta({ description: 'How the data leaves the vehicle', enum: ['oem', 'obd', 'CANbus'] }),
    packages: z.array(text).max(50).meta({ description: 'Oids of data packages' }),
    license_plate: text.optional(),
    model_year: z.int().min(1_900).max(2_100),
    tank_size: z.number().min(0).max(10_000).optional().meta({ description: 'Litres' }),
    color: text.optional(),
    credentials: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'Account at the provider, as `/v1/credentials/register` takes it; needed with cartrack' }),
  })
  .meta({ id: 'AssetRegistration' });

const assetShape = z.object({ oid: z.string(), tracker: detailShape }).meta({ id: 'Asset' });

const listedShape = z
  .object({
    oid: z.string(),
    tracker_id: z.string(),
    provider: z.enum(PROVIDERS),
    type: z.string(),
    start_date: time.meta({ description: 'When it was registered' }),
    end_date: time.nullable().meta({ description: 'When it was disconnected' }),
    validation_status: z.enum(VALIDATION_STATUSES),
    asset_oid: z.string(),
  })
  .meta({ id: 'ListedTracker' });

const STATUS_FILTERS = ['disconnected', 'connected', 'pending', 'pending_for_data', 'pending_validation', 'error'] as const;

/** An asset has one tracker, and its oid. */
function listed({ oid, trackerId, provider, type, registeredAt, status, statusAt }: Tracker) {
  return {
    oid,
    tracker_id: trackerId,
    provider,
    type,
    start_date: timeOf(registeredAt),
    end_date: status === 'disconnected' ? timeOf(statusAt) : null,
    validation_status: status,
    asset_oid: oid,
  };
}

/** The second version of the API: assets, each with its tracker. */
export const assetRoutes: Routes = (app, services) => {
  const { assets, trackers } = services;
  app.route({
    method: 'POST',
    url: '/v2/assets/register',
    config: {
      access: 'admin',
      errors: [
        'ProviderNotFound',
        'TrackerAlreadyRegistered',
        'TrackerCouldNotBeCreatedMaxNumber',
        'CredentialIncomplete',
        'CredentialMaxNumber',
        ...ONCE_ERRORS,
      ],
    },
    schema: {
      tags: ['assets'],
      summary: 'Registers an asset and its tracker',
      headers: onceHeaders,
      body: assetBody,
      response: { 201: assetShape },
    },
    handler: async (request, reply) => {
      const made = await answerOnce(services, request, reply, async (oid) => {
        const detail = shownDetail(await assets.register(request.caller.companyId, request.body, oid));
        return { oid: detail.oid, tracker: detail };
      });
      return reply.code(201).send(made);
    },
  });

  app.route({
    method: 'GET',
    url: '/v2/trackers/list',
    config: { access: 'read' },
    schema: {
      tags: ['assets'],
      summary: 'Lists the trackers of the company',
      querystring: z.strictObject({
        company_oid: z.string().optional().meta({ description: 'The company of the key, which need not be named' }),
        validation_status: z.enum(STATUS_FILTERS).optional().meta({ description: '`error` stands for every error' }),
        ...pageQuery,
      }),
      response: { 200: pageOf(listedShape) },
    },
    handler: async ({ caller: { companyId }, query }) => {
      const { company_oid: named, validation_status: status, cursor, limit } = query;
      requireOwn(companyId, named);
      const filter = status === undefined ? {} : status === 'error' ? { category: status } : { status };
      const found = await trackers.list(companyId, { ...filter, afterOid: cursor, most: limit });
      return { items: found.trackers.map(listed), next_cursor: found.next };
    },
  });
};
