import type { EpochMs } from './clocks.ts';
import type { JsonObject } from './json.ts';

/** Where a tracker stands between registration and delivering data. `connected` and `disconnected` are final. */
export const VALIDATION_STATUSES = [
  'pending',
  'wrong_tracker_id',
  'pending_validation',
  'pending_for_data',
  'connected',
  'disconnected',
  'error_validating',
  'error_data',
  'error_credentials',
  'error_capability',
  'error_rejected',
  'error_revoke',
  'error_access',
] as const;
export type ValidationStatus = (typeof VALIDATION_STATUSES)[number];

/** The companies and clouds data comes through. */
export const PROVIDERS = ['mercedes-benz', 'bmw', 'targa', 'astrata', 'cartrack', 'silence', 'stellantis', 'html5'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** How the data leaves the vehicle: the maker's cloud, a dongle in the OBD port, a box on the CAN bus. */
export const CONNECTION_TYPES = ['oem', 'obd', 'canbus'] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];

export const VEHICLE_TYPES = ['car', 'van', 'bike', 'kickscooter', 'truck'] as const;
export type VehicleType = (typeof VEHICLE_TYPES)[number];

/** The company of trackers that are registered without naming one. It always exists. */
export const DEFAULT_COMPANY = 'default';

/** A registered source of data: one vehicle at one provider. */
export interface Tracker {
  /** Our own id, never used again. */
  oid: string;
  /** Company that owns it, one at a time. */
  companyId: string;
  provider: ProviderName;
  type: ConnectionType;
  /** Identity at the provider: IMEI, VIN, plate or a free text, unique among the provider's active trackers. */
  trackerId: string;
  /** Second identity, for example the IMEI of the box where `trackerId` is the VIN. */
  foreignTrackerId: string | null;
  vehicleType: VehicleType | null;
  /** Metadata of the vehicle, whatever its owner keeps. `serial_number` also finds the tracker of a wire ident. */
  objectId: JsonObject;
  status: ValidationStatus;
  registeredAt: EpochMs;
  /** When the last validation succeeded: evidence counts from then on. `null` before. */
  validatedAt: EpochMs | null;
  /** When `status` was last changed. */
  statusAt: EpochMs;
  /** When its owner deleted it; it is `disconnected` then, and only its history is kept. `null` before. */
  deletedAt: EpochMs | null;
  /** Counts every change of this tracker from 1, so that two writers notice each other. */
  revision: number;
}

/** One change of status, as the history keeps it. */
export interface Transition {
  /** `<oid>-<number>`: the same change has the same id wherever and whenever it is made. */
  id: string;
  trackerOid: string;
  /** Place in the tracker's history, from 1. */
  number: number;
  /** `null` for the registration itself. */
  from: ValidationStatus | null;
  to: ValidationStatus;
  /** What made it move: a trigger of the transition table. */
  trigger: string;
  /** Why, in words, with the numbers. */
  cause: string;
  at: EpochMs;
}

/** An active tracker holds its `trackerId` against new registrations; a disconnected one does not. */
export function isActive(tracker: Pick<Tracker, 'status'>): boolean {
  return tracker.status !== 'disconnected';
}

/** The form in which identities are compared: upper case, without blanks and hyphens. */
export function identKey(text: string): string {
  return text.replace(/[\s-]/g, '').toUpperCase();
}

/** Wire idents that find a tracker, strongest first, each with the field it stands in. */
export function identsOf(
  tracker: Pick<Tracker, 'trackerId' | 'foreignTrackerId' | 'objectId'>,
): readonly { source: IdentSource; ident: string }[] {
  const idents: { source: IdentSource; ident: string }[] = [{ source: 'tracker_id', ident: tracker.trackerId }];
  if (tracker.foreignTrackerId !== null) idents.push({ source: 'foreign_tracker_id', ident: tracker.foreignTrackerId });
  const serial = serialNumberOf(tracker);
  if (serial !== null) idents.push({ source: 'serial_number', ident: serial });
  return idents;
}

/** The serial number in a tracker's metadata; `null` where there is none. */
export function serialNumberOf({ objectId }: Pick<Tracker, 'objectId'>): string | null {
  const serial = objectId['serial_number'];
  return typeof serial === 'string' && serial !== '' ? serial : null;
}

/** Field of a tracker in which a wire ident was found. */
export type IdentSource = 'tracker_id' | 'foreign_tracker_id' | 'serial_number';
