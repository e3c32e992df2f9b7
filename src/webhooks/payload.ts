/** What is sent: the event as JSON, written once and the same at every try. */
import type { EpochMs } from '#model/clocks';
import type { Tracker, Transition } from '#model/tracker';
import { PING, type EventType } from './endpoint.ts';

/** Standard Webhooks advises to stay below it. */
export const MOST_PAYLOAD_BYTES = 20_000;
const MOST_CAUSE_CHARS = 1_000;

/** The type of the event a transition is. */
export function eventTypeOf({ from }: Pick<Transition, 'from'>): EventType {
  return from === null ? 'tracker.registered' : 'tracker.status_changed';
}

/**
 * The payload of a transition, shorter than `MOST_PAYLOAD_BYTES`: metadata of the vehicle that would make it longer is left out,
 * and said to be.
 */
export function transitionPayload(tracker: Tracker, transition: Transition): string {
  const whole = payloadOf(tracker, transition, {});
  if (Buffer.byteLength(whole) < MOST_PAYLOAD_BYTES) return whole;
  const cause = transition.cause.slice(0, MOST_CAUSE_CHARS);
  return payloadOf(tracker, { ...transition, cause }, { object_id: {}, object_id_omitted: true });
}

function payloadOf(tracker: Tracker, transition: Transition, instead: object): string {
  return canonicalJson({
    type: eventTypeOf(transition),
    timestamp: iso(transition.at),
    data: { tracker: { ...trackerShape(tracker), ...instead }, transition: transitionShape(transition) },
  });
}

/** The payload that tries an endpoint out. */
export function pingPayload(endpointId: string, at: EpochMs): string {
  return canonicalJson({ type: PING, timestamp: iso(at), data: { webhook: { id: endpointId } } });
}

function trackerShape(tracker: Tracker): object {
  return {
    oid: tracker.oid,
    company_oid: tracker.companyId,
    tracker_id: tracker.trackerId,
    provider: tracker.provider,
    type: tracker.type,
    vehicle_type: tracker.vehicleType,
    foreign_tracker_id: tracker.foreignTrackerId,
    object_id: tracker.objectId,
    validation_status: tracker.status,
    status_since: iso(tracker.statusAt),
    start_date: iso(tracker.registeredAt),
    validated_at: tracker.validatedAt === null ? null : iso(tracker.validatedAt),
    end_date: tracker.status === 'disconnected' ? iso(tracker.statusAt) : null,
  };
}

function transitionShape({ id, number, from, to, trigger, cause, at }: Transition): object {
  return { id, number, from, to, trigger, cause, at: iso(at) };
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** Writes a value as JSON that does not depend on the order in which it was built: names sorted, no blanks. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
