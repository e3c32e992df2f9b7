/** What is sent: the event as JSON, written once and the same at every try. */
import type { EpochMs } from '#model/clocks';
import type { Tracker, Transition } from '#model/tracker';
import { PING, type EventType } from './endpoint.ts';

/** Standard Webhooks advises to stay below it. */
export const MOST_PAYLOAD_BYTES = 20_000;
const MOST_CAUSE_CHARS = 1_000;

/** How things are shown to companies: as the API shows them. The metadata of a tracker are its `object_id`. */
export interface PayloadShapes {
  tracker: (tracker: Tracker) => object;
  transition: (transition: Transition) => object;
}

/** The type of the event a transition is. */
export function eventTypeOf({ from }: Pick<Transition, 'from'>): EventType {
  return from === null ? 'tracker.registered' : 'tracker.status_changed';
}

/**
 * The payload of a transition, shorter than `MOST_PAYLOAD_BYTES`: metadata of the vehicle that would make it longer is left out,
 * and said to be.
 */
export function transitionPayload(tracker: Tracker, transition: Transition, shapes: PayloadShapes): string {
  const whole = payloadOf(tracker, transition, shapes, {});
  if (Buffer.byteLength(whole) < MOST_PAYLOAD_BYTES) return whole;
  const cause = transition.cause.slice(0, MOST_CAUSE_CHARS);
  return payloadOf(tracker, { ...transition, cause }, shapes, { object_id: {}, object_id_omitted: true });
}

function payloadOf(tracker: Tracker, transition: Transition, shapes: PayloadShapes, instead: object): string {
  return canonicalJson({
    type: eventTypeOf(transition),
    timestamp: iso(transition.at),
    data: { tracker: { ...shapes.tracker(tracker), ...instead }, transition: shapes.transition(transition) },
  });
}

/** The payload that tries an endpoint out. */
export function pingPayload(endpointId: string, at: EpochMs): string {
  return canonicalJson({ type: PING, timestamp: iso(at), data: { webhook: { id: endpointId } } });
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
