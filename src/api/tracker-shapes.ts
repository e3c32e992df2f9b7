/** Trackers as the API shows them, and takes them. */
import { z } from 'zod';
import type { JsonObject } from '#model/json';
import { CONNECTION_TYPES, PROVIDERS, VALIDATION_STATUSES, VEHICLE_TYPES, type Tracker, type Transition } from '#model/tracker';
import { CATEGORIES, categoryOf } from '../lifecycle/categories.ts';
import type { TrackerDetail } from '../registry/trackers.ts';
import { time, timeOf, timeOrNull } from './shapes.ts';

/** A text that is one of a list, though a rule behind the schema says so: its refusal has an error of its own. */
const wordOf = (words: readonly string[], description: string) =>
  z
    .string()
    .max(64)
    .meta({ description, enum: [...words] });

const MAX_ODOMETER_KM = 10_000_000;

/** What a request says of a tracker. */
export const trackerFields = {
  tracker_id: z.string().min(1).max(200).meta({ description: 'IMEI, VIN, licence plate or what else the provider goes by' }),
  provider: wordOf(PROVIDERS, 'Company the data comes through'),
  type: wordOf(CONNECTION_TYPES, 'How the data leaves the vehicle'),
  vehicle_type: wordOf(VEHICLE_TYPES, 'Kind of vehicle').nullable(),
  foreign_tracker_id: z
    .string()
    .max(200)
    .nullable()
    .meta({ description: 'Second identity, for example the IMEI of the box where the tracker id is the VIN' }),
  object_id: z.record(z.string(), z.unknown()).meta({
    description:
      'Metadata of the vehicle, any JSON. `license_plate`, `make`, `model`, `version`, `vin` and `serial_number` are texts; a serial number also finds the tracker of a device',
  }),
  odo_value: z.number().min(0).max(MAX_ODOMETER_KM).meta({ description: 'Odometer as the dashboard shows it, km' }),
} as const;

export const oidParams = z.object({ oid: z.string().min(1).max(64).meta({ description: 'Oid of the tracker' }) });

const trackerProperties = {
  oid: z.string(),
  company_oid: z.string(),
  tracker_id: z.string(),
  provider: z.enum(PROVIDERS),
  type: z.enum(CONNECTION_TYPES),
  vehicle_type: z.enum(VEHICLE_TYPES).nullable(),
  foreign_tracker_id: z.string().nullable(),
  object_id: z.record(z.string(), z.unknown()),
  validation_status: z.enum(VALIDATION_STATUSES),
  category: z
    .enum(CATEGORIES)
    .meta({ description: '`pending` waits for its owner, its provider or data; `error` needs mending' }),
  status_since: time,
  start_date: time.meta({ description: 'When it was registered' }),
  validated_at: time.nullable().meta({ description: 'When its last validation succeeded' }),
  end_date: time.nullable().meta({ description: 'When it was disconnected' }),
};

export const trackerShape = z.object(trackerProperties).meta({ id: 'Tracker' });

export const detailShape = z
  .object({
    ...trackerProperties,
    odo_value: z.number().nullable().meta({ description: 'Odometer as its owner has read it, km' }),
    next: z.string().meta({ description: 'What to do next, in words' }),
  })
  .meta({ id: 'TrackerDetail' });

export const transitionShape = z
  .object({
    id: z.string(),
    number: z.int().meta({ description: 'Place in the history, from 1' }),
    from: z.enum(VALIDATION_STATUSES).nullable(),
    to: z.enum(VALIDATION_STATUSES),
    trigger: z.string(),
    cause: z.string().meta({ description: 'Why, in words' }),
    at: time,
  })
  .meta({ id: 'Transition' });

export function shownTracker(tracker: Tracker) {
  return {
    oid: tracker.oid,
    company_oid: tracker.companyId,
    tracker_id: tracker.trackerId,
    provider: tracker.provider,
    type: tracker.type,
    vehicle_type: tracker.vehicleType,
    foreign_tracker_id: tracker.foreignTrackerId,
    object_id: { ...tracker.objectId } as Record<string, unknown>,
    validation_status: tracker.status,
    category: categoryOf(tracker.status),
    status_since: timeOf(tracker.statusAt),
    start_date: timeOf(tracker.registeredAt),
    validated_at: timeOrNull(tracker.validatedAt),
    end_date: tracker.status === 'disconnected' ? timeOf(tracker.statusAt) : null,
  };
}

export function shownDetail({ tracker, odoKm, next }: TrackerDetail) {
  return { ...shownTracker(tracker), odo_value: odoKm, next };
}

export function shownTransition({ id, number, from, to, trigger, cause, at }: Transition) {
  return { id, number, from, to, trigger, cause, at: timeOf(at) };
}

/** Metadata of a body, which came out of JSON. */
export function metadataOf(given: Record<string, unknown>): JsonObject {
  return given as JsonObject;
}
