/** Rows of the slow tables, with exactly the columns the sink's tables have. Times are epoch milliseconds. */
import type { EpochMs } from '#model/clocks';
import { identKey, identsOf, type Tracker, type Transition } from '#model/tracker';
import type { Trip } from '../lifecycle/trips.ts';
import type { OutboxRow } from '../pipeline/ports.ts';

/** A row before the store has numbered it. */
export type NewOutboxRow = Omit<OutboxRow, 'id'>;

/** Row of `tracker_transitions`; `id` makes it one, however often it is written. `from_status` is empty for the registration. */
export function transitionRow(tracker: Tracker, transition: Transition): NewOutboxRow {
  return {
    table: 'tracker_transitions',
    row: {
      id: transition.id,
      tracker_oid: tracker.oid,
      provider: tracker.provider,
      tracker_id: tracker.trackerId,
      number: transition.number,
      from_status: transition.from ?? '',
      to_status: transition.to,
      trigger: transition.trigger,
      cause: transition.cause,
      at: transition.at,
    },
  };
}

/** Row of `trips`. The same trip found again has the same `trip_id`. */
export function tripRow(tracker: Tracker, ident: string, trip: Trip): NewOutboxRow {
  return {
    table: 'trips',
    row: {
      trip_id: `${tracker.oid}-${trip.startAt}`,
      tracker_oid: tracker.oid,
      provider: tracker.provider,
      ident,
      started_at: trip.startAt,
      ended_at: trip.lastAt,
      start_lat: trip.startLat,
      start_lon: trip.startLon,
      end_lat: trip.lastLat,
      end_lon: trip.lastLon,
      distance_m: trip.metres,
      points: trip.points,
      max_speed_kmh: trip.maxSpeedKmh,
    },
  };
}

/**
 * Rows of `tracker_idents`, one for each spelling of an ident that finds the tracker: by them, messages stored under an ident before its
 * registration attach to the tracker. `ended_at` is `null` while the tracker is active; the row of greatest `revision` holds.
 */
export function identRows(tracker: Tracker, endedAt: EpochMs | null): NewOutboxRow[] {
  return identsOf(tracker).flatMap(({ source, ident }) =>
    // ClickHouse compares exactly: an IMEI registered with hyphens must still meet the digits of the wire.
    [...new Set([ident.trim(), identKey(ident)])].map((spelling) => ({
      table: 'tracker_idents' as const,
      row: {
        ident: spelling,
        source,
        provider: tracker.provider,
        tracker_oid: tracker.oid,
        company_id: tracker.companyId,
        tracker_id: tracker.trackerId,
        registered_at: tracker.registeredAt,
        ended_at: endedAt,
        revision: tracker.revision,
      },
    })),
  );
}
