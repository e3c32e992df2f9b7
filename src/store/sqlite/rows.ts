/** Rows of the SQLite tables from and to the model. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { JsonObject } from '#model/json';
import {
  identKey,
  serialNumberOf,
  type ConnectionType,
  type ProviderName,
  type Tracker,
  type Transition,
  type ValidationStatus,
  type VehicleType,
} from '#model/tracker';

export type Row = Record<string, SQLOutputValue>;

/** Columns of `trackers` but for `change`, by name. */
export function trackerColumns(tracker: Tracker): Record<string, SQLInputValue> {
  const serial = serialNumberOf(tracker);
  return {
    oid: tracker.oid,
    company_id: tracker.companyId,
    provider: tracker.provider,
    type: tracker.type,
    tracker_id: tracker.trackerId,
    foreign_tracker_id: tracker.foreignTrackerId,
    vehicle_type: tracker.vehicleType,
    object_id: JSON.stringify(tracker.objectId),
    tracker_key: identKey(tracker.trackerId),
    foreign_key: tracker.foreignTrackerId === null ? null : identKey(tracker.foreignTrackerId),
    serial_key: serial === null ? null : identKey(serial),
    status: tracker.status,
    registered_at: tracker.registeredAt,
    validated_at: tracker.validatedAt,
    status_at: tracker.statusAt,
    deleted_at: tracker.deletedAt,
    revision: tracker.revision,
  };
}

export function trackerOf(row: Row): Tracker {
  return {
    oid: row['oid'] as string,
    companyId: row['company_id'] as string,
    provider: row['provider'] as ProviderName,
    type: row['type'] as ConnectionType,
    trackerId: row['tracker_id'] as string,
    foreignTrackerId: row['foreign_tracker_id'] as string | null,
    vehicleType: row['vehicle_type'] as VehicleType | null,
    objectId: JSON.parse(row['object_id'] as string) as JsonObject,
    status: row['status'] as ValidationStatus,
    registeredAt: row['registered_at'] as number,
    validatedAt: row['validated_at'] as number | null,
    statusAt: row['status_at'] as number,
    deletedAt: row['deleted_at'] as number | null,
    revision: row['revision'] as number,
  };
}

export function transitionOf(row: Row): Transition {
  return {
    id: row['id'] as string,
    trackerOid: row['tracker_oid'] as string,
    number: row['number'] as number,
    from: row['from_status'] as ValidationStatus | null,
    to: row['to_status'] as ValidationStatus,
    trigger: row['trigger'] as string,
    cause: row['cause'] as string,
    at: row['at'] as number,
  };
}
